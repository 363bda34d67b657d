/** torud.toml: the daemon's own settings, who may do what, and defaults for all plugins. */

import { basename } from 'node:path';
import type { Role } from '../../protocol/control/envelope.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { emptyLayer, isTable, readLayer, type SettingLayer } from './config-layer.ts';
import { readSchedules, type ScheduleSettings } from './config-schedules.ts';
import { DEFAULT_TASK_SETTINGS, TASK_KEYS, type TaskSettings, taskSettings } from './config-tasks.ts';
import {
  account,
  duration,
  GROUP_NAME,
  integer,
  listOf,
  MAX_TIMER_MS,
  memberWord,
  oneOf,
  text,
  type ValueReader,
} from './config-values.ts';
import { quoteValue } from './one-line.ts';
import type { SupervisorLevel } from './supervisor-log.ts';
import { readTomlFile, type TomlDocument } from './toml-document.ts';
import { hintFor } from './toml-nearest.ts';
import { problemAt, type SettingsProblem } from './toml-problem.ts';

export type { SettingsProblem } from './toml-problem.ts';

/** One `[[access]]` table. Exactly one of `uid`, `gid`, `user` and `group` is there. */
export interface AccessRule {
  readonly uid?: number;
  readonly gid?: number;
  readonly user?: string;
  readonly group?: string;
  readonly role: Role;
  /** Glob over plugin ids; `*` unless set. */
  readonly plugins: string;
}

export interface DaemonConfig {
  /** torud.toml, whether it exists or not. */
  readonly file: string;
  readonly logLevel: SupervisorLevel;
  /** From one look at the plugin folder to the next when nothing seems to happen; 0: never by time. */
  readonly scanIntervalMs: number;
  /** Name or number of the group that may connect to plugins' sockets, as an HTTP front must; it need not exist. */
  readonly pluginSocketGroup: string;
  readonly access: readonly AccessRule[];
  /** `[groups]`: ids and globs of its members by the name of a group, without the `@`. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly tasks: TaskSettings;
  /** `[[schedule]]`, in the order of the file. */
  readonly schedules: readonly ScheduleSettings[];
  /** `[defaults.…]`. */
  readonly defaults: SettingLayer;
}

const SUBJECTS = ['uid', 'gid', 'user', 'group'] as const;
const MAX_ID = 2 ** 32 - 2;
/** Ids and patterns of one group. */
const MAX_MEMBERS = 1_000;

export function builtInConfig(file: string): DaemonConfig {
  return {
    file,
    logLevel: 'info',
    scanIntervalMs: 60_000,
    pluginSocketGroup: 'toru-web',
    access: [],
    groups: {},
    tasks: DEFAULT_TASK_SETTINGS,
    schedules: [],
    defaults: emptyLayer(file),
  };
}

/**
 * Reads torud.toml; an absent file means all built-in. Failure: the first thing that is wrong.
 * @param ownUid uid of torud
 */
export async function loadConfig(
  file: string,
  ownUid: number = process.getuid?.() ?? 0,
): Promise<Result<DaemonConfig, SettingsProblem>> {
  const read = readTomlFile(file, basename(file), ownUid);
  if (!read.ok) return read;
  if (read.value === undefined) return success(builtInConfig(file));
  const config = readConfig(read.value);
  if (!config.ok) return config;
  const schedules = await readSchedules(read.value);
  return schedules.ok ? success({ ...config.value, schedules: schedules.value }) : schedules;
}

/** Checks a parsed torud.toml but for its schedules. */
export function readConfig(document: TomlDocument): Result<DaemonConfig, SettingsProblem> {
  const reader = new ConfigReader(document);
  const config = reader.read();
  const [first] = reader.problems;
  return first === undefined ? success(config) : failure(first);
}

class ConfigReader {
  readonly problems: SettingsProblem[] = [];
  readonly #document: TomlDocument;

  constructor(document: TomlDocument) {
    this.#document = document;
  }

  read(): DaemonConfig {
    const { file } = this.#document.text;
    this.#refuseUnknown([], this.#document.values, [
      'daemon',
      'defaults',
      'access',
      'groups',
      'tasks',
      'schedule',
    ]);
    const builtIn = builtInConfig(file);
    return {
      ...builtIn,
      ...this.#daemon(builtIn),
      access: this.#access(),
      groups: this.#groups(),
      tasks: this.#tasks(),
      defaults: this.#defaults(),
    };
  }

  #daemon(builtIn: DaemonConfig): Pick<DaemonConfig, 'logLevel' | 'scanIntervalMs' | 'pluginSocketGroup'> {
    const table = this.#table('daemon');
    const interval = {
      scan_interval: duration(1000, 0, MAX_TIMER_MS),
      scan_interval_ms: integer(0, MAX_TIMER_MS),
    };
    this.#refuseUnknown(['daemon'], table, [
      'log_level',
      'scan_interval',
      'scan_interval_ms',
      'scan_interval_seconds',
      'plugin_socket_group',
    ]);
    return {
      logLevel:
        this.#value(['daemon', 'log_level'], table, oneOf('error', 'warning', 'info', 'debug')) ??
        builtIn.logLevel,
      scanIntervalMs:
        this.#value(['daemon', 'scan_interval'], table, interval.scan_interval) ??
        this.#value(['daemon', 'scan_interval_ms'], table, interval.scan_interval_ms) ??
        this.#value(['daemon', 'scan_interval_seconds'], table, interval.scan_interval) ??
        builtIn.scanIntervalMs,
      pluginSocketGroup:
        this.#value(['daemon', 'plugin_socket_group'], table, account) ?? builtIn.pluginSocketGroup,
    };
  }

  #access(): readonly AccessRule[] {
    const { access } = this.#document.values;
    if (access === undefined) return [];
    if (!Array.isArray(access) || !access.every(isTable)) {
      this.#report(['access'], '"access" must be written as [[access]] tables');
      return [];
    }
    return access.flatMap((table, index) => this.#rule(['access', String(index)], table) ?? []);
  }

  #rule(path: readonly string[], table: Readonly<Record<string, unknown>>): AccessRule | undefined {
    this.#refuseUnknown(path, table, [...SUBJECTS, 'role', 'plugins'], '[[access]]');
    const role = this.#value([...path, 'role'], table, oneOf('view', 'operate', 'admin'));
    const plugins = this.#value([...path, 'plugins'], table, text(256)) ?? '*';
    const given = SUBJECTS.filter((subject) => Object.hasOwn(table, subject));
    if (table.role === undefined)
      this.#report(path, '[[access]] needs a "role": "view", "operate" or "admin"');
    if (given.length !== 1)
      this.#report(path, '[[access]] needs exactly one of "uid", "gid", "user" and "group"');
    const subject = {
      uid: this.#value([...path, 'uid'], table, integer(0, MAX_ID)),
      gid: this.#value([...path, 'gid'], table, integer(0, MAX_ID)),
      user: this.#value([...path, 'user'], table, text(64)),
      group: this.#value([...path, 'group'], table, text(64)),
    };
    if (role === undefined) return undefined;
    const isGiven = ([, value]: [string, unknown]): boolean => value !== undefined;
    return {
      ...(Object.fromEntries(Object.entries(subject).filter(isGiven)) as Partial<AccessRule>),
      role,
      plugins,
    };
  }

  #groups(): DaemonConfig['groups'] {
    const table = this.#table('groups');
    const groups = Object.keys(table).flatMap((name) => {
      if (!GROUP_NAME.test(name)) {
        const form = 'small letters, digits, ".", "_" and "-", at most 64';
        this.#report(['groups', name], `${quoteValue(name)} in [groups] is no name of a group (${form})`);
        return [];
      }
      const members = this.#value(['groups', name], table, listOf(memberWord, 0, MAX_MEMBERS));
      return members === undefined ? [] : [[name, members] as const];
    });
    return Object.fromEntries(groups);
  }

  #tasks(): TaskSettings {
    const table = this.#table('tasks');
    this.#refuseUnknown(['tasks'], table, TASK_KEYS);
    return taskSettings((key, reader) => this.#value(['tasks', key], table, reader));
  }

  #defaults(): SettingLayer {
    const { text: from } = this.#document;
    const { layer, problems } = readLayer(this.#table('defaults'), from, 'defaults', from.file, ['defaults']);
    this.problems.push(...problems);
    return layer;
  }

  #table(name: string): Readonly<Record<string, unknown>> {
    const value = this.#document.values[name] ?? {};
    if (isTable(value)) return value;
    this.#report([name], `"${name}" must be a table, not ${quoteValue(value)}`);
    return {};
  }

  #value<Value>(
    path: readonly string[],
    table: Readonly<Record<string, unknown>>,
    reader: ValueReader<Value>,
  ): Value | undefined {
    const key = path.at(-1) ?? '';
    if (!Object.hasOwn(table, key)) return undefined;
    const read = reader(table[key]);
    if (read.ok) return read.value;
    const where = path[0] === 'access' ? '[[access]]' : `[${path[0]}]`;
    this.#report(path, `"${key}" in ${where} ${read.failure}, not ${quoteValue(table[key])}`);
    return undefined;
  }

  #refuseUnknown(
    path: readonly string[],
    table: Readonly<Record<string, unknown>>,
    known: readonly string[],
    name = path.length === 0 ? '' : `[${path.join('.')}]`,
  ): void {
    for (const [key, value] of Object.entries(table)) {
      if (known.includes(key)) continue;
      const isTop = path.length === 0;
      const what = isTop && isTable(value) ? `unknown table [${key}]` : `unknown key ${quoteValue(key)}`;
      const hint = isTop ? hintFor(key, known, (near) => `[${near}]`) : hintFor(key, known);
      this.#report([...path, key], `${what}${name === '' ? '' : ` in ${name}`}${hint}`);
    }
  }

  #report(path: readonly string[], what: string): void {
    this.problems.push(problemAt(this.#document.text, path, what));
  }
}
