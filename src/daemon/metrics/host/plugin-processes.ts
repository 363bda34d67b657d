/** The processes of plugins that run: the main one, its descendants, and those whose parents have left them to the shim. */

import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { PluginProcesses, ProcessFigures } from '../../../protocol/control/system.ts';
import { errnoOf } from '../../../protocol/result.ts';
import { oneLine } from '../../base/one-line.ts';
import { PAGE_BYTES, type ProcessFacts, readProcess, TICKS_PER_SECOND } from '../../base/process-identity.ts';
import { parseUptimeMs } from './load-average.ts';

/** A plugin that forks without end must not make an answer without end. */
const MAX_PROCESSES = 256;
const MAX_COMMAND = 256;
/** Name of the process that adopts what the plugin's processes leave behind. */
const SHIM_NAME = 'toru-shim';

export interface LivePlugin {
  readonly id: string;
  /** Of its main process. */
  readonly pid: number;
  /** Whether arguments are shown, which may hold secrets; else only the name of the program is. */
  readonly showsArguments: boolean;
}

/** Sorted as given; of each plugin the main process first, then by pid. Lets other work in between two plugins. */
export async function readPluginProcesses(
  plugins: readonly LivePlugin[],
  processes: ProcessSource = systemProcesses,
): Promise<readonly PluginProcesses[]> {
  const uptimeMs = processes.uptimeMs();
  const found: PluginProcesses[] = [];
  for (const { id, pid, showsArguments } of plugins) {
    const figures = familyOf(pid, processes).map((facts) =>
      figuresOf(facts, uptimeMs, showsArguments ? processes.command(facts.pid) : ''),
    );
    if (figures.length > 0) found.push({ plugin: id, processes: figures });
    await turn();
  }
  return found;
}

/** /proc, or a test. */
export interface ProcessSource {
  uptimeMs(): number;
  facts(pid: number): ProcessFacts | undefined;
  /** Of all its threads. */
  children(pid: number): readonly number[];
  /** argv with NUL behind each word; empty when it has none, or is gone. */
  command(pid: number): string;
}

function familyOf(main: number, processes: ProcessSource): readonly ProcessFacts[] {
  const first = processes.facts(main);
  if (first === undefined || first.state === 'Z') return [];
  const parent = processes.facts(first.parentPid);
  const orphans = parent?.name === SHIM_NAME ? processes.children(parent.pid) : [];
  const members = new Map<number, ProcessFacts>([[main, first]]);
  const queue = [main, ...orphans];
  for (let next = queue.shift(); next !== undefined && members.size < MAX_PROCESSES; next = queue.shift()) {
    const facts = members.get(next) ?? processes.facts(next);
    // A shim's child of its own name compresses logs.
    if (facts === undefined || facts.state === 'Z' || facts.name === SHIM_NAME) continue;
    members.set(next, facts);
    queue.push(...processes.children(next).filter((pid) => !members.has(pid)));
  }
  members.delete(main);
  return [first, ...[...members.values()].sort((one, other) => one.pid - other.pid)];
}

function figuresOf(facts: ProcessFacts, uptimeMs: number, command: string): ProcessFigures {
  const { pid, parentPid, name, threads, residentPages, cpuTicks, startTime } = facts;
  const ageTicks = Math.max(1, (uptimeMs / 1000) * TICKS_PER_SECOND - startTime);
  const shortName = oneLine(name, MAX_COMMAND);
  const words = oneLine(command.replaceAll('\0', ' '), MAX_COMMAND);
  return {
    pid,
    parentPid,
    name: shortName,
    command: words === '' ? shortName : words,
    memoryBytes: residentPages * PAGE_BYTES,
    cpuPercent: Math.round((cpuTicks / ageTicks) * 1000) / 10,
    threads,
  };
}

export const systemProcesses: ProcessSource = {
  uptimeMs: () => parseUptimeMs(read('/proc/uptime', 'latin1')) ?? performance.now(),
  facts: readProcess,
  children: (pid) =>
    tasksOf(pid).flatMap((task) =>
      read(`/proc/${pid}/task/${task}/children`, 'latin1').split(' ').map(Number).filter(Boolean),
    ),
  command: (pid) => read(`/proc/${pid}/cmdline`, 'utf8'),
};

function tasksOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return [];
  }
}

/** Empty when the process is gone, or a kernel without CONFIG_PROC_CHILDREN has no such file. */
function read(file: string, encoding: 'latin1' | 'utf8'): string {
  try {
    return readFileSync(file, encoding);
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return '';
  }
}
