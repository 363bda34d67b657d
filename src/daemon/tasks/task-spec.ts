/** What toru-shim is told of a task (ARCHITECTURE.md, "Contract of toru-shim"). */

import type { User } from '../base/accounts.ts';
import type { TaskSettings } from '../base/config-tasks.ts';
import type { SpecEntries } from '../runs/run-files.ts';
import { INHERITED_VARIABLES, type Owner, ownerEntries } from '../runs/run-plan.ts';
import type { TaskRecord } from '../store/task-store.ts';
import { HOLD_MS } from './output-holds.ts';

export interface SpecPlace {
  readonly scriptPath: string;
  readonly workingFolder: string;
  /** Path that the names of the output's files begin with. */
  readonly outputPrefix: string;
  /** So that a script that calls toru speaks to this torud. */
  readonly controlSocket: string;
  readonly bootId: string;
}

/** Who a task runs as. */
export interface TaskPerson {
  /** Undefined: torud's own user. */
  readonly owner: Owner | undefined;
  /** What the machine knows of that user; undefined: nothing. */
  readonly account: Pick<User, 'name' | 'home' | 'shell'> | undefined;
}

const UMASK = 0o022;
/** As sh(1) of a machine without a login has it. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const SHELL = '/bin/sh';
/** Share of the output that is its beginning; the rest is its end, in two files. */
const HEAD_SHARE = 0.25;

export function taskSpec(
  task: TaskRecord,
  place: SpecPlace,
  settings: TaskSettings,
  { owner, account }: TaskPerson,
): SpecEntries {
  const head = Math.floor(settings.outputMaxBytes * HEAD_SHARE);
  return [
    ['id', task.id],
    ['run', 0],
    ['boot', place.bootId],
    ['arg', place.scriptPath],
    ...task.args.map((word) => ['arg', word] as const),
    ...taskEnvironment(task, place, account).map((pair) => ['env', pair] as const),
    ['cwd', place.workingFolder],
    ['output', place.outputPrefix],
    ['output_head', head],
    ['output_segment', Math.floor((settings.outputMaxBytes - head) / 2)],
    ['output_hold_ms', HOLD_MS],
    ...ownerEntries(owner),
    ['umask', UMASK],
    ['grace_ms', settings.graceMs],
  ];
}

/** Variables by which every process of a task can be told from all others. */
export function taskVariables(id: string): readonly string[] {
  return [`TORU_TASK_ID=${id}`];
}

/** Variables that a task gets whatever is asked for. */
export const TASK_VARIABLES: readonly string[] = ['TORU_TASK_ID', 'TORU_SCRIPT', 'TORU_TASK_NAME'];

function taskEnvironment(
  task: TaskRecord,
  place: SpecPlace,
  account: TaskPerson['account'],
): readonly string[] {
  const variables: Record<string, string> = {
    ...accountVariables(account),
    TORU_SOCKET: place.controlSocket,
    ...task.env,
    TORU_SCRIPT: task.script,
    ...(task.name === null ? {} : { TORU_TASK_NAME: task.name }),
  };
  const given = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return [...given.filter((pair) => !pair.startsWith('TORU_TASK_ID=')), ...taskVariables(task.id)];
}

/** Nothing of torud's own environment leaks into a script but its PATH, and what names language and time zone. */
function accountVariables(account: TaskPerson['account']): Readonly<Record<string, string>> {
  const own = process.env;
  const name = account?.name ?? own.USER ?? '';
  const inherited = INHERITED_VARIABLES.flatMap((key) => {
    const value = own[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return {
    PATH: own.PATH ?? PATH,
    HOME: account?.home ?? own.HOME ?? '/',
    SHELL: account?.shell ?? SHELL,
    ...(name === '' ? {} : { USER: name, LOGNAME: name }),
    ...Object.fromEntries(inherited),
  };
}
