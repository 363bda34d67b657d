/** The simulation of the supervisor: many seeds, and the stories that seeds have told before. */

import { describe, expect, it } from 'vitest';
import { describeFailure, playSeeds, playSteps } from '../sim/seed-pool.ts';
import type { Habit, Step } from '../sim/steps.ts';

/** Seeds 1 to this in each test run; `npm run sim` plays a million. */
const SEEDS = 10_000;
const PROCESSES = 2;

it(`no promise is broken in ${SEEDS} random lives`, async () => {
  const failures = await playSeeds(1, SEEDS, PROCESSES);
  expect(failures.map(describeFailure).join('\n\n')).toBe('');
}, 120_000);

const START = { do: 'act', verb: 'start' } as const;
const CRASHES: Partial<Habit> = { readyMs: 20, livesMs: 100, ends: 1 };
const LEAVES_CHILDREN: Partial<Habit> = { readyMs: 20, livesMs: 300, ends: 0, leftoverMs: 1500 };

/** Each was found by a seed, broke a promise, and is kept since. Most are about being killed at one moment. */
const STORIES: Readonly<Record<string, readonly Step[]>> = {
  'a plugin that ended well is not started again because torud died while its leftovers were being ended': [
    { do: 'habit', plugin: 'ant', habit: LEAVES_CHILDREN },
    { ...START, plugin: 'ant' },
    { do: 'wait', ms: 1000 },
    { do: 'kill-daemon', afterPoints: 0, awayMs: 100 },
    { do: 'act', verb: 'start', plugin: 'bee' },
    { do: 'wait', ms: 5000 },
  ],
  'an unhealthy plugin that is being stopped counts as crashed, also for the torud after this one': [
    { do: 'habit', plugin: 'cat', habit: { readyMs: 50, troubleMs: 50, stopMs: 300 } },
    { ...START, plugin: 'cat' },
    { do: 'wait', ms: 200 },
    { do: 'kill-daemon', afterPoints: 0, awayMs: 100 },
    { do: 'act', verb: 'start', plugin: 'bee' },
    { do: 'wait', ms: 30_000 },
  ],
  'a log that cannot be read does not keep a crash from being seen': [
    { do: 'habit', plugin: 'ant', habit: { ...CRASHES, tailMs: null } },
    { ...START, plugin: 'ant' },
    { do: 'wait', ms: 30_000 },
  ],
  'a plugin does not count as stable because the last lines of its crash take long to read': [
    { do: 'habit', plugin: 'ant', habit: { readyMs: 1.6, livesMs: 9970.6, ends: 1, tailMs: 255 } },
    { ...START, plugin: 'ant' },
    { do: 'wait', ms: 90_000 },
  ],
  'a plugin that crashed in the moment in which it was taken down has as many restarts afterwards as any other':
    [
      { do: 'act', verb: 'enable', plugin: 'elk' },
      { do: 'wait', ms: 21_880.1 },
      { do: 'end-process', plugin: 'elk', ends: 'SIGKILL' },
      { do: 'act', verb: 'tryRestart', plugin: 'dog' },
      { do: 'habit', plugin: 'elk', habit: { readyMs: 145.5, ends: 1, spawnFails: 'fork' } },
      { do: 'wait', ms: 11_309.3 },
    ],
  'who needs, by its newest metadata, what is being stopped goes down with it, also in a circle': [
    { do: 'act', verb: 'restart', plugin: 'elk' },
    { do: 'wait', ms: 2635.2 },
    { do: 'act', verb: 'tryRestart', plugin: 'bee' },
    { do: 'catalog', plugin: 'ant', kind: 'entry', digest: 'circular' },
  ],
  'a plugin that was given up has all its restarts again when other files of it come': [
    {
      do: 'habit',
      plugin: 'dog',
      habit: { claimMs: 2, nameMs: 2736.7, execMs: 1, readyMs: 25.5, ends: 'SIGSEGV', shimLivesMs: 186.9 },
    },
    { do: 'act', verb: 'enable', plugin: 'elk' },
    { do: 'wait', ms: 18_002.3 },
    { do: 'catalog', plugin: 'dog', kind: 'gone', digest: 'circular' },
    { do: 'act', verb: 'enable', plugin: 'cat' },
    { do: 'catalog', plugin: 'dog', kind: 'entry', digest: 'd2' },
    { do: 'wait', ms: 20_807.6 },
  ],
  'a stop of what waits for others takes down what runs and needs it': [
    {
      do: 'habit',
      plugin: 'ant',
      habit: { readyMs: 1.4, livesMs: 10.3, ends: 1, tailMs: 0, troubleMs: 2.5 },
    },
    {
      do: 'habit',
      plugin: 'dog',
      habit: {
        claimMs: 25.9,
        nameMs: 0.2,
        readyMs: 5.4,
        ends: 0,
        stopMs: 3.6,
        tailMs: null,
        troubleMs: 2096.3,
      },
    },
    { do: 'act', verb: 'restart', plugin: 'elk' },
    { do: 'wait', ms: 4063.5 },
    { do: 'act', verb: 'stop', plugin: 'dog' },
  ],
  'what is needed in a circle that new metadata has made may begin': [
    { do: 'act', verb: 'restart', plugin: 'dog' },
    { do: 'wait', ms: 3483.5 },
    { do: 'catalog', plugin: 'dog', kind: 'gone', digest: 'misfit' },
    { do: 'catalog', plugin: 'ant', kind: 'entry', digest: 'circular' },
    { do: 'act', verb: 'tryRestart', plugin: 'dog' },
    { do: 'wait', ms: 90.1 },
  ],
  'a plugin whose files were repaired while torud was away is valid again': [
    { do: 'catalog', plugin: 'ant', kind: 'refused', digest: 'd1' },
    { do: 'kill-daemon', afterPoints: 0, awayMs: 1000 },
    { do: 'act', verb: 'start', plugin: 'bee' },
    { do: 'catalog', plugin: 'ant', kind: 'entry', digest: 'd1' },
    { do: 'wait', ms: 2000 },
  ],
  'a plugin that is not enabled does not run after a reboot because its files came late': [
    { ...START, plugin: 'ant' },
    { do: 'wait', ms: 1000 },
    { do: 'reboot', awayMs: 3000, keepsRunFiles: true },
    { do: 'catalog', plugin: 'ant', kind: 'gone', digest: 'd1' },
    { do: 'wait', ms: 10_000 },
  ],
  'who enables without starting and then stops is obeyed by the next torud': [
    { do: 'act', verb: 'enable-only', plugin: 'ant' },
    { do: 'act', verb: 'stop', plugin: 'ant' },
    { do: 'stop-daemon', keepPlugins: true, awayMs: 1000 },
    { do: 'wait', ms: 5000 },
  ],
  'who enables what torud gave up has it started by the next torud': [
    { do: 'habit', plugin: 'cat', habit: CRASHES },
    { do: 'act', verb: 'enable', plugin: 'cat' },
    { do: 'wait', ms: 30_000 },
    { do: 'act', verb: 'enable-only', plugin: 'cat' },
    { do: 'stop-daemon', keepPlugins: false, awayMs: 10 },
    { do: 'wait', ms: 1000 },
  ],
  'stopped and started while its leftovers are being ended, it runs': [
    { do: 'habit', plugin: 'ant', habit: LEAVES_CHILDREN },
    { ...START, plugin: 'ant' },
    { do: 'wait', ms: 400 },
    { do: 'act', verb: 'stop', plugin: 'ant' },
    { do: 'act', verb: 'start', plugin: 'ant' },
    { do: 'wait', ms: 5000 },
  ],
  'torud that is stopped at the moment of a start does not start the plugin once more': [
    { ...START, plugin: 'bee' },
    { do: 'wait', ms: 1000 },
    { ...START, plugin: 'ant' },
    { do: 'stop-daemon', keepPlugins: false, awayMs: 100 },
    { do: 'wait', ms: 5000 },
  ],
  'runs that could not be written down before torud died are found again, none twice, each with its end': [
    { do: 'act', verb: 'enable', plugin: 'bee' },
    { do: 'habit', plugin: 'bee', habit: { ...CRASHES, livesMs: 145 } },
    { do: 'store-fails', how: 'readonly', afterWrites: 2, forMs: 2536 },
    { do: 'wait', ms: 50 },
    { do: 'end-process', plugin: 'bee', ends: 'SIGSEGV' },
    { do: 'wait', ms: 1180 },
    { do: 'kill-daemon', afterPoints: 0, awayMs: 25 },
    { do: 'act', verb: 'start', plugin: 'ant' },
    { do: 'wait', ms: 20_000 },
  ],
  'a run that began after the last state that could be written is not stopped for that state': [
    { ...START, plugin: 'cat' },
    { do: 'wait', ms: 8000 },
    { do: 'store-fails', how: 'full', afterWrites: 9, forMs: 3000 },
    { do: 'act', verb: 'restart', plugin: 'cat' },
    { do: 'wait', ms: 17 },
    { do: 'kill-daemon', afterPoints: 0, awayMs: 20 },
    { do: 'act', verb: 'start', plugin: 'ant' },
    { do: 'wait', ms: 1000 },
  ],
  'a run that one torud found again is not stopped by the next one for the state before that run': [
    { ...START, plugin: 'ant' },
    { do: 'act', verb: 'restart', plugin: 'ant' },
    {
      do: 'habit',
      plugin: 'ant',
      habit: { readyMs: 2178.7, livesMs: 12_419, ends: 0, stopMs: 87.1, tailMs: null },
    },
    { do: 'store-fails', how: 'locked', afterWrites: 3, forMs: 728.5 },
    { do: 'wait', ms: 14.1 },
    { do: 'stop-daemon', keepPlugins: true, awayMs: 1472.1 },
    { do: 'wait', ms: 1398.7 },
    { do: 'wait', ms: 75.5 },
    { do: 'kill-daemon', afterPoints: 17, awayMs: 4852.5 },
    { do: 'catalog', plugin: 'bee', kind: 'gone', digest: 'd2' },
  ],
  'what a torud that died in a stop has begun again goes down with what it needs': [
    { do: 'act', verb: 'enable', plugin: 'elk' },
    { do: 'wait', ms: 27_321 },
    { do: 'act', verb: 'tryRestart', plugin: 'elk' },
    { do: 'kill-daemon', afterPoints: 4, awayMs: 321.2 },
    { do: 'act', verb: 'stop', plugin: 'ant' },
  ],
  'a run that never began in another boot starts nothing after that boot': [
    { do: 'kill-daemon', afterPoints: 23, awayMs: 1.3 },
    { do: 'store-fails', how: 'full', afterWrites: 6, forMs: 27 },
    { do: 'act', verb: 'restart', plugin: 'elk' },
    { do: 'act', verb: 'restart', plugin: 'ant' },
    { do: 'wait', ms: 863.5 },
    { do: 'reboot', awayMs: 1691.2, keepsRunFiles: true },
  ],
  'restarts are counted on when the files of a crashing plugin were gone for a while': [
    { do: 'act', verb: 'enable-only', plugin: 'cat' },
    { do: 'stop-daemon', keepPlugins: false, awayMs: 3592.7 },
    { do: 'habit', plugin: 'cat', habit: { readyMs: 3.6, leftoverMs: 1097.7, stopMs: 16.3, troubleMs: 16 } },
    { do: 'wait', ms: 7227 },
    { do: 'catalog', plugin: 'cat', kind: 'gone', digest: 'd1' },
    { do: 'wait', ms: 20_838.9 },
    { do: 'catalog', plugin: 'cat', kind: 'entry', digest: 'd2' },
  ],
  'a disable that was so in memory alone is stored before it is acknowledged': [
    { do: 'habit', plugin: 'cat', habit: { shimLivesMs: 0.7, tailMs: null } },
    { do: 'store-fails', how: 'locked', afterWrites: 5, forMs: 4108 },
    { do: 'act', verb: 'restart', plugin: 'cat' },
    { do: 'wait', ms: 4000 },
    { do: 'act', verb: 'disable', plugin: 'cat' },
    { do: 'kill-daemon', afterPoints: 0, awayMs: 16_000 },
    { do: 'act', verb: 'start', plugin: 'ant' },
    { do: 'wait', ms: 20_000 },
  ],
  'an intent that could not be stored leaves no problem behind once the database can be written': [
    { do: 'store-fails', how: 'full', afterWrites: 0, forMs: 3000 },
    { do: 'act', verb: 'enable', plugin: 'ant' },
    { do: 'wait', ms: 10_000 },
  ],
  'a try-restart of what does not run starts nothing that it needs': [
    { do: 'act', verb: 'tryRestart', plugin: 'elk' },
    { do: 'wait', ms: 1000 },
  ],
  'who needs a plugin that was stopped goes down, though what stands between them is in backoff': [
    { ...START, plugin: 'elk' },
    { do: 'wait', ms: 1000 },
    { do: 'signal', plugin: 'dog', signal: 'SIGKILL' },
    { do: 'wait', ms: 10 },
    { do: 'act', verb: 'stop', plugin: 'ant' },
    { do: 'wait', ms: 10_000 },
  ],
  'what a person disabled while its files were gone is not started for what needs it': [
    { do: 'act', verb: 'enable', plugin: 'elk' },
    { do: 'catalog', plugin: 'dog', kind: 'gone', digest: 'd1' },
    { do: 'act', verb: 'disable', plugin: 'dog' },
    { do: 'catalog', plugin: 'dog', kind: 'entry', digest: 'd1' },
    { do: 'wait', ms: 10_000 },
  ],
  'what was begun for another plugin, and could not be written down, is wanted by the torud after this one': [
    { ...START, plugin: 'ant' },
    { do: 'wait', ms: 1000 },
    { do: 'act', verb: 'stop', plugin: 'ant' },
    { do: 'wait', ms: 5000 },
    { do: 'store-fails', how: 'locked', afterWrites: 5, forMs: 417 },
    { ...START, plugin: 'dog' },
    { do: 'wait', ms: 7 },
    { do: 'kill-daemon', afterPoints: 0, awayMs: 7 },
    { ...START, plugin: 'bee' },
    { do: 'wait', ms: 10_000 },
  ],
  'a stop that torud was killed in the middle of still takes down first what needs the plugin': [
    { ...START, plugin: 'elk' },
    { do: 'habit', plugin: 'elk', habit: { stopMs: 500 } },
    { do: 'wait', ms: 1000 },
    { do: 'kill-daemon', afterPoints: 7, awayMs: 20 },
    { do: 'act', verb: 'tryRestart', plugin: 'ant' },
    { do: 'wait', ms: 10_000 },
  ],
  'a cycle that comes up while its members run keeps none of them from being stopped': [
    { ...START, plugin: 'elk' },
    { do: 'wait', ms: 1000 },
    { do: 'catalog', plugin: 'ant', kind: 'entry', digest: 'circular' },
    { do: 'act', verb: 'stop', plugin: 'ant' },
    { do: 'act', verb: 'stop', plugin: 'elk' },
    { do: 'wait', ms: 10_000 },
  ],
};

describe('story', () => {
  for (const [title, steps] of Object.entries(STORIES)) {
    it(title, async () => {
      const played = await playSteps(steps);
      expect(played.violations.length === 0 ? '' : describeFailure(played)).toBe('');
    });
  }
});
