/** Messages of /api/ws as the console sends and gets them (README.md of this module, "WebSocket"). */

import type { LogLine } from '../../../../src/protocol/control/logs.ts';
import type { HostUsage, UsageRow } from '../../../../src/protocol/control/plugins.ts';
import type { Task } from '../../../../src/protocol/control/tasks.ts';
import type { Plugin, PluginEvent } from '../api/answer-types.ts';

/** What one may follow; the connection names it, and goes on with the last cursor when it was lost. */
export type Follow =
  | {
      readonly topic: 'events';
      readonly plugin?: string;
      readonly cursor?: string;
      readonly limit?: number;
    }
  | {
      readonly topic: 'logs';
      readonly plugin?: string;
      /** Instead of one; none: all. */
      readonly plugins?: readonly string[];
      readonly cursor?: string;
      readonly lines?: number;
    }
  | { readonly topic: 'tasks' }
  | {
      readonly topic: 'output';
      readonly task_id: string;
      readonly cursor?: string;
      /** Of what there is only the last so many bytes. */
      readonly tail?: number;
    };

/** Everything the server sends; keys by `type`. */
export interface ServerMessage {
  readonly type: string;
  /** Of a subscription. */
  readonly id?: string;
  readonly task_id?: string;
  readonly script?: string;
  readonly data?: string;
  readonly signal?: string | null;
  /** Of `error` a word, of `exit` a number. */
  readonly code?: string | number | null;
  readonly message?: string;
  readonly hint?: string;
  readonly cursor?: string;
  readonly plugins?: readonly Plugin[];
  /** Of `plugin` the plugin, of `removed` its id. */
  readonly plugin?: Plugin | string;
  readonly isCut?: boolean;
  readonly rows?: readonly UsageRow[];
  readonly host?: HostUsage;
  readonly isThere?: boolean;
  readonly events?: readonly PluginEvent[];
  readonly lines?: readonly LogLine[];
  readonly tasks?: readonly Task[];
  readonly task?: Task;
  /** Of `output`: what was written, to where, and when. */
  readonly stream?: string;
  readonly at?: string;
  /** Of `gap`. */
  readonly bytes?: number;
}

export type ClientMessage =
  | { readonly type: 'run'; readonly script: string; readonly args?: readonly string[] }
  | { readonly type: 'cancel'; readonly task_id: string };

/** The connection itself. */
export type LinkState = 'connecting' | 'open' | 'lost';
