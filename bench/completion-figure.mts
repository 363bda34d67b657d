/** What somebody waits for who presses Tab: plugin names in bash, the shell's own start not counted. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BenchRoot, median } from './bench-root.mts';
import type { Figure } from './figures.mts';

const PLUGINS = 100;
const ROUNDS = 21;
const BIN = join(dirname(dirname(fileURLToPath(import.meta.url))), 'bin');

/** Completes a line for the names of 100 plugins, each time with the whole function that Tab runs. */
export async function completionFigure(): Promise<readonly Figure[]> {
  const root = new BenchRoot();
  const folder = mkdtempSync(join(tmpdir(), 'toru-bench-'));
  try {
    root.addSleepers(PLUGINS);
    root.startDaemon();
    const script = join(folder, 'toru.bash');
    writeFileSync(script, execFileSync(join(BIN, 'toru'), ['completion', 'bash']));
    const took = timesOf(script, root.folder);
    const note = `median of ${ROUNDS}, slowest ${Math.max(...took).toFixed(0)} ms; bash, names of ${PLUGINS} plugins`;
    return [{ name: 'completion of names', value: median(took), unit: 'ms', atMost: 100, note }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
    root.close();
  }
}

/** Milliseconds of each round, by the clock of the shell. */
function timesOf(script: string, root: string): readonly number[] {
  const rounds = `
source "$1"
COMP_WORDS=(toru --root "$2" start '') COMP_CWORD=4 COMP_LINE="toru --root $2 start " COMP_POINT=\${#COMP_LINE}
for ((round = 0; round < ${ROUNDS}; round += 1)); do
  COMPREPLY=() before=\${EPOCHREALTIME/[.,]/}
  _toru toru '' start
  echo $((\${EPOCHREALTIME/[.,]/} - before)) \${#COMPREPLY[@]}
done`;
  const env = { ...process.env, PATH: `${BIN}:${process.env.PATH ?? ''}` };
  const run = spawnSync('bash', ['--norc', '-c', rounds, 'bash', script, root], { encoding: 'utf8', env });
  return run.stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [micros = '', names = ''] = line.split(' ');
      if (Number(names) !== PLUGINS)
        throw new Error(`bash offered ${names} of ${PLUGINS} names: ${run.stderr}`);
      return Number(micros) / 1000;
    });
}
