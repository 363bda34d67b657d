/** What `toru why` says of plugins that wait for each other, its facts for scripts, and the words that it is made of. */

import { describe, expect, it, test } from 'vitest';
import { answerWhy, explainGone } from '../../src/daemon/supervisor/why.ts';
import { streakOf } from '../../src/daemon/supervisor/why-crashes.ts';
import { asSentence, listText, ordinal, span, times } from '../../src/daemon/supervisor/why-times.ts';
import type { PluginStatus } from '../../src/protocol/control/plugins.ts';
import { PLUGIN_STATES, type PluginStateName } from '../../src/protocol/plugin-state.ts';
import {
  ANALYTICS,
  among,
  at,
  BACKOFF,
  CRASH,
  FAILED,
  facts,
  NOW,
  needs,
  OPS,
  RAN,
  type Rest,
  RULES,
  STATUS,
  text,
  WAITING,
} from './why-scene.ts';

const ASKED = `It waits since 60 s (2026-11-08 16:19): ${RAN('start', 'gateway')}.`;

const WAITING_TABLE: readonly (readonly [string, Partial<PluginStatus>, Rest, string])[] = [
  [
    'for one in backoff',
    { ...WAITING, dependencies: [needs('analytics', { range: '^1.2' })] },
    among(ANALYTICS),
    `gateway is waiting for analytics (needs ^1.2), which is in backoff: it ended with exit code 7, next try in 5 s. It starts by itself when analytics is ready. "toru why analytics" says more. ${ASKED}`,
  ],
  [
    'down to the root',
    { ...WAITING, dependencies: [needs('analytics', { state: 'waiting' })] },
    among(
      {
        ...ANALYTICS,
        state: 'waiting',
        nextRestartAt: null,
        dependencies: [needs('crm', { state: 'stopped' })],
      },
      { id: 'crm', state: 'stopped', reason: RAN('stop', 'crm') },
    ),
    `gateway is waiting for analytics, which waits for crm, which is stopped: ${RAN('stop', 'crm')}. It starts by itself when analytics is ready. "toru why crm" says more. ${ASKED}`,
  ],
  [
    'for several, one not there and one that does not fit; not for an optional one',
    {
      ...WAITING,
      dependencies: [
        needs('crm', { state: null, version: null, fits: false }),
        needs('db', { range: '^3', state: 'running', fits: false }),
        needs('cache', { required: false, state: 'failed' }),
        needs('log', { state: 'running' }),
      ],
    },
    among({ id: 'db', state: 'running' }, { id: 'cache', state: 'failed' }, { id: 'log' }),
    `gateway is waiting for crm, which is not installed and db (needs ^3), of which 1.4.0 is installed, and that does not fit ^3. It starts by itself when crm is installed and ready and a db that fits ^3 is ready. Install crm with "toru install". Install a db that fits ^3 with "toru install". ${ASKED}`,
  ],
  [
    'for one that has failed, which nothing but a person starts',
    { ...WAITING, dependencies: [needs('crash', { state: 'failed' })] },
    among({ id: 'crash', state: 'failed', reason: 'given up' }),
    `gateway is waiting for crash, which is failed: given up. It starts by itself when crash is ready. "toru start crash" starts crash again; "toru why crash" says more. ${ASKED}`,
  ],
  [
    'for two with one root, which is told once',
    {
      ...WAITING,
      dependencies: [needs('cache', { state: 'waiting' }), needs('db', { state: 'stopped' })],
    },
    among(
      { id: 'cache', state: 'waiting', dependencies: [needs('db', { state: 'stopped' })] },
      { id: 'db', state: 'stopped', reason: RAN('stop', 'db') },
    ),
    `gateway is waiting for db, which is stopped: ${RAN('stop', 'db')} and cache, which waits for db as well. It starts by itself when cache and db are ready. "toru why db" says more. ${ASKED}`,
  ],
  [
    'in a circle',
    { ...WAITING, dependencies: [needs('analytics', { state: 'waiting' })] },
    among(
      {
        ...ANALYTICS,
        state: 'waiting',
        nextRestartAt: null,
        dependencies: [needs('gateway', { state: 'waiting' })],
      },
      { ...STATUS, ...WAITING, id: 'gateway', dependencies: [needs('analytics', { state: 'waiting' })] },
    ),
    `gateway is waiting for analytics, which waits for gateway, which waits for it in turn: the two need each other. It starts by itself when analytics is ready. ${ASKED}`,
  ],
  [
    'asked for by somebody whom the reason does not name',
    {
      ...WAITING,
      reason: 'for analytics, which is in backoff',
      actor: OPS,
      dependencies: [needs('analytics')],
    },
    among(ANALYTICS),
    'gateway is waiting for analytics, which is in backoff: it ended with exit code 7, next try in 5 s. It starts by itself when analytics is ready. "toru why analytics" says more. It waits since 60 s (2026-11-08 16:19): asked for by ops (uid 1000, pid 4242).',
  ],
  [
    'with the machine',
    { ...WAITING, reason: 'for analytics', actor: { kind: 'boot' }, dependencies: [needs('analytics')] },
    among(ANALYTICS),
    'gateway is waiting for analytics, which is in backoff: it ended with exit code 7, next try in 5 s. It starts by itself when analytics is ready. "toru why analytics" says more. It waits since 60 s (2026-11-08 16:19).',
  ],
  [
    'for what the reason alone knows',
    { ...WAITING, reason: 'waits for a friend' },
    {},
    'gateway is waiting: waits for a friend. It starts by itself when that is ready.',
  ],
];

test.each(WAITING_TABLE)('waiting %s', (_title, status, more, expected) => {
  expect(text(status, more)).toBe(expected);
});

describe('the facts for scripts', () => {
  it('hold what waits, what is waited for, and the root of it', () => {
    const status = { ...WAITING, dependencies: [needs('analytics', { range: '^1.2' })], neededBy: ['web'] };
    const others = among(ANALYTICS, {
      id: 'web',
      state: 'waiting',
      dependencies: [needs('gateway', { state: 'waiting' })],
    });
    expect(answerWhy(facts(status, others))).toMatchObject({
      plugin: { id: 'gateway' },
      waitsFor: [
        {
          plugin: 'analytics',
          range: '^1.2',
          state: 'backoff',
          version: '1.4.0',
          reason: 'which is in backoff: it ended with exit code 7, next try in 5 s',
          root: 'analytics',
        },
      ],
      waitedForBy: ['web'],
      nextRestartAt: null,
      restartsLeft: null,
      commands: ['toru why analytics'],
    });
  });

  it('count the restarts that are left, the next one included', () => {
    expect(answerWhy(facts({ ...BACKOFF, restarts: 3 }))).toMatchObject({
      restartsLeft: 8,
      nextRestartAt: at(16, 20, 5),
    });
    expect(answerWhy(facts(BACKOFF, { rules: { ...RULES, limit: null } })).restartsLeft).toBeNull();
  });

  const COMMANDS: Readonly<Record<PluginStateName, readonly string[]>> = {
    running: [],
    starting: ['toru wait web --for ready', 'toru logs web -n 50'],
    stopping: ['toru wait web --for stopped'],
    waiting: [],
    stopped: ['toru start web'],
    exited: ['toru start web', 'toru logs web -n 50'],
    backoff: ['toru logs web -n 50', 'toru restart web', 'toru stop web'],
    failed: ['toru start web'],
    invalid: ['toru scan'],
  };
  test.each(PLUGIN_STATES)('name the commands for %s', (state) => {
    expect(answerWhy(facts({ state })).commands).toEqual(COMMANDS[state]);
  });

  it('name start and enable for one that was given up', () => {
    expect(answerWhy(facts(FAILED)).commands).toEqual([
      'toru crashes show 47',
      'toru start web',
      'toru enable web',
    ]);
  });
});

test('crashes in a row end where the count began anew', () => {
  const restarts = [2, 1, 0, 5, 4].map((restart) => ({ ...CRASH, restart }));
  expect(streakOf(restarts)).toHaveLength(3);
  expect(streakOf([3, 2].map((restart) => ({ ...CRASH, restart })))).toHaveLength(2);
  expect(streakOf([0, 0].map((restart) => ({ ...CRASH, restart })))).toHaveLength(1);
  expect(streakOf([])).toEqual([]);
});

test('a plugin that is gone is told with what became of it', () => {
  const removal = { at: at(14, 2), actor: { kind: 'daemon' } as const, reason: 'its files were taken out' };
  expect(explainGone(removal, '1.4.0', NOW)).toBe(
    'it is not installed any more (version 1.4.0): its files were taken out at 14:02',
  );
  expect(explainGone({ ...removal, actor: OPS }, '', NOW)).toBe(
    'it is not installed any more: its files were taken out by ops (uid 1000, pid 4242) at 14:02',
  );
});

it.each([
  [-5, '0 s'],
  [340, '340 ms'],
  [2100, '2.1 s'],
  [9_960, '10 s'],
  [41_000, '41 s'],
  [119_000, '119 s'],
  [720_000, '12 minutes'],
  [3 * 3_600_000, '3 hours'],
  [12 * 86_400_000, '12 days'],
  [700 * 86_400_000, '700 days'],
  [1_100 * 86_400_000, '3 years'],
])('%i ms is %s', (ms, expected) => {
  expect(span(ms)).toBe(expected);
});

test('counts, lists and sentences read as people write them', () => {
  expect([1, 2, 3, 10, 11, 12, 13, 21, 22, 103, 111].map(ordinal)).toEqual(
    'first second third tenth 11th 12th 13th 21st 22nd 103rd 111th'.split(' '),
  );
  expect([1, 2, 3].map(times)).toEqual(['once', 'twice', '3 times']);
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listText)).toEqual(['', 'a', 'a and b', 'a, b and c']);
  expect(['so', 'so.', 'he said "so."', 'why?'].map(asSentence)).toEqual([
    'So.',
    'So.',
    'He said "so."',
    'Why?',
  ]);
});
