/** Which log, and what of it is wanted. */

import type { LogLevel } from '../../../../src/protocol/control/logs.ts';

/** A plugin's log, or those of several merged by time; of all without any name. */
export type LogTarget = string | readonly string[];

export interface LogFilter {
  /** Searched for in messages; empty: nothing. Without capitals their case is ignored. */
  readonly search: string;
  /** The search is a regular expression. */
  readonly isPattern: boolean;
  /** This level and more urgent ones. */
  readonly level: LogLevel | '';
  /** RFC 3339; empty: from the beginning. */
  readonly since: string;
}

export const EVERYTHING: LogFilter = { search: '', isPattern: false, level: '', since: '' };

/** Lines of before that are asked for. */
export const HISTORY_LINES = 1_000;

export function isEverything({ search, level, since }: LogFilter): boolean {
  return search === '' && level === '' && since === '';
}

/** Path below /api that follows the filtered log. */
export function followPath(target: LogTarget, filter: LogFilter): string {
  const query = new URLSearchParams({ follow: 'true', lines: String(HISTORY_LINES) });
  if (filter.search !== '') query.set('grep', patternOf(filter));
  if (filter.level !== '') query.set('level', filter.level);
  if (filter.since !== '') query.set('since', filter.since);
  if (typeof target === 'string') return `/plugins/${encodeURIComponent(target)}/logs?${query}`;
  if (target.length > 0) query.set('plugins', target.join(','));
  return `/logs?${query}`;
}

/** A regular expression for the API, which runs it under a time limit. */
export function patternOf({ search, isPattern }: Pick<LogFilter, 'search' | 'isPattern'>): string {
  const pattern = isPattern ? search : search.replace(/[$()*+./?[\\\]^{|}]/g, '\\$&');
  return /\p{Lu}/u.test(search) ? pattern : `(?i:${pattern})`;
}

/** Whether lines of several plugins may be among them. */
export function hasPlugin(target: LogTarget): boolean {
  return typeof target !== 'string';
}

/** For people. */
export function nameOf(target: LogTarget): string {
  if (typeof target === 'string') return target;
  return target.length === 0 ? 'all plugins' : target.join(', ');
}
