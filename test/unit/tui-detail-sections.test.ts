/** Settings, dependencies and runs of the detail screen. */

import { describe, expect, test } from 'vitest';
import { ASCII } from '../../src/cli/tui/look.ts';
import type { SettingOrigin } from '../../src/protocol/control/plugins.ts';
import { pluginStatus } from '../fixtures/scripted-daemon.ts';
import { crashSummary, DetailStage, listedRun, node } from './tui-detail-stage.ts';

const WEB = pluginStatus('web');
const DROP_IN = '/etc/toru/plugins.d/web.toml';

describe('settings', () => {
  function shown(settings: readonly SettingOrigin[], columns = 100): DetailStage {
    const stage = new DetailStage([WEB], { columns, rows: 40 });
    const properties = { path: '/plugins/web', command: ['/plugins/web/run'], digest: '9f2c'.repeat(16) };
    stage.answer('show', { properties, settings });
    stage.press('2');
    return stage;
  }

  test('stand with where each came from, those that somebody set first', () => {
    const text = shown([
      { key: 'restart.limit', value: 10, source: 'built-in' },
      { key: 'nice', value: 5, source: DROP_IN },
      { key: 'stop.signal', value: 'SIGINT', source: 'manifest' },
      { key: 'limits.nofile', value: null, source: 'built-in' },
    ]).text();
    expect(text).toMatch(
      /Set\n {3}nice +5 +\/etc\/toru\/plugins\.d\/web\.toml\n {3}stop\.signal +SIGINT +manifest\n/,
    );
    expect(text).toMatch(/By default\n {3}restart\.limit +10 +default\n {3}limits\.nofile +not set +default/);
    expect(text).toContain('Digest  9f2c9f2c9f2c');
  });

  test('hide values under secret names, wherever they are repeated, and say who shows them', () => {
    const text = shown([
      { key: 'environment.DB_PASSWORD', value: 'hunter2hunter2', source: DROP_IN },
      { key: 'environment.DB_URL', value: 'postgres://me:topsecret@db/x', source: DROP_IN },
      { key: 'environment.NOTE', value: 'is hunter2hunter2', source: DROP_IN },
      { key: 'environment.PORT', value: '8080', source: DROP_IN },
    ]).text();
    expect(text).not.toMatch(/hunter2|topsecret/);
    expect(text).toMatch(/DB_PASSWORD +\(hidden\)/);
    expect(text).toMatch(/PORT +8080/);
    expect(text).toContain('postgres://me:(hidden)@db/x');
    expect(text).toContain('(hidden): "toru cat web" shows what.');
  });

  test('leave what torud itself hides as it says so', () => {
    const value = '(hidden: takes the role admin)';
    const text = shown([
      { key: 'environment.DB_PASSWORD', value, source: DROP_IN },
      { key: 'environment.PORT', value, source: DROP_IN },
    ]).text();
    expect(text).toContain(`DB_PASSWORD  ${value}`);
    expect(text).toMatch(/PORT +\(hidden: takes the role admin\)/);
    expect(text).not.toContain('toru cat web" shows');
  });

  test('break a value that is too long instead of cutting it', () => {
    const value = `/usr/bin/${'very/'.repeat(20)}end`;
    const text = shown([{ key: 'environment.X', value, source: DROP_IN }], 60).text();
    expect(text.replace(/\s|web\.toml/g, '')).toContain(value);
  });

  test('name the file alone where its path has no room', () => {
    const long = `/srv/with/a/long/name/.config/toru/plugins.d/web.toml`;
    const text = shown([{ key: 'environment.PATH', value: '/usr/bin', source: long }], 60).text();
    expect(text).toMatch(/environment\.PATH +\/usr\/bin +web\.toml/);
  });

  test('of a refused plugin are the reason that there are none', () => {
    const stage = new DetailStage([WEB]);
    stage.answer('show', {
      properties: { reason: 'plugin.json line 4: "version" is missing' },
      settings: [],
    });
    stage.press('2');
    expect(stage.text()).toContain('There are no settings: plugin.json line 4: "version" is missing.');
  });

  test('that a plugin wrote move no cursor', () => {
    const text = shown([{ key: 'environment.X', value: 'a\x1b[2Jb', source: DROP_IN }]).text();
    expect(text).toContain('a\\x1b[2Jb');
  });
});

describe('dependencies', () => {
  const crm = pluginStatus('crm', { version: '2.3.1' });
  const needs = node('web', [
    node('crm', [node('db', [], { state: 'failed', range: '>=1' })], { range: '^2.0', version: '2.3.1' }),
    node('mail', [], { range: '^3', version: '2.0.0', fits: false }),
    node('ghost', [], { required: false, state: null, version: null, fits: false }),
  ]);
  const neededBy = node('web', [node('shop', [], { range: '^1.0' })]);

  function shown(): DetailStage {
    const stage = new DetailStage([WEB, crm, pluginStatus('shop')]);
    stage.press('3');
    stage.answer('needs', { tree: needs });
    stage.answer('neededBy', { tree: neededBy });
    return stage;
  }

  test('are trees both ways, with state, version, range and whether each is met', () => {
    const text = shown().text();
    expect(text).toContain('web needs');
    expect(text).toMatch(/├─ crm \^2\.0 +R running +2\.3\.1 +met/);
    expect(text).toMatch(/│ {2}└─ db >=1 +F failed +1\.0\.0 +not met: it is failed/);
    expect(text).toMatch(/├─ mail \^3 +R running +2\.0\.0 +not met: its version does not fit/);
    expect(text).toMatch(/└─ ghost +– +– +not met, optional: not installed/);
    expect(text).toMatch(/web is needed by\n {2}└─ shop \^1\.0 +R running +1\.0\.0 +met/);
  });

  test('follow the states of the plugins', () => {
    const stage = shown();
    stage.asked();
    stage.changed({ ...crm, state: 'backoff', restarts: 1 });
    expect(stage.text()).toMatch(/crm \^2\.0 +B backoff +2\.3\.1 +not met: it is in backoff/);
    expect(stage.asked()).not.toContain('needs');
  });

  test('are asked again when somebody has another version or other needs', () => {
    const stage = shown();
    stage.asked();
    stage.changed({ ...crm, version: '3.0.0' });
    expect(stage.asked()).toEqual(expect.arrayContaining(['needs', 'neededBy']));
    stage.answer('needs', { tree: needs });
    stage.answer('neededBy', { tree: neededBy });
    stage.watch({ kind: 'removed', id: 'shop' });
    expect(stage.asked()).toEqual(expect.arrayContaining(['needs', 'neededBy']));
  });

  test('lead with enter to the plugin of the row, and esc leads back', () => {
    const stage = shown();
    expect(stage.cursor()).toContain('crm');
    stage.press('enter');
    expect(stage.asked('crm')).toEqual(['why', 'show']);
    expect(stage.lines()[0]).toContain('plugins > web > crm');
    stage.press('escape');
    expect(stage.cursor()).toContain('crm');
    stage.press('G');
    expect(stage.cursor()).toContain('shop');
    expect(stage.lines().at(-1)).toContain('$ toru list-dependencies --reverse web');
  });

  test('go back to a plugin whose detail is open already', () => {
    const stage = shown();
    stage.press('enter', '3');
    stage.answer('needs', { tree: node('crm') }, 'crm');
    stage.answer('neededBy', { tree: node('crm', [node('web')]) }, 'crm');
    expect(stage.cursor()).toContain('web');
    stage.press('enter');
    expect(stage.app.screens.map(({ title }) => title)).toEqual(['plugins', 'web']);
    expect(stage.asked()).toContain('why');
  });

  test('keep the cursor in sight, and the title with the first row', () => {
    const stage = new DetailStage([WEB], { columns: 80, rows: 12 });
    stage.press('3');
    const many = Array.from({ length: 30 }, (_, index) => node(`db-${index + 10}`));
    stage.answer('needs', { tree: node('web', many) });
    stage.answer('neededBy', { tree: node('web', [node('shop')]) });
    stage.press('G');
    expect(stage.cursor()).toContain('shop');
    stage.press('k');
    expect(stage.cursor()).toContain('db-39');
    stage.press('g');
    expect(stage.cursor()).toContain('db-10');
    expect(stage.text()).toContain('web needs');
  });

  test('say in the notice why a row leads nowhere', () => {
    const stage = shown();
    stage.press('j', 'j', 'j', 'enter');
    expect(stage.app.notice).toBe('ghost is not installed');
    expect(stage.app.screens).toHaveLength(2);
  });

  test('of a plugin that stands alone are said to be none', () => {
    const stage = new DetailStage([WEB]);
    stage.press('3');
    expect(stage.text()).toContain('asking torud');
    stage.answer('needs', { tree: node('web') });
    stage.answer('neededBy', { tree: node('web') });
    expect(stage.text()).toMatch(/web needs\n {3}nothing\n\n web is needed by\n {3}nobody/);
    stage.press('enter', 'j', 'G');
  });

  test('are drawn in ASCII where the terminal has nothing else', () => {
    const stage = new DetailStage([WEB, crm], { columns: 100, rows: 40 }, { colours: 'none', signs: ASCII });
    stage.press('3');
    stage.answer('needs', { tree: needs });
    expect(stage.text()).toMatch(/\|- crm \^2\.0 +R running/);
    expect(stage.text()).not.toMatch(/[^\x20-\x7e\n]/);
  });
});

describe('runs', () => {
  const runs = [
    listedRun(9, { endedAt: null, cause: null, signal: null, peakMemoryBytes: null, lines: null }),
    listedRun(8, { version: '1.4.0', cause: 'exit', exitCode: 7, signal: null }),
    listedRun(7, {
      cause: 'signal',
      signal: 'SIGSEGV',
      version: '1.3.2',
      digest: 'bb',
      lines: 9,
      linesLost: 2,
    }),
    listedRun(6, { version: '1.3.2', digest: 'aa' }),
    listedRun(5, { version: '1.3.2', cause: 'done', exitCode: 0, signal: null }),
    listedRun(4, { version: '1.3.2', cause: 'lost', signal: null }),
  ];

  function shown(columns = 120): DetailStage {
    const stage = new DetailStage([WEB], { columns, rows: 40 });
    stage.press('4');
    stage.answer('runs', { runs });
    stage.answer('crashes', { crashes: [crashSummary(311, 8)] });
    return stage;
  }

  test('stand with start, end, duration, how they ended and which version ran', () => {
    const text = shown().text();
    expect(text).toMatch(/RUN +STARTED +ENDED +LASTED +END +VERSION +PEAK +LINES/);
    expect(text).toMatch(/▸ +9 +\S+ +– +51m +running/);
    expect(text).toMatch(/8 +\S+ +\S+ +1m +exit 7 \(crash #311\) +1\.3\.2 → 1\.4\.0/);
    expect(text).toMatch(/7 +\S+ +\S+ +1m +SIGSEGV +1\.3\.2, other files +1\.0M +9 \(2 lost\)/);
    expect(text).toMatch(/6 +\S+ +\S+ +1m +stopped, SIGTERM +1\.3\.2 /);
    expect(text).toMatch(/5 +\S+ +\S+ +1m +done, exit 0 +1\.3\.2 /);
    expect(text).toMatch(/4 +\S+ +\S+ +1m +nobody saw +1\.3\.2 /);
  });

  test('lose columns where the terminal is narrow, the ending last', () => {
    const text = shown(60).text();
    expect(text).not.toContain('PEAK');
    expect(text).toMatch(/RUN +STARTED .*END/);
    expect(text).toContain('exit 7 (crash #311)');
  });

  test('lead with enter to the crash, or to the log of the run', () => {
    const stage = shown();
    stage.press('j', 'enter');
    expect(stage.app.screens.at(-1)?.title).toContain('311');
    stage.press('escape', 'j', 'j');
    expect(stage.cursor()).toMatch(/▸ +6 /);
    stage.press('enter');
    expect(stage.app.screens).toHaveLength(3);
    expect(stage.app.screens.at(-1)?.title).not.toContain('311');
    const reads = stage.effects.filter((one) => one.type === 'follow' && one.method === 'log.read');
    expect(reads).toMatchObject([{ params: { until: runs[3]?.startedAt } }]);
  });

  test('are said to be none where there are none, with what to do', () => {
    const stage = new DetailStage([WEB]);
    stage.press('4');
    expect(stage.text()).toContain('asking torud');
    stage.answer('runs', { runs: [] });
    expect(stage.text()).toContain('It has not run yet.');
    stage.press('enter', 'G');
  });

  test('that could not be asked for say so', () => {
    const stage = new DetailStage([WEB]);
    stage.press('4');
    stage.refuse('runs', 'unreachable', 'torud is away');
    expect(stage.text()).toContain('torud is away; ctrl-r asks again');
  });

  test('keep the cursor on its run when newer ones come, and on the newest when it is there', () => {
    const stage = shown();
    stage.changed({ ...WEB, runId: 10 });
    stage.answer('runs', { runs: [listedRun(10), ...runs] });
    expect(stage.cursor()).toMatch(/▸ +10 /);
    stage.press('j', 'j');
    stage.answer('runs', { runs: [listedRun(12), listedRun(11), listedRun(10), ...runs] });
    expect(stage.cursor()).toMatch(/▸ +8 /);
  });

  test('keep the head above them, and the cursor in sight', () => {
    const stage = new DetailStage([WEB], { columns: 100, rows: 14 });
    stage.press('4');
    stage.answer('runs', { runs: Array.from({ length: 60 }, (_, index) => listedRun(60 - index)) });
    stage.press('G');
    expect(stage.cursor()).toMatch(/▸ +1 /);
    expect(stage.text()).toMatch(/RUN +STARTED/);
    stage.press('g');
    expect(stage.cursor()).toMatch(/▸ +60 /);
  });
});
