/** A seed as a list of steps. The same seed gives the same list. */

import type { ActionVerb } from '../../src/daemon/supervisor/contract.ts';
import { PLUGINS } from './sim-catalog.ts';
import { type Habit, HEALTHY, type Step } from './steps.ts';

/** mulberry32: 32 bits of state, good enough to choose steps. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  }

  /** 0 to 1, 1 excluded. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** Small ones are as likely as large ones, on a logarithmic scale. Whole tenths of a millisecond. */
  spanMs(least: number, most: number): number {
    return Math.round(least * (most / least) ** this.next() * 10) / 10;
  }
}

const VERBS: readonly ActionVerb[] = [
  'start',
  'start',
  'stop',
  'stop',
  'restart',
  'tryRestart',
  'enable',
  'enable-only',
  'disable',
  'disable-only',
  'resetFailed',
];
const DAY_MS = 86_400_000;
const MAX_STEPS = 40;

type Maker = (chance: Chance) => Step;

/** By how often each kind comes, out of the sum of all. */
const MAKERS: readonly (readonly [weight: number, make: Maker])[] = [
  [28, (c) => ({ do: 'act', verb: c.pick(VERBS), plugin: c.pick(PLUGINS) })],
  [26, (c) => ({ do: 'wait', ms: c.spanMs(0.5, 40_000) })],
  [12, (c) => ({ do: 'habit', plugin: c.pick(PLUGINS), habit: randomHabit(c) })],
  [9, (c) => ({ do: 'kill-daemon', afterPoints: c.below(40), awayMs: c.spanMs(1, 30_000) })],
  [1, (c) => ({ do: 'stop-daemon', keepPlugins: c.oneIn(2), awayMs: c.spanMs(1, 10_000) })],
  [
    5,
    (c) => ({
      do: 'store-fails',
      how: c.pick(['full', 'readonly', 'locked'] as const),
      afterWrites: c.below(12),
      forMs: c.spanMs(10, 20_000),
    }),
  ],
  [2, (c) => ({ do: 'set-clock', byMs: c.oneIn(2) ? DAY_MS : -DAY_MS })],
  [1, (c) => ({ do: 'reboot', awayMs: c.spanMs(1000, 30_000), keepsRunFiles: c.oneIn(2) })],
  [
    5,
    (c) => ({
      do: 'catalog',
      plugin: c.pick(PLUGINS),
      kind: c.pick(['entry', 'entry', 'refused', 'gone'] as const),
      digest: c.pick(['d1', 'd1', 'd2', 'd2', 'misfit', 'circular']),
    }),
  ],
  [2, (c) => ({ do: 'kill-shim', plugin: c.pick(PLUGINS) })],
  [
    6,
    (c) => ({
      do: 'end-process',
      plugin: c.pick(PLUGINS),
      ends: c.pick([0, 1, 7, 78, 'SIGSEGV', 'SIGKILL']),
    }),
  ],
  [
    3,
    (c) => ({
      do: 'signal',
      plugin: c.pick(PLUGINS),
      signal: c.pick(['SIGHUP', 'SIGTERM', 'SIGKILL'] as const),
    }),
  ],
];
const TOTAL_WEIGHT = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

export function stepsOf(seed: number): readonly Step[] {
  const chance = new Chance(seed);
  const count = 5 + chance.below(MAX_STEPS - 5);
  return Array.from({ length: count }, () => randomStep(chance));
}

function randomStep(chance: Chance): Step {
  let left = chance.below(TOTAL_WEIGHT);
  for (const [weight, make] of MAKERS) {
    if (left < weight) return make(chance);
    left -= weight;
  }
  throw new Error('the weights do not add up');
}

function randomHabit(chance: Chance): Partial<Habit> {
  if (chance.oneIn(4)) return HEALTHY;
  const habit: Partial<Habit> = {
    claimMs: chance.oneIn(4) ? chance.spanMs(1, 3000) : 2,
    nameMs: chance.oneIn(4) ? chance.spanMs(1, 3000) : 0.2,
    execMs: chance.oneIn(4) ? chance.spanMs(1, 3000) : 1,
    readyMs: chance.oneIn(8) ? null : chance.spanMs(1, 6000),
    livesMs: chance.oneIn(2) ? chance.spanMs(0.1, 30_000) : null,
    ends: chance.pick([0, 1, 1, 78, 'SIGSEGV']),
    leftoverMs: chance.oneIn(3) ? chance.spanMs(1, 4000) : 0,
    stopMs: chance.oneIn(5) ? null : chance.spanMs(0.1, 4000),
    tailMs: chance.oneIn(6) ? null : chance.oneIn(2) ? 0 : chance.spanMs(0.1, 500),
  };
  if (chance.oneIn(8)) return { ...habit, spawnFails: chance.pick(['prepare', 'fork', 'exec'] as const) };
  if (chance.oneIn(8)) return { ...habit, shimLivesMs: chance.spanMs(0.1, 20_000) };
  if (chance.oneIn(8)) return { ...habit, troubleMs: chance.spanMs(1, 10_000) };
  return habit;
}
