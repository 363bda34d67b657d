/** What a cell of the table of verbs may hold, and the cells that many rows have in common. */

/** A command line, and what it must come to. */
export interface Line {
  /** Words with a space between; `FIXTURES/` begins a path below the fixture plugins, `DONE` is the id of a task that has ended. */
  readonly words: string;
  /** Exit code; 0 unless given. */
  readonly code?: number;
  /** What stdout is like without --json; nothing unless given. */
  readonly stdout?: RegExp;
  /** What stderr is like without --json beside the one line of an error. */
  readonly stderr?: RegExp;
  /** `code` of the error in JSON; undefined: no error is told, also when the exit code is not 0. */
  readonly error?: string;
  /** What the JSON document says about the plugin of an action. */
  readonly changed?: boolean;
  readonly stdin?: string;
  /** Run before it each time, as root; their outcome does not matter. */
  readonly before?: readonly string[];
  /** Changes torud itself, or counts on nobody else being there: has a torud of its own. */
  readonly isAlone?: true;
  /** With --json, stdout is lines without `schema`, one object each. */
  readonly hasJsonLines?: true;
}

/** Command lines, or why there is none. */
export type Cell = readonly Line[] | string;

/** The situations. What is bad usage by a verb's declaration (options, number of operands) stands there alone. */
export interface Row {
  readonly ok: Cell;
  readonly alreadySo: Cell;
  readonly noSuchPlugin: Cell;
  /** As a user whose role is view. */
  readonly notPermitted: Cell;
  readonly daemonDown: Cell;
  /** torud hangs; `--timeout 300ms` is added. */
  readonly timeout: Cell;
  /** Beside what follows from the declaration of the verb. */
  readonly badUsage: readonly string[];
}

const ASKS = 'it asks, and changes nothing';
const MAY_VIEW = 'whoever may connect may see this';
export const NEEDS_NO_DAEMON = 'it does not speak with torud';
const NO_PLUGIN = 'it names no plugin';

/** Data, of any kind. */
export const SOME = /\S/;
export const NOTHING = /^$/;
export const UNCHANGED = /^ID +CHANGE\ntorud +unchanged\n$/;

/** Not found for a question, and for an action. */
const QUERY_ABSENT = { code: 4, error: 'not_found' } as const;
export const ACTION_ABSENT = { code: 5, error: 'not_found' } as const;
export const DENIED = { code: 4, error: 'denied' } as const;
export const DOWN = { code: 150, error: 'unreachable' } as const;
export const LATE = { code: 124, error: 'timeout' } as const;
export const USAGE = { code: 2, error: 'usage' } as const;

/** A verb that everybody may use who may connect. */
export function view(words: string, more: Partial<Row> & { readonly shows?: Partial<Line> } = {}): Row {
  const { shows, ...cells } = more;
  return {
    ok: [{ words, stdout: SOME, ...shows }],
    alreadySo: ASKS,
    noSuchPlugin: NO_PLUGIN,
    notPermitted: MAY_VIEW,
    daemonDown: [{ words, ...DOWN }],
    timeout: [{ words, ...LATE }],
    badUsage: [],
    ...cells,
  };
}

/** A verb that changes something. `words` stands for it where nothing comes of it. */
export function action(words: string, more: Partial<Row> & Pick<Row, 'ok' | 'alreadySo'>): Row {
  return {
    noSuchPlugin: NO_PLUGIN,
    notPermitted: [{ words, ...DENIED }],
    daemonDown: [{ words, ...DOWN }],
    timeout: [{ words, ...LATE }],
    badUsage: [],
    ...more,
  };
}

/** An action on plugins. */
export function onPlugin(
  verb: string,
  before: readonly string[],
  alreadySo: Cell,
  more: Partial<Row> = {},
): Row {
  return action(`${verb} ${idOf(verb)}`, {
    ok: [{ words: `${verb} ${idOf(verb)}`, before, changed: true }],
    alreadySo,
    noSuchPlugin: [{ words: `${verb} nix`, ...ACTION_ABSENT }],
    badUsage: [`${verb} ${idOf(verb)} --all`, `${verb} ${idOf(verb)} --timeout soon`],
    ...more,
  });
}

/** The plugin of an action's row: nobody else touches it. */
export function idOf(verb: string): string {
  return `for-${verb.replaceAll(' ', '-')}`;
}

export function absent(words: string): readonly Line[] {
  return [{ words, ...QUERY_ABSENT }];
}

export function same(words: string, before: readonly string[] = []): readonly Line[] {
  return [{ words, before, changed: false }];
}
