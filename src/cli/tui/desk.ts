/** What was asked to be done from here: what is under way, what came of the rest, what was typed. Pure. */

import type { Key } from './messages.ts';
import type { Model } from './model.ts';

export interface Underway {
  readonly id: number;
  readonly argv: readonly string[];
  /** Typed behind `:`; what it says is shown whole. */
  readonly isTyped: boolean;
  /** Monotonic. */
  readonly sinceMs: number;
  /** By plugin: the run that was there when it began. */
  readonly firstRunIds: ReadonlyMap<string, number | null>;
  /** By plugin that is stopped: how long it has until it is killed. */
  readonly gracesMs: ReadonlyMap<string, number>;
}

export interface Outcome {
  readonly id: number;
  readonly argv: readonly string[];
  /** null: it could not be run, or was ended by a signal. */
  readonly code: number | null;
  /** What it wrote, both streams; not sanitised. */
  readonly lines: readonly string[];
  readonly tookMs: number;
  /** Monotonic. */
  readonly endedMs: number;
  /** Wall clock, milliseconds since 1970. */
  readonly endedAt: number;
  /** Stands over the footer until a key is pressed. */
  readonly isShown: boolean;
}

/** A verb as `toru help --json` tells of it. */
export interface VerbHelp {
  readonly verb: string;
  readonly aliases: readonly string[];
  readonly kind: string;
  readonly operands: string;
  readonly does: string;
  readonly options: readonly OptionHelp[];
}

export interface OptionHelp {
  readonly name: string;
  readonly short: string | null;
  readonly value: string | null;
  readonly does: string;
}

export interface Desk {
  readonly underway: readonly Underway[];
  /** The newest last. */
  readonly outcomes: readonly Outcome[];
  /** Lines that were typed behind `:`, the newest last. */
  readonly history: readonly string[];
  /** Undefined until they are known. */
  readonly verbs: readonly VerbHelp[] | undefined;
  /** Why nothing is recorded any more. */
  readonly unrecorded?: string;
}

/** News of commands, from the stage. */
export type ActionNews =
  | {
      readonly kind: 'began';
      readonly id: number;
      readonly argv: readonly string[];
      readonly isTyped: boolean;
      readonly gracesMs: ReadonlyMap<string, number>;
    }
  | {
      readonly kind: 'ended';
      readonly id: number;
      readonly code: number | null;
      readonly lines: readonly string[];
    }
  | { readonly kind: 'verbs'; readonly verbs: readonly VerbHelp[] }
  /** They are recorded no more: why, in one line. */
  | { readonly kind: 'told'; readonly text: string };

const MAX_OUTCOMES = 100;
const MAX_HISTORY = 200;
/** A key pressed sooner was meant for something else: what is said stays. */
const LEAST_SHOWN_MS = 1_500;

export const NEW_DESK: Desk = { underway: [], outcomes: [], history: [], verbs: undefined };

export function onAction(desk: Desk, news: ActionNews, model: Model, nowMs: number, wallMs: number): Desk {
  switch (news.kind) {
    case 'began': {
      const runs = [...model.plugins].map(([id, { plugin }]) => [id, plugin.runId] as const);
      const begun = { ...news, sinceMs: nowMs, firstRunIds: new Map(runs) };
      return { ...desk, underway: [...desk.underway, begun] };
    }
    case 'ended': {
      const begun = desk.underway.find(({ id }) => id === news.id);
      if (begun === undefined) return desk;
      const outcome: Outcome = {
        id: news.id,
        argv: begun.argv,
        code: news.code,
        lines: news.lines,
        tookMs: nowMs - begun.sinceMs,
        endedMs: nowMs,
        endedAt: wallMs,
        isShown: true,
      };
      return {
        ...desk,
        underway: desk.underway.filter(({ id }) => id !== news.id),
        outcomes: [...desk.outcomes, outcome].slice(-MAX_OUTCOMES),
      };
    }
    case 'verbs':
      return { ...desk, verbs: news.verbs };
    case 'told':
      return { ...desk, unrecorded: news.text };
  }
}

/** A key takes away what has been read; escape all of it at once. */
export function onDeskKey(desk: Desk, key: Key, nowMs: number): Desk {
  if (!desk.outcomes.some(({ isShown }) => isShown)) return desk;
  const outcomes = desk.outcomes.map((one) =>
    one.isShown && (key === 'escape' || nowMs - one.endedMs >= LEAST_SHOWN_MS)
      ? { ...one, isShown: false }
      : one,
  );
  return { ...desk, outcomes };
}

/** The one whose output is shown on a screen of its own need not be told a second time. */
export function taken(desk: Desk, id: number): Desk {
  return {
    ...desk,
    outcomes: desk.outcomes.map((one) => (one.id === id ? { ...one, isShown: false } : one)),
  };
}

export function remembered(desk: Desk, text: string): Desk {
  if (text.trim() === '' || desk.history.at(-1) === text) return desk;
  return { ...desk, history: [...desk.history, text].slice(-MAX_HISTORY) };
}
