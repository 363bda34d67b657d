/** The fifty plugins: what each does, and how they get into a root. */

import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Paths } from '../../src/protocol/paths.ts';
import { writeDropIn } from '../rig/plugin-fixture.ts';

export interface Writer {
  readonly id: string;
  readonly transport: 'none' | 'socket' | 'stdio';
  /** `steady` never ends, `crashing` ends itself, `switched` is enabled and disabled all the time. */
  readonly kind: 'steady' | 'crashing' | 'switched';
}

export const WRITER_COUNT = 50;
/** Of all writers together. */
export const LINES_PER_SECOND = 1_000;

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), 'writer.c');
const TRANSPORTS = ['none', 'none', 'none', 'socket', 'stdio'] as const;

export const WRITERS: readonly Writer[] = Array.from({ length: WRITER_COUNT }, (_none, index) => ({
  id: `w${String(index).padStart(2, '0')}`,
  transport: TRANSPORTS[index % TRANSPORTS.length] ?? 'none',
  kind: index % 10 === 9 ? 'switched' : Math.floor(index / 5) % 2 === 0 ? 'steady' : 'crashing',
}));

export interface WriterPlan {
  readonly seed: number;
  /** Mean time between two crashes of a crashing writer. */
  readonly crashEveryMs: number;
  /** Logs are rotated at this size. */
  readonly logBytes: number;
}

/** The file whose appearance makes all writers quiet. */
export function quietFile(paths: Paths): string {
  return join(paths.stateFolder, 'quiet');
}

export async function installWriters(paths: Paths, plan: WriterPlan): Promise<void> {
  await mkdir(paths.stateFolder, { recursive: true });
  const program = join(paths.stateFolder, 'writer');
  execFileSync('cc', ['-O1', '-std=c11', '-D_GNU_SOURCE', '-o', program, SOURCE]);
  for (const [index, writer] of WRITERS.entries()) {
    const folder = join(paths.pluginFolder, writer.id);
    await mkdir(folder, { mode: 0o755 });
    await copyFile(program, join(folder, 'run'));
    await writeDropIn(paths, writer.id, dropInOf(plan, index));
    const crashEveryMs = writer.kind === 'crashing' ? plan.crashEveryMs : 0;
    const rate = LINES_PER_SECOND / WRITER_COUNT;
    const words = [writer.transport, rate, crashEveryMs, plan.seed + index, quietFile(paths)];
    const metadata = {
      id: writer.id,
      name: writer.id,
      version: '1.0.0',
      protocol: 1,
      transport: writer.transport,
      command: ['run', ...words.map(String)],
    };
    await writeFile(join(folder, 'plugin.json'), JSON.stringify(metadata), { mode: 0o644 });
  }
}

/** Nothing is given up, nothing rotated away, and half of the logs are compressed. */
function dropInOf(plan: WriterPlan, index: number): string {
  return `[restart]
delays_ms = [0, 20, 50]
limit = "none"
stable_after_ms = 1000
[start]
seconds_ms = 20
[limits]
core = 0
[log]
max_size = ${plan.logBytes}
keep = 1000
compress = ${index % 2 === 0}
`;
}
