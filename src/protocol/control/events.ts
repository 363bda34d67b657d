/** Lifecycle events: what happened to plugins, by whom and why. */

import type { Actor, Selection } from './plugins.ts';

export const EVENT_TYPES = [
  'started',
  'ready',
  'stopped',
  'exited',
  'killed',
  'crashed',
  'restarting',
  'enabled',
  'disabled',
  'gave-up',
  'adopted',
  'installed',
  'removed',
  'changed',
  /** torud itself, to another version; `plugin` is null. */
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface PluginEvent {
  /** Grows; never used twice. */
  readonly id: number;
  /** RFC 3339 UTC, microseconds. */
  readonly at: string;
  /** null for what concerns the daemon itself. */
  readonly plugin: string | null;
  readonly type: EventType;
  readonly reason: string;
  readonly actor: Actor | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface EventReadParams extends Selection {
  readonly types?: readonly EventType[];
  /** RFC 3339; events at or after it. */
  readonly since?: string;
  /** Only events with a greater id; how a follow goes on after a lost connection. */
  readonly afterId?: number;
  /** Only smaller ids, and the newest of them: how a reader goes back page by page. Not together with `follow` or `afterId`. */
  readonly beforeId?: number;
  /** At most so many of the newest. Default 1,000 without follow. */
  readonly limit?: number;
  readonly follow?: boolean;
}

/** Items of the `event.read` stream, oldest first. */
export interface EventItem {
  readonly events: readonly PluginEvent[];
  /** True when events were left out because the reader was slow; it can ask again with `afterId`. */
  readonly isCut?: boolean;
}
