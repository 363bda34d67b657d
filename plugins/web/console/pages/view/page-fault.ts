/** What can go wrong with the page of a plugin, in words. */

import { messageOf } from '../../../../../src/protocol/result.ts';

export interface PageFault {
  readonly stage: 'fetch' | 'import' | 'mount' | 'later' | 'unmount';
  readonly text: string;
  /** What the page's own code threw. */
  readonly thrown?: unknown;
  /** Of `later`: how many of them there were, this one included. */
  readonly times?: number;
}

const TITLES: Readonly<Record<PageFault['stage'], string>> = {
  fetch: 'The page cannot be fetched',
  import: 'The page cannot be loaded',
  mount: 'The page cannot be shown',
  later: 'The page reports an error',
  unmount: 'The page did not end well',
};

export function faultTitle({ stage }: PageFault): string {
  return TITLES[stage];
}

/** Where in the page's code it happened, for its author; empty when nobody knows. */
export function faultPlace({ thrown }: PageFault): string {
  return thrown instanceof Error ? (thrown.stack ?? '').slice(0, 4_000) : '';
}

const MAX_TEXT = 1_000;

/** The words of whatever was thrown: a page's code may throw anything. */
export function thrownText(thrown: unknown): string {
  let text: string;
  try {
    text = messageOf(thrown);
  } catch {
    // Its own way of becoming a text throws.
    text = '';
  }
  if (text === '') return 'an error without a message';
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
