/** Answers of the API, by the types of the control protocol where they are the same (README.md of this module). */

import type { CrashSummary } from '../../../../src/protocol/control/crashes.ts';
import type { Role } from '../../../../src/protocol/control/envelope.ts';
import type { PluginEvent } from '../../../../src/protocol/control/events.ts';
import type { PlanStep } from '../../../../src/protocol/control/plan.ts';
import type { PluginStatus, SettingOrigin } from '../../../../src/protocol/control/plugins.ts';
import type { ErrorCode } from '../../../../src/protocol/errors.ts';
import type { PluginStateName } from '../../../../src/protocol/plugin-state.ts';

export type { CrashSummary, ErrorCode, PlanStep, PluginEvent, PluginStateName, Role, SettingOrigin };

/** A plugin as the API shows it: without its sockets, with its route. */
export interface Plugin extends Omit<PluginStatus, 'http'> {
  readonly route?: string | null;
}

/** RFC 9457. `status` 0: no answer came at all. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly code: ErrorCode;
  /** What to do next. */
  readonly hint?: string;
  /** What it is about. */
  readonly name?: string;
  /** Of 429 and 503: when to come back. */
  readonly retryAfterSeconds?: number;
}

/** POST /login, GET /session. */
export interface SessionAnswer {
  readonly user: { readonly name: string; readonly role: Role };
  readonly csrfToken: string;
  readonly expiresAt: string;
  readonly plugins: readonly string[];
}

/** GET /plugins/:id. */
export interface PluginShown {
  readonly plugin: Plugin;
  readonly why: string;
  readonly commands: readonly string[];
  readonly settings: readonly SettingOrigin[];
}

/** POST /plugins/:id/start and its kin. */
export interface ActionAnswer {
  readonly plugin: string;
  readonly changed: boolean;
  readonly state: PluginStateName | null;
  readonly plan?: readonly PlanStep[];
}
