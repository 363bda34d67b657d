/** The audit: every change that was asked for, by whom, and what came of it. Denied ones stand in it as well. */

import type { Actor, Selection } from './plugins.ts';

export interface AuditEvent {
  /** Grows; never used twice. Of another series than the ids of lifecycle events. */
  readonly id: number;
  /** RFC 3339 UTC, microseconds. */
  readonly at: string;
  /** The plugin that it was about; null for several (see `details.params`) or none. */
  readonly plugin: string | null;
  readonly type: 'audit';
  /** One sentence: who asked for what, and what came of it. */
  readonly reason: string;
  readonly actor: Actor | null;
  readonly details: {
    readonly method: string;
    readonly params: unknown;
    /** `{ok:true}`, what the method noted, or `{error:{code,message}}`. */
    readonly result: unknown;
  };
}

export interface AuditReadParams extends Selection {
  /** RFC 3339; entries at or after it. */
  readonly since?: string;
  /** Only entries with a greater id. */
  readonly afterId?: number;
  /** Only smaller ids, and the newest of them: how a reader goes back page by page. Not together with `follow` or `afterId`. */
  readonly beforeId?: number;
  /** At most so many of the newest. Default 1,000 without follow. */
  readonly limit?: number;
  readonly follow?: boolean;
}

/** Items of the `audit.read` stream, oldest first. */
export interface AuditItem {
  readonly entries: readonly AuditEvent[];
  /** True when entries were left out because the reader was slow. */
  readonly isCut?: boolean;
}
