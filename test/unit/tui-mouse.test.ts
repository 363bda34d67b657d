/** The mouse of the terminal UI: its reports on their way in, and what they do on each screen. Pure. */

import { describe, expect, test } from 'vitest';
import { doors } from '../../src/cli/tui/doors.ts';
import { keysOf } from '../../src/cli/tui/keys.ts';
import { type Mouse, MouseInput } from '../../src/cli/tui/mouse-input.ts';
import { crashesScreen } from '../../src/cli/tui/screens/crashes/crashes.ts';
import { eventsScreen } from '../../src/cli/tui/screens/events/events.ts';
import { success } from '../../src/protocol/result.ts';
import { pluginStatus } from '../fixtures/scripted-daemon.ts';
import { ActionStage } from './tui-action-stage.ts';
import { newEvent, newSummary } from './tui-crash-scene.ts';

/** What is heard of input that comes in these parts, and what of it is left for keys. */
function heard(...chunks: readonly string[]): { mice: readonly Mouse[]; left: string } {
  const mice: Mouse[] = [];
  const input = new MouseInput((mouse) => mice.push(mouse));
  return { left: chunks.map((chunk) => input.take(chunk)).join(''), mice };
}

describe('reports', () => {
  test.each([
    ['\x1b[<0;10;7M', { kind: 'click', row: 6, column: 9 }],
    ['\x1b[<16;10;7M', { kind: 'click', row: 6, column: 9 }],
    ['\x1b[<2;1;1M', { kind: 'right-click', row: 0, column: 0 }],
    ['\x1b[<64;300;100M', { kind: 'wheel-up', row: 99, column: 299 }],
    ['\x1b[<69;3;4M', { kind: 'wheel-down', row: 3, column: 2 }],
  ] as const)('%j is heard, and is no key', (report, mouse) => {
    expect(heard(report)).toEqual({ mice: [mouse], left: '' });
  });

  test.each([
    ['a button that is let go', '\x1b[<0;10;7m'],
    ['the middle button', '\x1b[<1;10;7M'],
    ['a motion', '\x1b[<32;10;7M'],
    ['the wheel sideways', '\x1b[<66;10;7M'],
    ['a button that few have', '\x1b[<128;10;7M'],
    ['the form of old, whose numbers are letters', '\x1b[M xq'],
  ])('%s is neither a key nor anything else', (_what, report) => {
    expect(heard(`j${report}k`)).toEqual({ mice: [], left: 'jk' });
  });

  test('several in one piece, between keys, are heard one by one', () => {
    const { mice, left } = heard('a\x1b[<64;1;1M\x1b[<64;1;1Mb\x1b[A\x1b[<0;2;3M\x1b[<0;2;3mc');
    expect(mice.map(({ kind }) => kind)).toEqual(['wheel-up', 'wheel-up', 'click']);
    expect(left).toBe('ab\x1b[Ac');
  });

  test('cut anywhere, one is heard once, and none of it is typed', () => {
    const report = '\x1b[<0;12;7M';
    for (let at = 1; at < report.length; at += 1) {
      const { mice, left } = heard(report.slice(0, at), report.slice(at), 'j');
      expect(mice).toEqual([{ kind: 'click', row: 6, column: 11 }]);
      // An Escape that stands alone goes on, as it may be the key; then the rest follows it, for Ink to drop.
      expect(left).toBe(at === 1 ? `${report}j` : 'j');
    }
    expect(heard(...report.slice(2), 'j').mice).toEqual([]);
    expect(heard('\x1b[', ...report.slice(2), 'j')).toMatchObject({ mice: [{ kind: 'click' }], left: 'j' });
    expect(heard('\x1b', ...report.slice(1, 2), 'j').left).toBe('\x1b[j');
    expect(heard('\x1b[M', ' x', 'q', 'j')).toEqual({ mice: [], left: 'j' });
  });

  test('one whose Escape was taken for the key is not typed either', () => {
    const noKey = {} as Parameters<typeof keysOf>[1];
    expect(keysOf('[<0;12;7M', noKey)).toEqual([]);
    expect(keysOf('[<65;1;1Mj', noKey)).toEqual(['j']);
    expect(keysOf('[', noKey)).toEqual(['[']);
  });

  test('keys, other sequences and pasted text pass as they are', () => {
    const text = 'jk\x1b[A\x1bOB\x1b[5~ä日\x1b';
    expect(heard(text)).toEqual({ mice: [], left: text });
    expect(heard('\x1b', '[', 'A')).toEqual({ mice: [], left: '\x1b[A' });
    expect(heard('\x1b[', 'A')).toEqual({ mice: [], left: '\x1b[A' });
    const pasted = '\x1b[200~one\n\x1b[<0;1;1M two\x1b[201~';
    expect(heard(pasted)).toEqual({ mice: [], left: pasted });
  });
});

const IDS = ['ant', 'bee', 'cat', 'dog', 'elk', 'fox'];

class MouseStage extends ActionStage {
  constructor(more: ConstructorParameters<typeof ActionStage>[1] = {}) {
    super(
      IDS.map((id) => pluginStatus(id)),
      more,
    );
    this.press('ctrl-o');
  }

  /** On the row of the terminal that has these words. */
  click(words: string, column = 5): this {
    const row = this.lines().findIndex((line) => line.includes(words));
    expect(row, words).toBeGreaterThan(-1);
    return this.mouse('click', row, column);
  }

  mouse(kind: Mouse['kind'], row = 0, column = 0): this {
    this.send({ type: 'mouse', kind, row, column });
    return this;
  }

  get chosen(): string | undefined {
    return this.lines().find((line) => line.startsWith('▸'));
  }

  get title(): string | undefined {
    return this.app.screens.at(-1)?.title;
  }
}

test('ctrl-o turns the mouse on and off, and says so; without it a click is nothing', () => {
  const stage = new MouseStage();
  expect(stage.effects.at(-1)).toEqual({ type: 'mouse', isOn: true });
  expect(stage.app.notice).toMatch(/^mouse on; Shift .* selects text/);
  stage.press('ctrl-o');
  expect(stage.effects.at(-1)).toEqual({ type: 'mouse', isOn: false });
  expect(stage.app.notice).toMatch(/^mouse off/);
  stage.click('cat ').mouse('wheel-down');
  expect(stage.chosen).toContain('ant');
});

test('a click chooses the plugin of a row, the next one opens it, and the right button leads back', () => {
  const stage = new MouseStage();
  stage.click('cat ');
  expect(stage.chosen).toContain('cat');
  expect(stage.title).toBe('plugins');
  stage.click('cat ');
  expect(stage.title).toBe('cat');
  stage.mouse('right-click');
  expect(stage.title).toBe('plugins');
});

test('a click chooses what is seen when the list has been scrolled', () => {
  const stage = new MouseStage({ size: { columns: 80, rows: 10 } });
  stage.press('G').click('dog ');
  expect(stage.chosen).toContain('dog');
  stage.click('fox ').click('fox ');
  expect(stage.title).toBe('fox');
});

test('the wheel goes three lines', () => {
  const stage = new MouseStage();
  expect(stage.mouse('wheel-down').chosen).toContain('dog');
  expect(stage.mouse('wheel-down').chosen).toContain('fox');
  expect(stage.mouse('wheel-up').chosen).toContain('cat');
});

test('clicks on the header, the titles, the footer, an empty row and news are nothing', () => {
  const stage = new MouseStage();
  stage.press('j');
  const { rows } = stage.app.size;
  for (const row of [-1, 0, 1, 2, 12, rows - 3, rows - 2, rows - 1, rows, 99_999]) stage.mouse('click', row);
  expect(stage.chosen).toContain('bee');
  expect(stage.title).toBe('plugins');
  const small = new MouseStage({ size: { columns: 80, rows: 10 } });
  const begun = { id: 1, argv: ['stop', 'fox'], isTyped: false, gracesMs: new Map<string, number>() };
  small.send({ type: 'action', news: { kind: 'began', ...begun } });
  small.click('stopping fox');
  expect(small.chosen).toContain('ant');
});

test('nothing is clicked or scrolled while something is typed or asked', () => {
  const stage = new MouseStage();
  for (const key of ['/', ':', 'x']) {
    stage.press(key).mouse('click', 5).mouse('wheel-down', 5).mouse('right-click', 5);
    expect(stage.app.prompt === undefined && stage.app.confirm === undefined).toBe(false);
    stage.press('escape');
    expect(stage.chosen).toContain('ant');
  }
});

test('a click on the name of a section opens that, and one on a plugin of the tree chooses it', () => {
  const stage = new MouseStage();
  stage.press('enter');
  const sections = stage.lines().find((line) => line.includes('[1 why]')) ?? '';
  for (const name of ['4 runs', '2 settings', '1 why', '3 dependencies'])
    for (const column of [sections.indexOf(name.slice(2)), sections.indexOf(name.slice(2)) - 2]) {
      stage.click('3 dependencies', column);
      expect(stage.lines().join('\n')).toContain(`[${name}]`);
    }
  const leaf = { range: '*', required: true, fits: true, isCycle: false, nodes: [] };
  const node = (plugin: string) => ({ ...leaf, plugin, state: 'running', version: '1.0.0' });
  const answer = (name: string, nodes: readonly object[]) =>
    stage.send({
      type: 'answer',
      tag: `detail ant/${name}`,
      result: success({ tree: { ...node('ant'), nodes } }),
    });
  answer('needs', [node('bee'), node('cat')]);
  answer('neededBy', [node('dog')]);
  stage.click('ant is needed by').click('─ cat');
  expect(stage.chosen).toContain('cat');
  stage.click('─ dog');
  expect(stage.chosen).toContain('dog');
  stage.click('─ dog');
  expect(stage.title).toBe('dog');
});

test('a click chooses a crash, and passes over the line that says where they began', () => {
  const stage = new MouseStage({ screen: crashesScreen(doors, undefined) });
  const tag = `${stage.app.screens.at(-1)?.tag}`;
  const crashes = [3, 2, 1].map((id) => newSummary(id, { plugin: 'ant' }));
  stage.send({ type: 'answer', tag: `${tag}/newest`, result: success({ crashes }) });
  const installed = newEvent(1, { plugin: 'ant', type: 'installed', details: { version: '1.4.0' } });
  stage.send({ type: 'items', tag: `${tag}/changes`, items: [{ events: [installed] }] });
  stage.click('all plugins').click('CAUSE').click('first after 1.4.0');
  expect(stage.chosen).toContain('#3 ');
  stage.click('#1 ');
  expect(stage.chosen).toContain('#1 ');
  stage.click('#2 ');
  expect(stage.chosen).toContain('#2 ');
  expect(stage.title).toBe('crashes');
  stage.click('#2 ');
  expect(stage.title).toContain('#2');
});

test('a click chooses an event, which ends the following, and the next one opens it', () => {
  const stage = new MouseStage({ screen: eventsScreen(doors, undefined) });
  const tag = `${stage.app.screens.at(-1)?.tag}/page/event.read/0`;
  const events = [1, 2, 3].map((id) =>
    newEvent(id, { plugin: 'ant', type: 'ready', reason: `reason ${id}` }),
  );
  stage.send({ type: 'items', tag, items: [{ events }] });
  expect(stage.lines().join('\n')).toContain('following');
  stage.click('reason 2');
  expect(stage.chosen).toContain('reason 2');
  expect(stage.lines().join('\n')).toContain('paused');
  const depth = stage.app.screens.length;
  stage.click('reason 2');
  expect(stage.app.screens.length).toBe(depth + 1);
});
