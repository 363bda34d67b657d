/**
 * The method table of the control protocol. The server takes parameters, roles and streaming from it, the client its
 * types, the manual and the tests its rows.
 */

import type { ErrorCode } from '../errors.ts';
import type { AuditItem, AuditReadParams } from './audit.ts';
import type { CrashListParams, CrashListResult, CrashShowParams, CrashShowResult } from './crashes.ts';
import type {
  DaemonReloadParams,
  DaemonReloadResult,
  DaemonStatus,
  DaemonStopParams,
  DaemonUpgradeParams,
  DaemonUpgradeResult,
  LogLevelParams,
  LogLevelResult,
} from './daemon.ts';
import type { DependencyTreeParams, DependencyTreeResult } from './dependencies.ts';
import type { Role } from './envelope.ts';
import type { EventItem, EventReadParams } from './events.ts';
import type {
  DropInParams,
  DropInResult,
  InstallParams,
  InstallResult,
  RemoveParams,
  RollbackParams,
  SetDropInParams,
  SetDropInResult,
} from './install.ts';
import type {
  KvDeleteParams,
  KvDeleteResult,
  KvGetResult,
  KvKeyParams,
  KvListParams,
  KvListResult,
  KvSetParams,
  KvSetResult,
} from './kv.ts';
import type { LogEnd, LogItem, LogReadParams } from './logs.ts';
import type { MetricsParams, MetricsResult } from './metrics.ts';
import type {
  ActionParams,
  ActionResult,
  CompactListResult,
  EnableParams,
  KillParams,
  ListParams,
  ListResult,
  ReloadParams,
  ResetFailedParams,
  ScanParams,
  ScanResult,
  ShowResult,
  WatchItem,
  WatchParams,
  WhyResult,
} from './plugins.ts';
import type {
  QuickActionListResult,
  QuickActionRemoveParams,
  QuickActionRemoveResult,
  QuickActionRunParams,
  QuickActionSetParams,
  QuickActionSetResult,
} from './quick-actions.ts';
import type { RunListParams, RunListResult } from './runs.ts';
import type { ScheduleListParams, ScheduleListResult } from './schedules.ts';
import type { SystemReadParams, SystemReadResult } from './system.ts';
import type {
  ScriptListResult,
  TaskCancelParams,
  TaskCancelResult,
  TaskListParams,
  TaskListResult,
  TaskOutputEnd,
  TaskOutputItem,
  TaskOutputParams,
  TaskParams,
  TaskResult,
  TaskRunParams,
  TaskRunResult,
  TaskWaitParams,
  TaskWatchItem,
  TaskWatchParams,
} from './tasks.ts';

type Nothing = Readonly<Record<string, never>>;

/** Parameters and results by method. A streaming method has `item` and `end` where others have `result`. */
export interface Methods {
  'daemon.status': { params: Nothing; result: { readonly daemon: DaemonStatus } };
  'daemon.reload': { params: DaemonReloadParams; result: DaemonReloadResult };
  'daemon.stop': { params: DaemonStopParams; result: Nothing };
  'daemon.upgrade': { params: DaemonUpgradeParams; result: DaemonUpgradeResult };
  'daemon.logLevel': { params: LogLevelParams; result: LogLevelResult };
  'daemon.metrics': { params: MetricsParams; result: MetricsResult };
  'plugin.list': { params: ListParams; result: ListResult };
  'plugin.listCompact': { params: ListParams; result: CompactListResult };
  'plugin.show': { params: { readonly plugin: string }; result: ShowResult };
  'plugin.why': { params: { readonly plugin: string }; result: WhyResult };
  'plugin.watch': { params: WatchParams; item: WatchItem; end: Nothing };
  'plugin.enable': { params: EnableParams; result: ActionResult };
  'plugin.disable': { params: EnableParams; result: ActionResult };
  'plugin.start': { params: ActionParams; result: ActionResult };
  'plugin.stop': { params: ActionParams; result: ActionResult };
  'plugin.restart': { params: ActionParams; result: ActionResult };
  'plugin.tryRestart': { params: ActionParams; result: ActionResult };
  'plugin.kill': { params: KillParams; result: ActionResult };
  'plugin.reload': { params: ReloadParams; result: ActionResult };
  'plugin.resetFailed': { params: ResetFailedParams; result: ActionResult };
  'plugin.remove': { params: RemoveParams; result: ActionResult };
  'plugin.install': { params: InstallParams; result: InstallResult };
  'plugin.rollback': { params: RollbackParams; result: InstallResult };
  'plugin.dependencies': { params: DependencyTreeParams; result: DependencyTreeResult };
  'plugin.dropIn': { params: DropInParams; result: DropInResult };
  'plugin.setDropIn': { params: SetDropInParams; result: SetDropInResult };
  'plugin.scan': { params: ScanParams; result: ScanResult };
  'crash.list': { params: CrashListParams; result: CrashListResult };
  'crash.show': { params: CrashShowParams; result: CrashShowResult };
  'run.list': { params: RunListParams; result: RunListResult };
  'event.read': { params: EventReadParams; item: EventItem; end: Nothing };
  'audit.read': { params: AuditReadParams; item: AuditItem; end: Nothing };
  'log.read': { params: LogReadParams; item: LogItem; end: LogEnd };
  'kv.get': { params: KvKeyParams; result: KvGetResult };
  'kv.set': { params: KvSetParams; result: KvSetResult };
  'kv.delete': { params: KvDeleteParams; result: KvDeleteResult };
  'kv.list': { params: KvListParams; result: KvListResult };
  'script.list': { params: Nothing; result: ScriptListResult };
  'task.run': { params: TaskRunParams; result: TaskRunResult };
  'task.list': { params: TaskListParams; result: TaskListResult };
  'task.show': { params: TaskParams; result: TaskResult };
  'task.cancel': { params: TaskCancelParams; result: TaskCancelResult };
  'task.wait': { params: TaskWaitParams; result: TaskResult };
  'task.output': { params: TaskOutputParams; item: TaskOutputItem; end: TaskOutputEnd };
  'task.watch': { params: TaskWatchParams; item: TaskWatchItem; end: Nothing };
  'schedule.list': { params: ScheduleListParams; result: ScheduleListResult };
  'quickAction.list': { params: Nothing; result: QuickActionListResult };
  'quickAction.set': { params: QuickActionSetParams; result: QuickActionSetResult };
  'quickAction.remove': { params: QuickActionRemoveParams; result: QuickActionRemoveResult };
  'quickAction.run': { params: QuickActionRunParams; result: TaskRunResult };
  'system.read': { params: SystemReadParams; result: SystemReadResult };
}

export type MethodName = keyof Methods;
export type ParamsOf<Name extends MethodName> = Methods[Name]['params'];
export type ResultOf<Name extends MethodName> = Methods[Name] extends { result: infer Result }
  ? Result
  : never;
export type ItemOf<Name extends MethodName> = Methods[Name] extends { item: infer Item } ? Item : never;
export type EndOf<Name extends MethodName> = Methods[Name] extends { end: infer End } ? End : never;
export type StreamName = {
  [Name in MethodName]: Methods[Name] extends { item: unknown } ? Name : never;
}[MethodName];
export type CallName = Exclude<MethodName, StreamName>;
/** Methods that answer with one outcome a plugin. */
export type ActionName = {
  [Name in CallName]: Methods[Name] extends { result: ActionResult } ? Name : never;
}[CallName];

export interface MethodRow {
  /** The least role that may call it. */
  readonly role: Role;
  /** The capability that a client asks for before it calls. */
  readonly capability: string;
  readonly isStream: boolean;
  /** True when a success is written to `audit`. */
  readonly isChange: boolean;
  /** Errors beside `usage`, `denied`, `busy` and `internal`, which every method may give. */
  readonly errors: readonly ErrorCode[];
  readonly does: string;
}

function call(role: Role, capability: string, does: string, errors: readonly ErrorCode[] = []): MethodRow {
  return { role, capability, isStream: false, isChange: false, errors, does };
}

function change(role: Role, capability: string, does: string, errors: readonly ErrorCode[] = []): MethodRow {
  return { role, capability, isStream: false, isChange: true, errors, does };
}

function stream(role: Role, capability: string, does: string, errors: readonly ErrorCode[] = []): MethodRow {
  return { role, capability, isStream: true, isChange: false, errors, does };
}

const ACTION_ERRORS = ['not_found', 'invalid', 'failed', 'timeout', 'unavailable', 'dependency'] as const;

export const METHODS: Readonly<Record<MethodName, MethodRow>> = {
  'daemon.status': call('view', 'plugins', 'what this daemon is, where its files are, what ails it'),
  'daemon.reload': change('admin', 'plugins', 'read torud.toml and the drop-ins again', ['invalid']),
  'daemon.stop': change('admin', 'plugins', 'stop the plugins and then the daemon'),
  'daemon.upgrade': change(
    'admin',
    'upgrade',
    'replace the daemon by the installed version, with every plugin running',
    ['failed', 'unavailable'],
  ),
  'daemon.logLevel': change('admin', 'log-level', "how much stands in torud's own log, and to set it"),
  'daemon.metrics': call(
    'view',
    'metrics',
    'figures of torud, its plugins, its tasks and the machine as OpenMetrics text',
  ),
  'plugin.list': call('view', 'plugins', 'plugins, whole', ['not_found']),
  'plugin.listCompact': call('view', 'plugins', 'plugins as short rows', ['not_found']),
  'plugin.show': call('view', 'plugins', 'every property of a plugin', ['not_found']),
  'plugin.why': call('view', 'plugins', 'why a plugin is in its state', ['not_found']),
  'plugin.watch': stream('view', 'watch', 'plugins now, and each change from now on', ['not_found']),
  'plugin.enable': change('operate', 'plugins', 'start with the machine, and now', ACTION_ERRORS),
  'plugin.disable': change(
    'operate',
    'plugins',
    'do not start with the machine, and stop now',
    ACTION_ERRORS,
  ),
  'plugin.start': change('operate', 'plugins', 'start until the next boot', ACTION_ERRORS),
  'plugin.stop': change('operate', 'plugins', 'stop until the next boot', ACTION_ERRORS),
  'plugin.restart': change('operate', 'plugins', 'stop, then start', ACTION_ERRORS),
  'plugin.tryRestart': change('operate', 'plugins', 'restart what runs, leave the rest', ACTION_ERRORS),
  'plugin.kill': change('operate', 'plugins', 'send a signal to the process group', [
    'not_found',
    'not_running',
  ]),
  'plugin.reload': change(
    'operate',
    'dependencies',
    'read manifest and drop-in again, and restart what they change',
    ACTION_ERRORS,
  ),
  'plugin.remove': change('admin', 'install', 'take a plugin out of the plugin folder', ACTION_ERRORS),
  'plugin.install': change('admin', 'install', 'put a plugin into the plugin folder', [
    'not_found',
    'invalid',
    'failed',
    'unavailable',
    'too_large',
  ]),
  'plugin.rollback': change('admin', 'install', 'put the version before back', [
    'not_found',
    'invalid',
    'failed',
    'unavailable',
  ]),
  'plugin.dependencies': call('view', 'dependencies', 'what a plugin needs, or who needs it', ['not_found']),
  'plugin.dropIn': call('admin', 'drop-in', "an admin's settings for a plugin, as the file has them", [
    'not_found',
    'unavailable',
  ]),
  'plugin.setDropIn': change('admin', 'drop-in', "replace an admin's settings for a plugin", [
    'not_found',
    'invalid',
    'conflict',
    'unavailable',
  ]),
  'plugin.resetFailed': change('operate', 'plugins', 'forget restart counts, leave failed', ['not_found']),
  'plugin.scan': change('operate', 'plugins', 'look at the plugin folder again'),
  'crash.list': call('view', 'crashes', 'crashes, newest first', ['not_found']),
  'crash.show': call('view', 'crashes', 'one crash with all that was kept of it', ['not_found']),
  'run.list': call('view', 'runs', 'runs, newest first', ['not_found']),
  'event.read': stream('view', 'events', 'lifecycle events, and those to come', ['not_found']),
  'audit.read': stream('operate', 'audit', 'changes that were asked for, and by whom, and those to come', [
    'not_found',
  ]),
  'log.read': stream('view', 'logs', "the plugins' output, and what is to come", ['not_found']),
  'kv.get': call('operate', 'kv', 'one value', ['not_found', 'too_large']),
  'kv.set': change('operate', 'kv', 'set one value', ['not_found', 'too_large', 'conflict', 'unavailable']),
  'kv.delete': change('operate', 'kv', 'delete one key', ['not_found', 'unavailable']),
  'kv.list': call('operate', 'kv', 'keys with their versions and sizes', ['not_found']),
  'script.list': call('view', 'tasks', 'scripts that can be run, and those that are refused'),
  'task.run': change('operate', 'tasks', 'run a script', ['not_found', 'invalid', 'unavailable']),
  'task.list': call('view', 'tasks', 'history of tasks, newest first'),
  'task.show': call('view', 'tasks', 'one task', ['not_found']),
  'task.cancel': change('operate', 'tasks', 'end a task before its time', ['not_found']),
  'task.wait': call('view', 'tasks', 'answer when a task has ended', ['not_found', 'timeout', 'unavailable']),
  'task.output': stream('view', 'tasks', 'what a script has written, and what it will', ['not_found']),
  'task.watch': stream('view', 'tasks', 'tasks now, and each change from now on'),
  'schedule.list': call('view', 'schedules', 'scripts that run by the clock, and when'),
  'quickAction.list': call('view', 'quick-actions', 'quick actions in their order'),
  'quickAction.set': change('admin', 'quick-actions', 'add or edit a quick action', [
    'not_found',
    'conflict',
    'invalid',
    'unavailable',
  ]),
  'quickAction.remove': change('admin', 'quick-actions', 'remove a quick action', [
    'not_found',
    'unavailable',
  ]),
  'quickAction.run': change('operate', 'quick-actions', 'run the script of a quick action', [
    'not_found',
    'invalid',
    'unavailable',
  ]),
  'system.read': call('view', 'system', 'figures of the machine, now and in the last hour'),
};

export function isMethodName(name: string): name is MethodName {
  return Object.hasOwn(METHODS, name);
}
