/** Taking over what runs: torud is killed with -9 under 200 plugins and started again. */

import { BenchRoot, median } from './bench-root.mts';
import type { Figure } from './figures.mts';

const PLUGINS = 200;
const ROUNDS = 5;

export async function adoptionFigure(): Promise<readonly Figure[]> {
  const root = new BenchRoot();
  try {
    root.addSleepers(PLUGINS);
    root.startDaemon();
    root.toru('start', '--all');
    const pids = pidsOf(root);
    const adopted: number[] = [];
    const started: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      process.kill(root.daemonPid(), 'SIGKILL');
      const from = performance.now();
      root.startDaemon();
      const up = performance.now();
      const now = pidsOf(root);
      adopted.push(performance.now() - up);
      started.push(up - from);
      if (now !== pids) throw new Error('not every plugin was taken over');
    }
    const note = `median of ${ROUNDS}, one toru list included; from the start of torud until it serves ${median(started).toFixed(0)} ms`;
    const value = median(adopted);
    return [
      { name: `adoption of ${PLUGINS} plugins after torud is up`, value, unit: 'ms', atMost: 300, note },
    ];
  } finally {
    root.close();
  }
}

/** Who runs, as one text to compare. */
function pidsOf(root: BenchRoot): string {
  return root
    .list()
    .map(({ id, state, pid }) => `${id} ${state} ${pid}`)
    .join('\n');
}
