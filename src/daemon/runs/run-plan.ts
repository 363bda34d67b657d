/** All that a run needs, fixed at its start: a running plugin is judged by the settings that it was started with. */

import { chownSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Paths } from '../../protocol/paths.ts';
import type { Transport } from '../../protocol/plugin/metadata.ts';
import { errnoOf } from '../../protocol/result.ts';
import { PLUGIN_PROTOCOL } from '../../protocol/version.ts';
import type { Accounts } from '../base/accounts.ts';
import type { CatalogEntry, EffectiveSettings, LimitSettings } from '../catalog/settings.ts';
import type { SpecEntries } from './run-files.ts';

export interface RunPlan {
  readonly plugin: string;
  readonly transport: Transport;
  readonly command: readonly string[];
  readonly version: string;
  readonly digest: string;
  readonly settings: EffectiveSettings;
}

/** The plan as it stands in the `settings` column of `runs`. */
export type RunSnapshot = Pick<RunPlan, 'transport' | 'command' | 'settings'>;

export function planOf(entry: CatalogEntry): RunPlan {
  return {
    plugin: entry.id,
    transport: entry.metadata.transport,
    command: entry.command,
    version: entry.metadata.version,
    digest: entry.digest,
    settings: entry.settings,
  };
}

export interface RunPlace {
  readonly socketPath: string;
  readonly httpSocketPath: string;
  readonly logPath: string;
  readonly dataFolder: string;
}

export function placeOf(paths: Paths, plugin: string): RunPlace {
  return {
    socketPath: join(paths.pluginSocketFolder, `${plugin}.sock`),
    httpSocketPath: join(paths.pluginSocketFolder, `${plugin}.http.sock`),
    logPath: join(paths.pluginLogFolder, `${plugin}.log`),
    dataFolder: join(paths.dataFolder, plugin),
  };
}

export interface RunIdentity {
  readonly runId: number;
  readonly bootId: string;
  readonly instanceId: string;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly home: string;
  readonly name: string;
}

/** Who the plugin runs as: undefined when torud's own user, a text when there is no such user or group. */
export function ownerOf(settings: EffectiveSettings, accounts: Accounts): Owner | undefined | string {
  if (settings.user === null && settings.group === null) return undefined;
  const user = accounts.user(settings.user ?? String(process.getuid?.() ?? 0));
  if (user === undefined) return `there is no user "${settings.user}"`;
  const group = settings.group === null ? undefined : accounts.group(settings.group);
  if (settings.group !== null && group === undefined) return `there is no group "${settings.group}"`;
  const gid = group?.gid ?? user.gid;
  return { uid: user.uid, gid, groups: accounts.groupsOf(user.name), home: user.home, name: user.name };
}

/** Not `recursive`: with that, Node says ENOENT for a folder that cannot be made in a read-only one. */
function makeFolder(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (thrown) {
    if (errnoOf(thrown) !== 'EEXIST') throw thrown;
  }
}

/** Makes what must stand before the shim starts: the data folder and no stale socket. Throws what the system says. */
export function preparePlace(place: RunPlace, owner: Owner | undefined): void {
  mkdirSync(dirname(place.logPath), { recursive: true, mode: 0o750 });
  mkdirSync(dirname(place.dataFolder), { recursive: true, mode: 0o755 });
  makeFolder(place.dataFolder, 0o700);
  if (owner !== undefined) chownSync(place.dataFolder, owner.uid, owner.gid);
  rmSync(place.socketPath, { force: true });
  rmSync(place.httpSocketPath, { force: true });
}

export function specOf(
  plan: RunPlan,
  place: RunPlace,
  identity: RunIdentity,
  owner: Owner | undefined,
): SpecEntries {
  const { settings } = plan;
  const { log } = settings;
  return [
    ['id', plan.plugin],
    ['run', identity.runId],
    ['boot', identity.bootId],
    ...plan.command.map((word) => ['arg', word] as const),
    ...environmentOf(plan, place, identity, owner).map((pair) => ['env', pair] as const),
    ['cwd', place.dataFolder],
    ['log', place.logPath],
    ['log_max_size', log.maxSizeBytes],
    ['log_max_age_ms', log.maxAgeMs],
    ['log_keep', log.keep],
    ['log_compress', log.compress ? 1 : 0],
    ['log_max_line', log.maxLineBytes],
    ...(plan.transport === 'stdio' ? [['stdio', place.socketPath] as const] : []),
    ...(owner === undefined
      ? []
      : ([
          ['uid', owner.uid],
          ['gid', owner.gid],
          ['groups', owner.groups.join(',')],
        ] as const)),
    ['umask', settings.umask],
    ['nice', settings.nice],
    ['no_new_privs', settings.noNewPrivileges ? 1 : 0],
    ...limitsOf(settings.limits),
    ['grace_ms', settings.stop.graceMs],
    ['stop_signal', STOP_SIGNAL_NUMBERS[settings.stop.signal] ?? 15],
  ];
}

/** Signals that may ask a plugin to end, with their numbers on Linux (signal(7)). */
export const STOP_SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGTERM: 15,
};

function limitsOf(limits: LimitSettings): SpecEntries {
  const pairs: readonly (readonly [string, number | null])[] = [
    ['rlimit_as', limits.memoryBytes],
    ['rlimit_nofile', limits.nofile],
    ['rlimit_nproc', limits.nproc],
    ['rlimit_core', limits.coreBytes],
    ['rlimit_cpu', limits.cpuSeconds],
    ['rlimit_fsize', limits.fileSizeBytes],
  ];
  return pairs.flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]));
}

/** Variables by which every process of a run can be told from all others: `NAME=value`. */
export function runVariables(place: RunPlace, identity: RunIdentity): readonly string[] {
  return [`TORU_SOCKET=${place.socketPath}`, `TORU_RUN_ID=${identity.runId}`];
}

const INHERITED = ['LANG', 'LC_ALL', 'TZ'];

/** The plugin's whole environment: nothing of torud's own leaks into it but what is named here. */
function environmentOf(
  plan: RunPlan,
  place: RunPlace,
  identity: RunIdentity,
  owner: Owner | undefined,
): readonly string[] {
  const own = process.env;
  const account = owner ?? { home: own.HOME ?? '/', name: own.USER ?? '' };
  const variables: Record<string, string> = {
    // Last in PATH, so that a machine's own node wins, and one without any still runs `env node`.
    PATH: `${own.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'}:${dirname(process.execPath)}`,
    HOME: account.home,
    ...(account.name === '' ? {} : { USER: account.name, LOGNAME: account.name }),
  };
  for (const name of INHERITED) {
    const value = own[name];
    if (value !== undefined) variables[name] = value;
  }
  Object.assign(variables, plan.settings.environment, {
    TORU_PLUGIN_ID: plan.plugin,
    TORU_SOCKET: place.socketPath,
    TORU_HTTP_SOCKET: place.httpSocketPath,
    TORU_DATA_DIR: place.dataFolder,
    TORU_LOG_PATH: place.logPath,
    TORU_INSTANCE_ID: identity.instanceId,
    TORU_RUN_ID: String(identity.runId),
    TORU_PROTOCOL: String(PLUGIN_PROTOCOL),
  });
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}
