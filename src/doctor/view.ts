/** What all checks look at: the request, what torud says of itself, and who torud is or would be. */

import { statSync } from 'node:fs';
import type { DaemonStatus } from '../protocol/control/daemon.ts';
import type { WelcomeFrame } from '../protocol/control/envelope.ts';
import type { PluginStatus } from '../protocol/control/plugins.ts';
import type { Schedule } from '../protocol/control/schedules.ts';
import type { ErrorBody } from '../protocol/errors.ts';
import type { Paths } from '../protocol/paths.ts';
import type { DoctorRequest } from '../protocol/programs.ts';
import { errnoOf } from '../protocol/result.ts';
import { lookAtPath, textOf } from './machine.ts';

export interface View {
  readonly request: DoctorRequest;
  readonly paths: Paths;
  readonly callerUid: number;
  /** uid that torud has, or would have if it was started. */
  readonly torudUid: number;
  readonly torud: TorudView;
  /** /proc/self/mounts; empty when it cannot be read. */
  readonly mounts: string;
  readonly nowMs: number;
}

/** `away`: nobody answers, and why. */
export type TorudView =
  | { readonly kind: 'away'; readonly error: ErrorBody }
  | {
      readonly kind: 'up';
      readonly welcome: WelcomeFrame['welcome'];
      readonly status: DaemonStatus | undefined;
      readonly plugins: readonly PluginStatus[] | undefined;
      /** Undefined: this torud has none to tell of. */
      readonly schedules: readonly Schedule[] | undefined;
    };

export async function look(request: DoctorRequest): Promise<View> {
  const torud = await lookAtTorud(request);
  const callerUid = process.getuid?.() ?? 0;
  return {
    request,
    paths: request.paths,
    callerUid,
    torudUid: torudUid(request.paths, torud, callerUid),
    torud,
    mounts: textOf('/proc/self/mounts') ?? '',
    nowMs: Date.now(),
  };
}

/** The status of a torud that answered. */
export function statusOf(view: View): DaemonStatus | undefined {
  return view.torud.kind === 'up' ? view.torud.status : undefined;
}

export function pluginsOf(view: View): readonly PluginStatus[] {
  return (view.torud.kind === 'up' ? view.torud.plugins : undefined) ?? [];
}

async function lookAtTorud({ torud, timeoutMs }: DoctorRequest): Promise<TorudView> {
  const welcome = await torud.welcome(timeoutMs);
  if (!welcome.ok) return { kind: 'away', error: welcome.failure };
  const status = await torud.call('daemon.status', {}, timeoutMs);
  const list = await torud.call('plugin.list', {}, timeoutMs);
  const scheduled = await torud.call('schedule.list', {}, timeoutMs);
  return {
    kind: 'up',
    welcome: welcome.value,
    status: status.ok ? status.value.daemon : undefined,
    plugins: list.ok ? list.value.plugins : undefined,
    schedules: scheduled.ok ? scheduled.value.schedules : undefined,
  };
}

/** By its process; else by its state folder; else who the mode says. */
function torudUid(paths: Paths, torud: TorudView, callerUid: number): number {
  const pid = torud.kind === 'up' ? torud.status?.pid : undefined;
  if (pid !== undefined) {
    try {
      return statSync(`/proc/${pid}`).uid;
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
    }
  }
  const state = lookAtPath(paths.stateFolder);
  if (typeof state === 'object') return state.uid;
  return paths.mode === 'system' ? 0 : callerUid;
}
