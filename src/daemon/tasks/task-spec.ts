/** What toru-shim is told of a task (ARCHITECTURE.md, "Contract of toru-shim"). */

import type { TaskSettings } from '../base/config-tasks.ts';
import type { SpecEntries } from '../runs/run-files.ts';
import { accountEnvironment, type Owner, ownerEntries } from '../runs/run-plan.ts';
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

const UMASK = 0o022;
/** Share of the output that is its beginning; the rest is its end, in two files. */
const HEAD_SHARE = 0.25;

export function taskSpec(
  task: TaskRecord,
  place: SpecPlace,
  settings: TaskSettings,
  owner: Owner | undefined,
): SpecEntries {
  const head = Math.floor(settings.outputMaxBytes * HEAD_SHARE);
  return [
    ['id', task.id],
    ['run', 0],
    ['boot', place.bootId],
    ['arg', place.scriptPath],
    ...task.args.map((word) => ['arg', word] as const),
    ...taskEnvironment(task, place, owner).map((pair) => ['env', pair] as const),
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

function taskEnvironment(task: TaskRecord, place: SpecPlace, owner: Owner | undefined): readonly string[] {
  const variables: Record<string, string> = {
    ...accountEnvironment(owner),
    TORU_SOCKET: place.controlSocket,
    ...task.env,
    TORU_SCRIPT: task.script,
    ...(task.name === null ? {} : { TORU_TASK_NAME: task.name }),
  };
  const given = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return [...given.filter((pair) => !pair.startsWith('TORU_TASK_ID=')), ...taskVariables(task.id)];
}
