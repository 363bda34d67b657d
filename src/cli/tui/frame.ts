/** What a view gives back: lines of styled text, without a terminal in sight. */

import { cutTo, widthOf } from '../output/width.ts';

/** What a text means; the theme says how that looks, and a word or letter always says it as well. */
export type Role =
  | 'plain'
  | 'dim'
  | 'strong'
  | 'good'
  | 'busy'
  | 'bad'
  | 'accent'
  | 'title'
  /** The line of the cursor. */
  | 'selected'
  /** What a search has found. */
  | 'match'
  | 'key'
  /** One of several names that are told apart by their colour. */
  | NameRole;

export type NameRole = 'name0' | 'name1' | 'name2' | 'name3' | 'name4' | 'name5';

export interface Span {
  readonly text: string;
  readonly role: Role;
}

export type Line = readonly Span[];
/** At most as many lines as the screen has rows; the first is the top one. */
export type Frame = readonly Line[];

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export const BLANK: Line = [];

export function span(text: string, role: Role = 'plain'): Span {
  return { text, role };
}

/** A line of one or several texts; empty ones are left out. */
export function line(...spans: readonly (Span | string)[]): Line {
  return spans.map((one) => (typeof one === 'string' ? span(one) : one)).filter((one) => one.text !== '');
}

export function lineWidth(of: Line): number {
  return of.reduce((width, one) => width + widthOf(one.text), 0);
}

/** The line in exactly `columns` columns: cut with `…`, or filled with blanks in the role of its last span. */
export function fitted(of: Line, columns: number): Line {
  const width = lineWidth(of);
  if (width === columns) return of;
  if (width < columns) return [...of, span(' '.repeat(columns - width), of.at(-1)?.role ?? 'plain')];
  const kept: Span[] = [];
  let left = columns;
  for (const one of of) {
    const own = widthOf(one.text);
    if (own < left) {
      kept.push(one);
      left -= own;
    } else {
      kept.push({ ...one, text: cutTo(one.text, left) });
      break;
    }
  }
  return kept;
}

/** Left and right ends of one line; the right one is left out where both do not fit. */
export function spread(left: Line, right: Line, columns: number): Line {
  const gap = columns - lineWidth(left) - lineWidth(right);
  return gap < 1 ? fitted(left, columns) : [...left, span(' '.repeat(gap)), ...right];
}

/** All spans of a line in one role: the line of the cursor. */
export function inRole(of: Line, role: Role): Line {
  return of.map((one) => ({ ...one, role }));
}

/** The text of a line, without its roles. */
export function textOf(of: Line): string {
  return of.map((one) => one.text).join('');
}

/** `height` lines of `all` that show the line `at`, and which one is the first. Keeps `top` as long as it can. */
export function windowOf(top: number, at: number, height: number, length: number): number {
  const most = Math.max(0, length - height);
  if (at < top) return Math.min(at, most);
  if (at >= top + height) return Math.min(at - height + 1, most);
  return Math.min(top, most);
}
