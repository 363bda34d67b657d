/** Counts the living main processes of every plugin of a root: a look at /proc. */

import { readdirSync, readFileSync } from 'node:fs';
import { errnoOf } from '../../src/protocol/result.ts';

/** Plugins that have more than one session leader now, each as a line for people. */
export function doublesIn(folder: string): readonly string[] {
  const leaders = new Map<string, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const id = pluginOf(name, folder);
    if (id === undefined || !isLeader(name)) continue;
    leaders.set(id, [...(leaders.get(id) ?? []), Number(name)]);
  }
  return [...leaders]
    .filter(([, pids]) => pids.length > 1)
    .map(([id, pids]) => `${id} runs more than once: ${pids.join(', ')}`);
}

function pluginOf(pid: string, folder: string): string | undefined {
  const variables = read(`/proc/${pid}/environ`).split('\0');
  if (!variables.some((variable) => variable.startsWith(`TORU_SOCKET=${folder}/`))) return undefined;
  return variables
    .find((variable) => variable.startsWith('TORU_PLUGIN_ID='))
    ?.slice('TORU_PLUGIN_ID='.length);
}

function isLeader(pid: string): boolean {
  const text = read(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[3] === pid;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (thrown) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errnoOf(thrown) ?? '')) return '';
    throw thrown;
  }
}
