/**
 * The closed list of error codes of the control protocol, with the exit code that each has in the two kinds of
 * verb (CLI.md, "Exit codes"). A code is never reused for another meaning.
 */

export interface ErrorKind {
  /** What it means, for the manual. */
  readonly means: string;
  /** Exit code of an action verb (start, stop, …). */
  readonly actionExit: number;
  /** Exit code of a query verb (status, is-active, show, why). */
  readonly queryExit: number;
}

export const ERROR_KINDS = {
  failed: { means: 'the action was tried and did not succeed', actionExit: 1, queryExit: 1 },
  usage: { means: 'the request or the command line is wrong', actionExit: 2, queryExit: 2 },
  denied: { means: 'the caller may not do this', actionExit: 4, queryExit: 4 },
  not_found: {
    means: 'there is no such plugin, crash, key, script, task or quick action',
    actionExit: 5,
    queryExit: 4,
  },
  invalid: { means: "the plugin's metadata or settings are refused", actionExit: 6, queryExit: 6 },
  not_running: { means: 'the plugin has no process', actionExit: 7, queryExit: 3 },
  timeout: { means: 'the time limit passed; what was pending is named', actionExit: 124, queryExit: 124 },
  interrupted: { means: 'Ctrl-C', actionExit: 130, queryExit: 130 },
  unreachable: { means: "the daemon can't be reached", actionExit: 150, queryExit: 150 },
  protocol_mismatch: {
    means: 'client and daemon speak different protocols',
    actionExit: 151,
    queryExit: 151,
  },
  licence: { means: 'a licence does not allow it', actionExit: 152, queryExit: 152 },
  dependency: { means: 'a dependency is missing or does not fit', actionExit: 153, queryExit: 153 },
  conflict: { means: 'the stored version is another one than expected', actionExit: 1, queryExit: 1 },
  too_large: { means: 'a line, key or value is over its limit', actionExit: 2, queryExit: 2 },
  busy: { means: 'too many connections or requests', actionExit: 1, queryExit: 1 },
  unavailable: {
    means: 'the daemon cannot do it now (disk full, shutting down)',
    actionExit: 1,
    queryExit: 1,
  },
  internal: { means: 'a bug in toru; the log has the details', actionExit: 1, queryExit: 1 },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_KINDS;

/** An expected failure as it travels on the control socket and stands in the CLI's JSON. */
export interface ErrorBody {
  readonly code: ErrorCode;
  /** What went wrong and why, one line, without the name and without the hint. */
  readonly message: string;
  /** What to do next, one line. */
  readonly hint?: string;
  /** The plugin, file or key that it is about. */
  readonly name?: string;
  /**
   * torud is being replaced by another version and serves on: connect again. In an answer to a request: it was begun and
   * goes on. In an error without an id: what has no answer was not begun.
   */
  readonly reconnect?: true;
}

export function errorBody(
  code: ErrorCode,
  message: string,
  more: { readonly hint?: string | undefined; readonly name?: string | undefined } = {},
): ErrorBody {
  return {
    code,
    message,
    ...(more.hint === undefined ? {} : { hint: more.hint }),
    ...(more.name === undefined ? {} : { name: more.name }),
  };
}

/** What every verb says of a name that nobody has. */
export function noSuchPlugin(name: string): ErrorBody {
  return errorBody('not_found', 'there is no such plugin', { name, hint: 'toru list shows all of them' });
}
