/** The list of the terminal UI: what its rows say, what is shown of them, and in which order. Pure. */

import { describe, expect, test } from 'vitest';
import { FIRST_LIST } from '../../src/cli/tui/screens/list/list-order.ts';
import type { CrashSummary } from '../../src/protocol/control/crashes.ts';
import { pluginStatus } from '../fixtures/scripted-daemon.ts';
import { ListStage, PLAIN, PLAIN_ASCII } from './tui-list-stage.ts';

const CRASH: CrashSummary = {
  id: 311,
  plugin: 'analytics',
  runId: 7,
  at: '2026-11-20T14:02:00.000000Z',
  uptimeMs: 2100,
  exitCode: 7,
  signal: null,
  cause: 'exit',
  restart: 3,
  verdict: 'restart',
  delayMs: 5000,
  peakMemoryBytes: null,
  cpuMs: null,
  coreDumped: false,
  version: '1.4.0',
  digest: '41aa',
};
const STOPPED = { pid: null, runId: null, uptimeMs: null, memoryBytes: null, cpuPercent: null };
const analytics = pluginStatus('analytics', {
  ...STOPPED,
  state: 'backoff',
  restarts: 3,
  reason: 'it ended with exit code 7',
  nextRestartAt: '2026-11-20T14:30:05.000000Z',
  lastCrash: CRASH,
  lastExit: { runId: 7, at: CRASH.at, code: 7, signal: null },
});
const weather = pluginStatus('weather', {
  ...STOPPED,
  state: 'failed',
  enabled: false,
  restarts: 10,
  reason: 'it was killed by SIGSEGV; given up and disabled after 10 restarts',
  lastCrash: { ...CRASH, plugin: 'weather', exitCode: null, signal: 'SIGSEGV', cause: 'signal' },
});
const gateway = pluginStatus('gateway', {
  ...STOPPED,
  state: 'waiting',
  reason: 'waiting for analytics',
  groups: ['web'],
});
const backup = pluginStatus('backup', {
  ...STOPPED,
  state: 'stopped',
  actor: { kind: 'user', uid: 1000, name: 'ops' },
});
const crm = pluginStatus('crm', { uptimeMs: 12 * 86_400_000, groups: ['web'], memoryBytes: 200 * 2 ** 20 });
const ALL = [crm, analytics, weather, gateway, backup];

describe('rows', () => {
  const stage = new ListStage(ALL);

  test('say state by letter and word, enabled, uptime, restarts, figures and what happened last', () => {
    expect(stage.row('crm')).toMatch(
      /^ {2}crm +R running +on +12d +0 +1\.[23] +▁+ +200M +ready 11-08 \d\d:\d\d$/,
    );
    expect(stage.row('analytics')).toMatch(
      /^▸ analytics +B backoff +on +– +3 +– +▁+ +– +exit 7 · retry in 5 s$/,
    );
    expect(stage.row('weather')).toMatch(/F failed +– +– +10 .* SIGSEGV · gave up /);
    expect(stage.row('gateway')).toMatch(/W waiting .* waiting for analytics$/);
    expect(stage.row('backup')).toMatch(/S stopped .* by ops · /);
  });

  test('show a plugin that fails its health checks as unhealthy, with what they say', () => {
    const ill = pluginStatus('crm', { health: 'unhealthy', healthDetail: 'pool exhausted' });
    expect(new ListStage([ill]).row('crm')).toMatch(/H unhealthy .* pool exhausted$/);
  });

  test('show foreign text as text', () => {
    const evil = pluginStatus('evil', { ...STOPPED, state: 'invalid', reason: 'a\x1b[2Jb\tc\nd' });
    expect(new ListStage([evil]).text()).toContain('a\\x1b[2Jb\\tc\\nd');
  });

  test('keep their columns with ids and reasons in wide characters', () => {
    const wide = pluginStatus('日本語の名前', { reason: '動' });
    const rows = new ListStage([wide, pluginStatus('abc')]).lines().slice(3, 5);
    const column = (row: string | undefined): number =>
      [...(row ?? '').slice(0, row?.indexOf('R running'))].reduce(
        (sum, one) => sum + (one > '\u2fff' ? 2 : 1),
        0,
      );
    expect(column(rows[0])).toBe(column(rows[1]));
  });

  test('count a retry down by seconds, and name one that is far away by the clock', () => {
    const far = { ...analytics, nextRestartAt: '2026-11-20T14:40:00.000000Z' };
    expect(new ListStage([far]).row('analytics')).toMatch(/retry at \d\d:\d\d$/);
  });
});

describe('the strip', () => {
  test('tells the cause of the chosen plugin, its crash, its next try and who waits for it', () => {
    const needed = { ...analytics, neededBy: ['gateway'] };
    const text = new ListStage([needed, gateway]).text().replaceAll('\n', '');
    expect(text).toContain('analytics: backoff since');
    expect(text).toContain('it ended with exit code 7. Crash 311: exit 7 after 2.1 s, restart 3.');
    expect(text).toContain('Next try in 5 s. gateway waits for it.');
  });

  test('begins with what the health check of an unhealthy one says', () => {
    const ill = pluginStatus('crm', { health: 'unhealthy', healthDetail: 'pool exhausted' });
    expect(new ListStage([ill]).text()).toMatch(
      /crm: unhealthy: its health check says "pool exhausted"\. Running since /,
    );
  });

  test('says that there is more of it where an outcome covers its end', () => {
    const needed = { ...analytics, neededBy: ['gateway'] };
    const stage = new ListStage([needed, gateway]);
    const whole = stage.lines().find((one) => one.includes('analytics: backoff')) ?? '';
    expect(whole).not.toMatch(/…$/);
    stage.outcome('stop', 'backup');
    expect(stage.text()).toContain('stop backup: done');
    expect(stage.lines().find((one) => one.includes('analytics: backoff'))).toBe(`${whole} …`);
  });

  test('follows the cursor', () => {
    expect(new ListStage(ALL).press('G').text()).toContain('weather: failed since');
  });

  test('gives its rows to the list where there are few', () => {
    expect(new ListStage(ALL, { columns: 80, rows: 14 }).text()).not.toContain('analytics: backoff');
  });
});

describe('the order', () => {
  const many = [
    pluginStatus('a', { cpuPercent: 1, memoryBytes: 3000, restarts: 2, uptimeMs: 1 }),
    pluginStatus('b', { cpuPercent: 30, memoryBytes: 1000, restarts: 0, uptimeMs: 3000 }),
    pluginStatus('c', { cpuPercent: 2, memoryBytes: 9000, restarts: 9, uptimeMs: 20 }),
    weather,
  ];

  test('is by id first, and by each column after o', () => {
    const stage = new ListStage(many);
    expect(stage.ids()).toEqual(['a', 'b', 'c', 'weather']);
    const orders = Array.from({ length: 5 }, () => stage.press('o').ids().join(''));
    expect(orders).toEqual(['weatherabc', 'bcaweather', 'weathercab', 'bcaweather', 'cabweather']);
    expect(stage.press('o').ids()).toEqual(['a', 'b', 'c', 'weather']);
  });

  test('has its sign in the head of its column, and O turns it round', () => {
    const stage = new ListStage(many).press('P');
    expect(stage.lines()[2]).toContain('CPU▾');
    expect(stage.press('O').lines()[2]).toContain('CPU▴');
    expect(stage.ids()).toEqual(['weather', 'a', 'c', 'b']);
    expect(stage.press('<').lines()[2]).toMatch(/↻▾/);
  });

  test('leaves the cursor on its plugin', () => {
    const stage = new ListStage(many).press('j', 'P');
    expect(stage.cursor()).toBe('b');
    stage.changed({ ...many[0], cpuPercent: 99, runId: 8 } as (typeof many)[0]);
    expect(stage.ids()[0]).toBe('a');
    expect(stage.cursor()).toBe('b');
  });
});

describe('filters', () => {
  test('narrow the list as they are typed, and are shown while they hold', () => {
    const stage = new ListStage(ALL).press('/').type('we');
    expect(stage.ids()).toEqual(['weather']);
    expect(stage.lines().at(-1)).toMatch(/^ \/we/);
    stage.press('enter');
    expect(stage.lines()[1]).toContain(' /we · 1 of 5 ');
    expect(stage.press('escape').ids()).toHaveLength(5);
  });

  test('take several words, states and groups', () => {
    expect(new ListStage(ALL).press('/').type('@web running').ids()).toEqual(['crm']);
  });

  test('with ! are those that somebody should look at', () => {
    const stage = new ListStage(ALL).press('!');
    expect(stage.ids()).toEqual(['analytics', 'weather']);
    expect(stage.lines()[1]).toContain('in trouble: failed, invalid, backoff or unhealthy · 2 of 5');
    expect(stage.text()).toContain('$ toru list --state failed,invalid,backoff');
    expect(stage.press('!').ids()).toHaveLength(5);
  });

  test('with ! name each plugin that is shown where no state says the same', () => {
    const ill = pluginStatus('ill', { health: 'unhealthy', healthDetail: 'pool exhausted' });
    const stage = new ListStage([...ALL, ill], { columns: 100, rows: 30 }).press('!');
    expect(stage.ids()).toEqual(['analytics', 'ill', 'weather']);
    expect(stage.text()).toContain('$ toru list analytics ill weather');
    expect(new ListStage([crm]).press('!').text()).toContain('None of 1 plugins is in trouble.');
  });

  test('leave the cursor on its plugin when they are taken away', () => {
    const stage = new ListStage(ALL).press('j').press('/').type('we').press('enter', 'escape');
    expect(stage.ids()).toHaveLength(5);
    expect(stage.cursor()).toBe('weather');
    expect(stage.press('g', '/').type('gate').press('escape').cursor()).toBe('gateway');
    expect(stage.press('g', 'j', '/').type('zzz').press('enter', 'escape').cursor()).toBe('backup');
    expect(stage.press('!', 'j', '!').cursor()).toBe('weather');
    expect(stage.press('g', '@', 'j', '@').cursor()).toBe('gateway');
  });

  test('with @ go through the groups', () => {
    const stage = new ListStage(ALL).press('@');
    expect(stage.ids()).toEqual(['crm', 'gateway']);
    expect(stage.text()).toContain('$ toru list @web');
    expect(stage.press('@').ids()).toHaveLength(5);
    expect(new ListStage([backup]).press('@').text()).toContain('no plugin is in a group');
  });

  test('of the command line hold from the start', () => {
    const state = { ...FIRST_LIST, states: ['stopped', 'failed'] as const, isEnabledOnly: true };
    const stage = new ListStage(ALL, undefined, undefined, state);
    expect(stage.ids()).toEqual(['backup']);
    expect(stage.text()).toContain('$ toru list --state stopped,failed --enabled');
  });

  test('that leave nothing say so, and what to do', () => {
    const text = new ListStage(ALL).press('/').type('zzz').press('enter').text();
    expect(text).toContain('None of 5 plugins is /zzz.');
    expect(text).toContain('esc shows all');
  });
});

describe('the cursor', () => {
  const many = Array.from({ length: 500 }, (_, index) => pluginStatus(`p${String(index).padStart(3, '0')}`));

  test('moves as in less and vim, and the list with it', () => {
    const stage = new ListStage(many);
    expect(stage.press('G').cursor()).toBe('p499');
    expect(stage.press('k').cursor()).toBe('p498');
    expect(stage.press('g').cursor()).toBe('p000');
    expect(stage.press('pagedown').cursor()).toBe('p021');
    expect(stage.press('ctrl-u').cursor()).toBe('p010');
    expect(stage.press('up', 'up', 'up').cursor()).toBe('p007');
  });

  test('stays where a plugin has gone', () => {
    const stage = new ListStage(ALL).press('j');
    expect(stage.cursor()).toBe('backup');
    stage.snapshot(ALL.filter((one) => one !== backup));
    expect(stage.cursor()).toBeDefined();
  });
});

describe('marks', () => {
  test('are set with the space bar, shown, counted, and taken away with u', () => {
    const stage = new ListStage(ALL).press(' ', ' ');
    expect(stage.row('backup')).toMatch(/^ ●backup/);
    expect(stage.lines()[1]).toContain('2 marked');
    const context = { ...stage.now, model: stage.app.model, look: PLAIN, size: stage.app.size };
    expect(stage.app.screens[0]?.chosenAll?.(context)).toEqual(['analytics', 'backup']);
    expect(stage.press('u').lines()[1]).not.toContain('marked');
  });

  test('that a filter hides are told of, and nothing is done to them', () => {
    const stage = new ListStage(ALL).press(' ', ' ').press('/').type('backup').press('enter');
    expect(stage.lines()[1]).toContain('2 marked, 1 hidden');
    expect(stage.press('x').app.confirm?.argv).toEqual(['stop', 'backup']);
    stage.press('escape', '/', 'ctrl-u').type('crm').press('enter');
    expect(stage.lines()[1]).toContain('2 marked, 2 hidden');
    expect(stage.press('x').app.confirm?.argv).toEqual(['stop', 'crm']);
  });
});

describe('keys that open', () => {
  test('show the chosen plugin, and with shift all of them', () => {
    const open = (key: string): string | undefined =>
      new ListStage(ALL).press('j', key).app.screens.at(-1)?.title;
    expect(open('v')).toBe('events backup');
    expect(open('V')).toBe('events');
    expect(open('c')).toBe('crashes backup');
    expect(open('C')).toBe('crashes');
  });
});

describe('with no plugins', () => {
  test('it says where to put one', () => {
    const stage = new ListStage([]);
    stage.daemon({ since: '2026-11-20T00:00:00Z', paths: { mode: 'root', pluginFolder: '/srv/a/plugins' } });
    expect(stage.text()).toContain('No plugins yet.');
    expect(stage.text()).toContain('Put one into /srv/a/plugins, or run "toru install PATH".');
  });
});

describe('narrow and wide', () => {
  const head = (columns: number): string =>
    new ListStage(ALL, { columns, rows: 24 }, PLAIN_ASCII).lines()[2] ?? '';

  test('columns go one after the other, and id, state and what happened last stay', () => {
    expect(head(200)).toMatch(
      /ID .*STATE .*EN .*UP .*r .*CPU .*cpu 60 s .*MEM .*mem 60 s .*PID .*VERSION .*GROUPS .*LAST/,
    );
    expect(head(80)).toMatch(/^ {2}ID +STATE +EN +UP +r +CPU +60 s +MEM +LAST$/);
    expect(head(60)).toMatch(/^ {2}ID +STATE +UP +CPU +MEM +LAST$/);
    expect(head(40)).toMatch(/^ {2}ID +STATE +LAST$/);
  });

  test.each([6, 12, 18, 24, 59])(
    'a wider terminal shows no fewer columns, with ids of %i signs',
    (length) => {
      const rows = [...ALL, pluginStatus('y'.repeat(length))];
      let before = 0;
      for (let columns = 36; columns <= 300; columns += 1) {
        const titles = new ListStage(rows, { columns, rows: 24 }, PLAIN_ASCII).lines()[2] ?? '';
        const count = titles
          .trim()
          .split(/ {2,}/)
          .join(' ')
          .replaceAll(/(cpu|mem)? ?60 s/g, 'x')
          .split(/ +/).length;
        expect(count, `${columns} columns: ${titles}`).toBeGreaterThanOrEqual(before);
        before = count;
      }
    },
  );

  test('a long id is cut before a column goes', () => {
    const rows = [...ALL, pluginStatus('y'.repeat(59))];
    for (const columns of [80, 100]) {
      const stage = new ListStage(rows, { columns, rows: 24 }, PLAIN);
      expect(stage.lines()[2]).toMatch(/ID .*STATE .*EN .*UP .*CPU .*60 s .*MEM .*LAST/);
      expect(stage.text()).toMatch(/y{10,}…/);
    }
  });

  test.each([36, 40, 60, 79, 100, 140, 200, 300])('nothing is wider than %i columns', (columns) => {
    const long = pluginStatus('x'.repeat(64), { reason: '長'.repeat(80), ...STOPPED, state: 'invalid' });
    const stage = new ListStage([...ALL, long], { columns, rows: 12 });
    for (const one of stage.lines()) expect([...one].length).toBeLessThanOrEqual(columns);
    expect(stage.lines()).toHaveLength(12);
  });
});
