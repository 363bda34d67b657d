/** All that a run needs, fixed at its start: a running plugin is judged by the settings that it was started with. */

import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Paths } from '../../protocol/paths.ts';
import type { Transport } from '../../protocol/plugin/metadata.ts';
import { PLUGIN_PROTOCOL } from '../../protocol/version.ts';
import type { Accounts } from '../base/accounts.ts';
import type { CatalogEntry, EffectiveSettings, LimitSettings } from '../catalog/settings.ts';
import { prepareDataFolder } from './data-folder.ts';
import { makeFolder } from './make-folder.ts';
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
  /** Where a plugin of another user makes its sockets: nobody else can make them in its place. */
  readonly ownFolder?: string;
  /** Names in the folder of all sockets, each with what it is a link to. */
  readonly links?: readonly (readonly [name: string, target: string])[];
  readonly logPath: string;
  readonly dataFolder: string;
  /** torud's own socket, for a plugin that asks torud as `toru` does. */
  readonly controlSocket?: string;
}

/** Where everybody finds the plugin, whoever it runs as. */
export function placeOf(paths: Paths, plugin: string): RunPlace {
  return {
    socketPath: join(paths.pluginSocketFolder, `${plugin}.sock`),
    httpSocketPath: join(paths.pluginSocketFolder, `${plugin}.http.sock`),
    logPath: join(paths.pluginLogFolder, `${plugin}.log`),
    dataFolder: join(paths.dataFolder, plugin),
    controlSocket: paths.controlSocket,
  };
}

/** Folder of the sockets of plugins that run as other users, a folder each. As long as `plugins`: paths have a limit. */
const OWN_FOLDERS = 'sockets';

/** Where this run has its sockets: in a folder of its own when it runs as another user. */
export function placeOfRun(paths: Paths, { plugin, transport, settings }: RunPlan): RunPlace {
  const place = placeOf(paths, plugin);
  if (settings.user === null && settings.group === null) return place;
  const ownFolder = join(paths.runFolder, OWN_FOLDERS, plugin);
  const http = join(ownFolder, 'http');
  // Over stdio the socket is toru-shim's.
  if (transport === 'stdio')
    return { ...place, httpSocketPath: http, ownFolder, links: [[place.httpSocketPath, http]] };
  const socket = join(ownFolder, 'sock');
  return {
    ...place,
    socketPath: socket,
    httpSocketPath: http,
    ownFolder,
    links: [
      [place.socketPath, socket],
      [place.httpSocketPath, http],
    ],
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
  /** Its login shell. */
  readonly shell: string;
}

/** Who it runs as: undefined when torud's own user, a text when there is no such user or group. */
export function ownerOf(
  settings: Pick<EffectiveSettings, 'user' | 'group'>,
  accounts: Accounts,
): Owner | undefined | string {
  if (settings.user === null && settings.group === null) return undefined;
  const user = accounts.user(settings.user ?? String(process.getuid?.() ?? 0));
  if (user === undefined) return `there is no user "${settings.user}"`;
  const group = settings.group === null ? undefined : accounts.group(settings.group);
  if (settings.group !== null && group === undefined) return `there is no group "${settings.group}"`;
  const gid = group?.gid ?? user.gid;
  return {
    uid: user.uid,
    gid,
    groups: accounts.groupsOf(user.name),
    home: user.home,
    name: user.name,
    shell: user.shell,
  };
}

/** Its user makes files in it, the group passes through. */
export const OWN_FOLDER_MODE = 0o710;

/**
 * Makes what must stand before the shim starts: the data folder, the folder of its sockets, no stale socket. Throws what
 * the system says.
 * @param socketGid group that may reach the plugin's sockets; undefined: the owner's
 */
export function preparePlace(place: RunPlace, owner: Owner | undefined, socketGid?: number): void {
  mkdirSync(dirname(place.logPath), { recursive: true, mode: 0o750 });
  prepareDataFolder(place.dataFolder, owner);
  if (owner !== undefined && place.ownFolder !== undefined)
    makeOwnFolder(place.ownFolder, owner, socketGid ?? owner.gid);
  rmSync(place.socketPath, { force: true });
  rmSync(place.httpSocketPath, { force: true });
  for (const [name, target] of place.links ?? []) {
    rmSync(name, { force: true });
    symlinkSync(relative(dirname(name), target), name);
  }
}

/** The folder above belongs to torud, so that the plugin's user cannot put a link in the place of its own. */
function makeOwnFolder(folder: string, owner: Owner, gid: number): void {
  const above = dirname(folder);
  makeFolder(above, 0o711);
  // Whatever torud's umask is: the users of plugins have to get through.
  chmodSync(above, 0o711);
  makeFolder(folder, OWN_FOLDER_MODE);
  chownSync(folder, owner.uid, gid);
  chmodSync(folder, OWN_FOLDER_MODE);
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
    ...ownerEntries(owner),
    ['umask', settings.umask],
    ['nice', settings.nice],
    ['no_new_privs', settings.noNewPrivileges ? 1 : 0],
    ...limitsOf(settings.limits),
    ['grace_ms', settings.stop.graceMs],
    ['stop_signal', STOP_SIGNAL_NUMBERS[settings.stop.signal] ?? 15],
  ];
}

/** Keys of the spec that make the program run as its owner. */
export function ownerEntries(owner: Owner | undefined): SpecEntries {
  if (owner === undefined) return [];
  return [
    ['uid', owner.uid],
    ['gid', owner.gid],
    ['groups', owner.groups.join(',')],
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

/** What plugins and scripts get of torud's own environment. */
export const INHERITED_VARIABLES = ['LANG', 'LC_ALL', 'TZ'];

/** What every plugin gets: nothing of torud's own environment leaks but what is named here. */
function accountEnvironment(owner: Owner | undefined): Record<string, string> {
  const own = process.env;
  const account = owner ?? { home: own.HOME ?? '/', name: own.USER ?? '' };
  const variables: Record<string, string> = {
    // Last in PATH, so that a machine's own node wins, and one without any still runs `env node`.
    PATH: `${own.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'}:${dirname(process.execPath)}`,
    HOME: account.home,
    ...(account.name === '' ? {} : { USER: account.name, LOGNAME: account.name }),
  };
  for (const name of INHERITED_VARIABLES) {
    const value = own[name];
    if (value !== undefined) variables[name] = value;
  }
  return variables;
}

/** The plugin's whole environment. */
function environmentOf(
  plan: RunPlan,
  place: RunPlace,
  identity: RunIdentity,
  owner: Owner | undefined,
): readonly string[] {
  const variables = accountEnvironment(owner);
  Object.assign(variables, plan.settings.environment, {
    TORU_PLUGIN_ID: plan.plugin,
    TORU_SOCKET: place.socketPath,
    TORU_HTTP_SOCKET: place.httpSocketPath,
    ...(place.controlSocket === undefined ? {} : { TORU_CONTROL_SOCKET: place.controlSocket }),
    TORU_DATA_DIR: place.dataFolder,
    TORU_LOG_PATH: place.logPath,
    TORU_INSTANCE_ID: identity.instanceId,
    TORU_RUN_ID: String(identity.runId),
    TORU_PROTOCOL: String(PLUGIN_PROTOCOL),
  });
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}
