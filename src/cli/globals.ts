/** The options that every verb takes, checked and with their defaults. */

import type { ErrorBody } from '../protocol/errors.ts';
import { errorBody } from '../protocol/errors.ts';
import type { Result } from '../protocol/result.ts';
import { failure, success } from '../protocol/result.ts';
import type { Command, RawOptions } from './command.ts';
import { parseDuration } from './duration.ts';
import { nearestHint } from './nearest.ts';

export const FORMATS = ['table', 'plain', 'json', 'json-lines', 'value'] as const;
export const DEFAULT_TIMEOUT_MS = 90_000;

export interface Globals {
  readonly root: string | undefined;
  readonly isSystem: boolean;
  /** One of FORMATS, or one of the verb's own. */
  readonly format: string;
  /** True when errors go out as JSON. */
  readonly isJson: boolean;
  readonly hasLegend: boolean;
  readonly color: 'always' | 'never' | 'auto';
  readonly isQuiet: boolean;
  /** False for --no-pager. */
  readonly hasPager: boolean;
  /** 0: no limit. */
  readonly timeoutMs: number;
  /** False when timeoutMs is the default: a follow has no limit then. */
  readonly isTimeoutGiven: boolean;
  readonly isBlocking: boolean;
  readonly isAll: boolean;
  readonly allowNone: boolean;
}

export function readGlobals(options: RawOptions, command: Command): Result<Globals, ErrorBody> {
  const format = formatOf(options);
  const known: readonly string[] = [...FORMATS, ...(command.formats ?? [])];
  if (!known.includes(format)) {
    const hint = nearestHint(format, known);
    return failure(
      errorBody('usage', `unknown format "${format}" (it is one of ${known.join(', ')})`, { hint }),
    );
  }
  const color = options.color ?? 'auto';
  if (color !== 'always' && color !== 'never' && color !== 'auto') {
    return failure(errorBody('usage', `--color is always, never or auto, not "${String(color)}"`));
  }
  const timeoutMs = typeof options.timeout === 'string' ? parseDuration(options.timeout) : DEFAULT_TIMEOUT_MS;
  if (timeoutMs === undefined) {
    const message = `--timeout: "${String(options.timeout)}" is no duration`;
    return failure(
      errorBody('usage', message, { hint: 'write 500ms, 30s, 5min, 1h, or a number of seconds' }),
    );
  }
  return success({
    root: typeof options.root === 'string' && options.root !== '' ? options.root : undefined,
    isSystem: options.system === true,
    format,
    isJson: format === 'json' || format === 'json-lines',
    hasLegend: options['no-legend'] !== true,
    color,
    isQuiet: options.quiet === true,
    hasPager: options['no-pager'] !== true,
    timeoutMs,
    isTimeoutGiven: options.timeout !== undefined,
    isBlocking: options['no-block'] !== true,
    isAll: options.all === true,
    allowNone: options['allow-none'] === true,
  });
}

function formatOf(options: RawOptions): string {
  if (typeof options.output === 'string') return options.output;
  if (options.json === true) return 'json';
  return options.plain === true ? 'plain' : 'table';
}
