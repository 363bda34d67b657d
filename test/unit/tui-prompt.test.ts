/** The `:` line: words as the shell takes them, completion, history, and what becomes of the command. Pure. */

import { describe, expect, test } from 'vitest';
import { shellLine, splitLine } from '../../src/cli/shell-words.ts';
import { runToru } from '../../src/cli/tui/action-run.ts';
import type { VerbHelp } from '../../src/cli/tui/desk.ts';
import { pluginStatus } from '../fixtures/scripted-daemon.ts';
import { ActionStage } from './tui-action-stage.ts';

const PLUGINS = [
  pluginStatus('crm'),
  pluginStatus('web-1', { groups: ['front'] }),
  pluginStatus('web-2', { groups: ['front'] }),
];

function verb(name: string, more: Partial<VerbHelp> = {}): VerbHelp {
  return { verb: name, aliases: [], kind: 'action', operands: 'NAME...', does: '', options: [], ...more };
}

const VERBS: readonly VerbHelp[] = [
  verb('start', { options: [{ name: 'wait', short: null, value: null, does: '' }] }),
  verb('status'),
  verb('stop'),
  verb('kill', { options: [{ name: 'signal', short: 's', value: 'SIG', does: '' }] }),
  verb('kv get', { operands: 'NAME KEY' }),
  verb('kv set', { operands: 'NAME KEY VALUE' }),
  verb('version', { operands: '' }),
];

function typed(text: string, ...keys: readonly string[]): ActionStage {
  const stage = new ActionStage(PLUGINS).press(':');
  stage.send({ type: 'action', news: { kind: 'verbs', verbs: VERBS } });
  return stage.type(text).press(...keys);
}

describe('words', () => {
  test.each([
    ['stop web', ['stop', 'web']],
    ["kv set web k 'a b'", ['kv', 'set', 'web', 'k', 'a b']],
    ['kv set web k "a \\"b\\" c"', ['kv', 'set', 'web', 'k', 'a "b" c']],
    ['a\\ b  c', ['a b', 'c']],
    ["x ''", ['x', '']],
    ["a'b'c", ['abc']],
    ['  ', []],
  ])('%j is taken apart as a shell does', (text, words) => {
    const split = splitLine(text);
    expect(split.ok && split.value.words).toEqual(words);
  });

  test('what is written for the shell is read back as the same words', () => {
    const words = ["it's", 'a b', '', '$HOME', '"', '\\', '*', 'plain-1.2', '~/x', 'ü', '!'];
    const split = splitLine(shellLine(words));
    expect(split.ok && split.value.words).toEqual(words);
  });

  test('a quote that is not closed is said, and nothing runs', () => {
    const stage = typed("logs 'x", 'enter');
    expect(stage.lines().at(-1)).toBe(" the quote ' is not closed");
    expect(stage.acts).toEqual([]);
  });
});

describe('tab', () => {
  test.each([
    ['sto', 'stop '],
    ['st', 'st'],
    ['stop c', 'stop crm '],
    ['stop w', 'stop web-'],
    ['stop @', 'stop @front '],
    ['stop web-1 web-', 'stop web-1 web-2 '],
    ['kv g', 'kv get '],
    ['kv get c', 'kv get crm '],
    ['start --w', 'start --wait '],
    ['kill -s SIGHU', 'kill -s SIGHUP '],
    ['toru sto', 'toru stop '],
    ['version x', 'version x'],
    ["stop 'x", "stop 'x"],
    ['nosuch w', 'nosuch w'],
  ])('%j becomes %j', (text, completed) => {
    expect(typed(text, 'tab').app.prompt?.text).toBe(completed);
  });

  test('shows what it could be where that is not clear, until the next key', () => {
    const stage = typed('st', 'tab');
    expect(stage.lines().at(-4)).toBe(' start status stop');
    stage.type('a');
    expect(stage.text()).not.toContain('start status stop');
  });

  test('completes what stands before the cursor and keeps what stands behind it', () => {
    const stage = typed('sto crm', 'left', 'left', 'left', 'left', 'tab');
    expect(stage.app.prompt?.text).toBe('stop  crm');
    expect(stage.app.prompt?.at).toBe(5);
  });

  test('knows the verbs of the action keys before torud has been asked for all of them', () => {
    const stage = new ActionStage(PLUGINS).press(':');
    expect(stage.effects).toContainEqual({ type: 'ask-verbs' });
    expect(stage.type('resta').press('tab').app.prompt?.text).toBe('restart ');
  });

  test('that was pressed before torud has said its verbs takes effect when it has', () => {
    const stage = new ActionStage(PLUGINS).press(':').type('vers').press('tab');
    expect(stage.app.prompt?.text).toBe('vers');
    stage.send({ type: 'action', news: { kind: 'verbs', verbs: VERBS } });
    expect(stage.app.prompt?.text).toBe('version ');
  });
});

describe('history', () => {
  test('up and down lead through the lines before, and back to what was begun', () => {
    const stage = typed('status crm', 'enter').press(':').type('list').press('enter', ':').type('dr');
    const texts = ['up', 'up', 'up', 'down', 'down', 'down'].map((key) => stage.press(key).app.prompt?.text);
    expect(texts).toEqual(['list', 'status crm', 'status crm', 'list', 'dr', 'dr']);
  });

  test('is of commands alone: a filter does not see it', () => {
    const stage = typed('status crm', 'enter').press('/', 'up');
    expect(stage.app.prompt?.text).toBe('');
  });

  test('remembers a line that is repeated once', () => {
    const stage = typed('list', 'enter').press(':').type('list').press('enter');
    expect(stage.app.desk?.history).toEqual(['list']);
  });
});

describe('enter', () => {
  test('runs the words, with or without toru before them', () => {
    expect(typed('toru start crm', 'enter').acts).toEqual([
      { type: 'act', argv: ['start', 'crm'], isTyped: true },
    ]);
  });

  test.each(['q', 'quit', 'q!'])('%s leaves', (text) => {
    expect(typed(text, 'enter').effects).toContainEqual({ type: 'quit' });
  });

  test('what is typed is no filter of the screen below', () => {
    const stage = typed('status crm');
    expect(stage.text()).toContain('web-1');
    stage.press('escape');
    expect(stage.text()).toContain('web-1');
  });

  test('an editor is lent the terminal', () => {
    expect(typed('edit crm', 'enter').effects).toContainEqual({ type: 'edit', plugin: 'crm' });
  });

  test.each(['logs -f crm', 'logs --follow', 'events -f', 'events web-1 -f'])(
    '%s is a screen, for it would not end',
    (text) => {
      const stage = typed(text, 'enter');
      expect(stage.acts).toEqual([]);
      expect(stage.app.screens).toHaveLength(2);
    },
  );

  test.each(['top', 'list -w'])('%s is what is there already', (text) => {
    const stage = typed(text, 'enter');
    expect(stage.acts).toEqual([]);
    expect(stage.app.notice).toBeDefined();
  });
});

describe('output', () => {
  const LINES = Array.from({ length: 80 }, (_, at) => `line ${at + 1}\tof it`);

  function shown(): ActionStage {
    const stage = typed('list', 'enter');
    stage.begin(1, ['list'], true);
    stage.finish(1, 0, LINES);
    return stage;
  }

  test('of several lines has a screen, which scrolls', () => {
    const stage = shown();
    expect(stage.text()).toContain('toru list  exit 0');
    expect(stage.text()).toContain('line 1  of it');
    expect(stage.press('G').text()).toContain('line 80');
    expect(stage.press('g', 'right').text()).toMatch(/^ {1,2}of it$/m);
    expect(stage.press('escape').app.screens).toHaveLength(1);
  });

  test('does not come between somebody and what they type', () => {
    const stage = typed('list', 'enter');
    stage.begin(1, ['list'], true);
    stage.press('/').type('w');
    stage.finish(1, 0, LINES);
    expect(stage.app.screens).toHaveLength(1);
    expect(stage.app.prompt?.text).toBe('w');
  });

  test('of one line stands over the footer', () => {
    const stage = typed('version', 'enter');
    stage.begin(1, ['version'], true);
    stage.finish(1, 0, ['toru 1.0.0']);
    expect(stage.app.screens).toHaveLength(1);
    expect(stage.text()).toContain('version: done (0 ms): toru 1.0.0');
  });
});

describe('a line that is too long', () => {
  test.each([':', '/'])('behind %s is not cut to another one, but refused', (lead) => {
    const stage = new ActionStage(PLUGINS)
      .press(lead)
      .type(`stop ${'w'.repeat(5_000)}`)
      .press('enter');
    expect(stage.app.prompt).toBeUndefined();
    expect(stage.lines().at(-1)).toBe(' the line has more than 4096 characters; it was not taken');
    expect(stage.acts).toEqual([]);
  });

  test('is taken again once it was deleted', () => {
    const stage = new ActionStage(PLUGINS).press(':').type('w'.repeat(5_000)).press('ctrl-u');
    expect(stage.type('version').press('enter').acts).toMatchObject([{ argv: ['version'] }]);
  });

  test('from the clipboard is refused as a whole', () => {
    const stage = new ActionStage(PLUGINS).press(':');
    stage.send({ type: 'pasted', text: `stop ${'w'.repeat(5_000)}` });
    expect(stage.lines().at(-1)).toBe(' the pasted text has more than 4096 characters; it was not taken');
    expect(stage.press('enter').acts).toEqual([]);
  });

  test('for the kernel is a failed command in one line', async () => {
    const { end } = runToru(['/bin/true'], ['a'.repeat(200_000)]);
    expect(await end).toEqual({
      code: null,
      lines: ['toru cannot be run: the command is too long for this system'],
    });
  });
});

test.each(['😀', 'e\u0301', '👩‍🚒', '🇨🇭'])('%j is one character to the keys', (character) => {
  const stage = new ActionStage(PLUGINS).press('/').type(`a${character}`);
  expect(stage.press('left', 'left', 'right').lines().at(-1)).toBe(` /a${character}`);
  expect(stage.app.prompt).toMatchObject({ at: 1 });
  expect(stage.press('right', 'backspace').app.prompt).toMatchObject({ text: 'a', at: 1 });
  expect(stage.type(character).press('left', 'delete').app.prompt).toMatchObject({ text: 'a', at: 1 });
});

test('escape interrupts what was typed and goes on, once there is nothing else to leave', () => {
  const stage = typed('wait crm --for stopped', 'enter', 'm');
  stage.begin(1, ['wait', 'crm', '--for', 'stopped'], true);
  expect(stage.press('escape').effects).not.toContainEqual({ type: 'interrupt' });
  expect(stage.press('escape').effects).toContainEqual({ type: 'interrupt' });
});

test('escape does not interrupt an action that was confirmed', () => {
  const stage = new ActionStage(PLUGINS);
  stage.begin(1, ['stop', 'crm']);
  expect(stage.press('escape').effects).not.toContainEqual({ type: 'interrupt' });
});

test('enter in a box says that nothing was done, and why', () => {
  const stage = new ActionStage(PLUGINS).press('x');
  stage.send({ type: 'connection', connection: { kind: 'away', sinceMs: 1, isSilent: true } });
  expect(stage.text()).toContain('torud does not answer: it is asked again when it does');
  expect(stage.press('enter').text()).toContain('nothing was done: torud does not answer');
});

test('that nothing is recorded any more stays to be seen', () => {
  const stage = new ActionStage(PLUGINS);
  stage.send({
    type: 'action',
    news: { kind: 'told', text: 'nothing is recorded from here on: the disk is full' },
  });
  expect(stage.lines().at(-1)).toContain('the disk is full');
  expect(stage.press('j').lines().at(-1)).toMatch(/not recorded {2}y copy$/);
  expect(stage.press('m').text()).toContain('nothing is recorded from here on: the disk is full');
});
