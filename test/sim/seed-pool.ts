/** Plays many seeds in several processes, and collects those that fail. */

import { fork } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Failure } from './seed-worker.ts';
import type { Step } from './steps.ts';

const WORKER = join(import.meta.dirname, 'seed-worker.ts');
const ENVIRONMENT = { PATH: process.env.PATH ?? '', TMPDIR: process.env.TMPDIR ?? '' };

/** @param processes how many at once */
export async function playSeeds(from: number, count: number, processes: number): Promise<readonly Failure[]> {
  const workers = Array.from({ length: processes }, (_, index) => {
    const share = Math.ceil((count - index) / processes);
    return run([from + index, share, processes].map(String), {});
  });
  const failures = (await Promise.all(workers)).flat();
  return failures.sort((one, other) => (one.seed ?? 0) - (other.seed ?? 0));
}

/** Plays one list of steps, with a trace. */
export async function playSteps(steps: readonly Step[]): Promise<Failure> {
  const [played] = await run([], { SIM_STEPS: JSON.stringify(steps) });
  if (played === undefined) throw new Error('the simulation said nothing');
  return played;
}

/** What a failing seed was, for people. */
export function describeFailure({ seed, violations, steps, trace }: Failure): string {
  const again = seed === null ? '' : `SIM_SEED=${seed} npm run sim plays it again\n`;
  return [
    `${seed === null ? 'story' : `seed ${seed}`}: broken promises:`,
    ...violations.map((line) => `  ${line}`),
    `${again}steps left after shrinking:`,
    ...steps.map((step) => `  ${JSON.stringify(step)},`),
    'what happened:',
    ...trace.map((line) => `  ${line}`),
  ].join('\n');
}

function run(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<readonly Failure[]> {
  const child = fork(WORKER, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning', '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'],
    env: { ...ENVIRONMENT, ...environment },
  });
  const failures: Failure[] = [];
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  if (child.stdout === null) throw new Error('no output to read');
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => failures.push(JSON.parse(line) as Failure));
  const isRead = new Promise<void>((resolve) => lines.once('close', resolve));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) void isRead.then(() => resolve(failures));
      else reject(new Error(`a simulation ended with ${code ?? signal}: ${errors}`));
    });
  });
}
