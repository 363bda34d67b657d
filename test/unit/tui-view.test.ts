/** Header, footer and help of the terminal UI, in all sizes. Pure. */

import { describe, expect, test } from 'vitest';
import { textOf } from '../../src/cli/tui/frame.ts';
import { UNICODE } from '../../src/cli/tui/look.ts';
import { view } from '../../src/cli/tui/view.ts';
import { pluginStatus } from '../fixtures/scripted-daemon.ts';
import { ListStage, PLAIN_ASCII, WALL_MS } from './tui-list-stage.ts';

const GONE = { pid: null, runId: null, uptimeMs: null, memoryBytes: null, cpuPercent: null };
const plugins = [
  pluginStatus('crm'),
  pluginStatus('web'),
  pluginStatus('mail', { ...GONE, state: 'backoff' }),
  pluginStatus('ghost', { ...GONE, state: 'invalid' }),
  pluginStatus('weather', { ...GONE, state: 'failed' }),
];
const DAEMON = {
  since: new Date(WALL_MS - 41 * 86_400_000).toISOString(),
  paths: { mode: 'system', pluginFolder: '/var/lib/toru/plugins' },
};

function stageOf(columns: number, rows = 30, more: object = {}): ListStage {
  const stage = new ListStage(plugins, { columns, rows });
  stage.daemon({ ...DAEMON, ...more });
  stage.usage([]);
  return stage;
}

describe('the header', () => {
  test('names host, version and uptime of torud, load, memory and totals', () => {
    expect(stageOf(120).lines()[0]).toMatch(
      /^ toru {2}web-03 · torud 1\.0\.0 · up 41d +load 0\.4 {2}mem 3\.0\/16\.0G {3}▲ 2 of 5 running {2}↻ 1 backoff {2}✖ 1 failed {2}I 1 invalid$/,
    );
  });

  test('shows the processors where there is room, and does not let them flicker', () => {
    const stage = stageOf(140);
    stage.usage([], 0.4, 3, { cpuPercent: 41.7 });
    expect(stage.lines()[0]).toContain('cpu 42%  load 0.4  mem 3.0/16.0G');
    stage.usage([], 0.4, 3, { cpuPercent: 45 });
    expect(stage.lines()[0]).toContain('cpu 42%');
    stage.usage([], 0.4, 3, { cpuPercent: 97 });
    expect(stage.lines()[0]).toContain('cpu 97%');
    const narrow = stageOf(80);
    narrow.usage([], 0.4, 3, { cpuPercent: 50 });
    expect(narrow.lines()[0]).not.toContain('cpu');
  });

  test('names the fullest disk, also where there is little room, and no longer than it is full', () => {
    const fullDisks = [
      { mount: '/var', usedPercent: 97 },
      { mount: '/', usedPercent: 91 },
    ];
    const stage = stageOf(100);
    stage.usage([], 0.4, 3, { fullDisks });
    expect(stage.lines()[0]).toContain('disk /var 97% full  ');
    expect(stage.lines()[0]).not.toContain('91%');
    stage.usage([], 0.4, 3);
    expect(stage.lines()[0]).not.toContain('disk');
  });

  test('counts by the states of the list, and apart what is seldom', () => {
    const ill = pluginStatus('ill', { health: 'unhealthy' });
    const all = new ListStage([...plugins, ill], { columns: 120, rows: 30 });
    expect(all.lines()[0]).toContain('▲ 3 of 6 running  ↻ 1 backoff  ✖ 1 failed  I 1 invalid  H 1 unhealthy');
    expect(new ListStage([ill]).lines()[0]).toMatch(/✖ 0 failed {2}H 1 unhealthy$/);
    expect(new ListStage(plugins.slice(0, 2)).lines()[0]).toMatch(/✖ 0 failed$/);
  });

  test('cuts a long root rather than to leave the version out', () => {
    const root = { paths: { mode: 'root', pluginFolder: '/srv/customers/north/instances/r/plugins' } };
    expect(stageOf(100, 30, root).lines()[0]).toContain('web-03 · …/r · torud 1.0.0');
    expect(stageOf(160, 30, root).lines()[0]).toContain('/srv/customers/north/instance');
    const ill = pluginStatus('ill', { health: 'unhealthy' });
    const crowded = stageOf(100, 30, root);
    crowded.snapshot([...plugins, ill]);
    expect(crowded.lines()[0]).toMatch(/torud 1\.0\.0 .*✖ 1 failed {2}I 1 invalid {2}H 1 unhealthy$/);
  });

  test('names the instance where that is not the usual one', () => {
    const root = { paths: { mode: 'root', pluginFolder: '/srv/a/plugins' } };
    expect(stageOf(120, 30, root).lines()[0]).toContain('web-03 · /srv/a · torud 1.0.0');
    const user = { paths: { mode: 'user', pluginFolder: '/srv/ops/.local/share/toru/plugins' } };
    expect(stageOf(120, 30, user).lines()[0]).toContain('web-03 · user · ');
  });

  test('leaves out what matters least where there is little room', () => {
    expect(stageOf(80).lines()[0]).toMatch(
      /^ toru {2}web-03 .*▲ 2 running {2}↻ 1 backoff {2}✖ 1 failed {2}I 1 invalid$/,
    );
    expect(stageOf(40).lines()[0]).toMatch(/^ toru +▲ 2 {2}↻ 1 {2}✖ 1 {2}I 1$/);
  });

  test('says where one is, and the last word of that stays in a narrow one', () => {
    expect(stageOf(120).press('?').lines()[0]).toContain('· plugins > help');
    expect(stageOf(60).press('?').lines()[0]).toMatch(/toru .*help .*✖ 1/);
  });

  test('keeps as much of the end of the way here as there is room for', () => {
    const stage = stageOf(80);
    const [list] = stage.app.screens;
    if (list === undefined) throw new Error('no list');
    const screens = ['plugins', 'analytics', 'crashes', '#311'].map((title) => ({ ...list, title }));
    stage.app = { ...stage.app, screens };
    expect(stage.lines()[0]).toMatch(/^ toru · analytics > crashes > #311 +▲ 2 running .* I 1( invalid)?$/);
  });

  test('says that torud is away before all else', () => {
    for (const columns of [36, 40, 60, 120]) {
      const stage = stageOf(columns);
      stage.app = {
        ...stage.app,
        model: {
          ...stage.app.model,
          connection: { kind: 'away', sinceMs: stage.now.nowMs - 12 * 86_400_000 },
        },
      };
      expect(stage.press('?').lines()[0]).toMatch(/torud is away since 12 days$/);
    }
  });

  test('shows the same uptime for long', () => {
    const stage = new ListStage(plugins, { columns: 120, rows: 30 });
    stage.daemon({ ...DAEMON, since: new Date(WALL_MS - 3 * 3_600_000).toISOString() });
    const before = stage.lines()[0];
    stage.pass(30 * 60_000);
    expect(stage.lines()[0]).toBe(before);
    expect(before).toContain('up 3h');
  });
});

describe('the footer', () => {
  test('has as many keys as there is room for, those of the screen first, and always the help', () => {
    expect(stageOf(120).lines().at(-2)).toMatch(
      /^ \/ filter {2}! trouble {2}enter open {2}l logs {2}c crashes {2}s start {2}x stop .*\? help$/,
    );
    for (const columns of [36, 40, 60, 80, 100, 200]) {
      const keys = stageOf(columns).lines().at(-2) ?? '';
      expect(keys).toMatch(/^ \/ filter .*\? help$/);
      expect(keys.length).toBeLessThanOrEqual(columns);
      // Whole words only.
      expect(keys).not.toContain('…');
    }
  });

  test('shows the command that does the same', () => {
    expect(stageOf(100).lines().at(-1)).toMatch(/^ \$ toru status crm +y copy$/);
  });

  test('keeps the end of a long text that is typed in sight', () => {
    const stage = stageOf(60)
      .press('/')
      .type(`${'x'.repeat(100)}end`);
    expect(stage.lines().at(-1)).toMatch(/end$/);
  });

  test('shows what is said as text', () => {
    const stage = stageOf(100);
    stage.app = { ...stage.app, notice: 'a\x1b[2Jb' };
    expect(stage.lines().at(-1)).toBe(' a\\x1b[2Jb');
  });
});

describe('the frame', () => {
  test.each([
    [60, 10],
    [80, 24],
    [300, 100],
  ])('has as many lines as the terminal, %i×%i, and none is wider', (columns, rows) => {
    for (const keys of [[], ['?'], ['/', 'x']]) {
      const lines = stageOf(columns, rows)
        .press(...keys)
        .lines();
      expect(lines).toHaveLength(rows);
      for (const one of lines) expect([...one].length).toBeLessThanOrEqual(columns);
    }
  });

  test('fills the line of the cursor to its end, and sends no blanks for the others', () => {
    const stage = stageOf(100);
    const [, , , chosen = [], other = []] = view(stage.app, stage.now);
    expect(textOf(chosen)).toHaveLength(100);
    expect(textOf(other)).toMatch(/\S$/);
  });
});

describe('the help', () => {
  test('tells every key of the list, of actions and of all screens, and is read by scrolling', () => {
    const stage = stageOf(80, 24).press('?');
    const seen = new Set<string>();
    for (let page = 0; page < 40; page += 1) {
      for (const one of stage.lines().slice(2, -3)) seen.add(one.trim());
      stage.press('j');
    }
    const all = [...seen].join('\n');
    for (const key of [
      /^\/ +filter$/m,
      /^! +/m,
      /^space +mark/m,
      /^< > /m,
      /^N P M T /m,
      /^s +start/m,
      /^K +kill/m,
    ])
      expect(all).toMatch(key);
    for (const key of [/^: +run/m, /^y +copy/m, /^q ctrl-c +leave/m, /R running/, /H unhealthy/])
      expect(all).toMatch(key);
  });

  test('speaks of marks where there are marks', () => {
    const list = stageOf(80, 60).press('?').text();
    expect(list).toContain('On the chosen plugin, or on all that are marked');
    const detail = stageOf(80, 60).press('enter', '?').text();
    expect(detail).toContain('On the chosen plugin\n');
  });

  test('says which part of it is seen, and goes to its ends as less does', () => {
    const stage = stageOf(80, 24).press('?');
    expect(stage.lines()[1]).toMatch(/ lines 1 to 19 of \d+ /);
    const [, last] = /of (\d+)/.exec(stage.press('G').lines()[1] ?? '') ?? [];
    expect(stage.lines()[1]).toContain(`to ${last} of ${last}`);
    expect(stage.press('g').lines()[1]).toContain('lines 1 to');
  });

  test('is ASCII on a terminal that shows nothing else', () => {
    const stage = new ListStage(plugins, { columns: 80, rows: 60 }, PLAIN_ASCII).press('?');
    expect(stage.text()).toMatch(/^[\x20-\x7e\n]*$/);
    expect(UNICODE.rule).not.toBe('-');
  });

  test('leads back to the place where one was', () => {
    const stage = stageOf(80).press('j', 'j', '?', 'j', 'escape');
    expect(stage.cursor()).toBe('mail');
  });
});
