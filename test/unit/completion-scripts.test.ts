/** The completion scripts know what the parsers know, since both read the same declarations. */

import { describe, expect, test } from 'vitest';
import { GLOBAL_OPTIONS } from '../../src/cli/command.ts';
import { bashScript } from '../../src/cli/completion/bash-script.ts';
import { fishScript } from '../../src/cli/completion/fish-script.ts';
import { completedVerbs, firstWords, optionValue } from '../../src/cli/completion/sources.ts';
import { zshScript } from '../../src/cli/completion/zsh-script.ts';
import { COMMANDS } from '../../src/cli/verbs.ts';

const verbs = completedVerbs(COMMANDS);
const scripts = { bash: bashScript(verbs), zsh: zshScript(verbs), fish: fishScript(verbs) };

describe.each(Object.entries(scripts))('%s', (shell, script) => {
  test('knows every verb, alias and option', () => {
    const words = [
      ...COMMANDS.flatMap(({ verb, aliases }) => [...verb.split(' '), ...(aliases ?? [])]),
      ...[...GLOBAL_OPTIONS, ...COMMANDS.flatMap(({ options }) => options)].map(({ name }) =>
        shell === 'fish' ? `-l ${name}` : `--${name}`,
      ),
    ];
    const missing = words.filter((word) => !new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(script));
    expect([...new Set(missing)]).toEqual([]);
  });

  test('runs nothing of what it completes', () => {
    expect(script.replace(/^#.*$/gm, '')).not.toMatch(/\beval\b/);
  });
});

test('a group without a verb of its own is described by what it holds', () => {
  expect(firstWords(verbs).find(({ word }) => word === 'kv')?.does).toMatch(/get, set, delete, list/);
});

test('each value that belongs to a closed list is offered', () => {
  const list = verbs.find(({ verb }) => verb === 'list');
  const state = list?.options.find(({ name }) => name === 'state');
  expect(list && state && optionValue(list, state)).toMatchObject({
    kind: 'words',
    words: expect.arrayContaining(['running']),
  });
  const logs = verbs.find(({ verb }) => verb === 'logs');
  const output = GLOBAL_OPTIONS.find(({ name }) => name === 'output');
  expect(logs && output && optionValue(logs, output)).toMatchObject({
    words: expect.arrayContaining(['json', 'cat', 'short']),
  });
});

test('a state is one of a task or one of a plugin, as the verb has it', () => {
  const stateOf = (name: string): unknown => {
    const verb = verbs.find((one) => one.verb === name);
    const state = verb?.options.find((option) => option.name === 'state');
    return verb && state && optionValue(verb, state);
  };
  expect(stateOf('tasks')).toMatchObject({ words: expect.arrayContaining(['queued', 'lost']) });
  expect(stateOf('list')).toMatchObject({ words: expect.not.arrayContaining(['queued']) });
});

test('operands are what the usage line calls them', () => {
  const operands = (verb: string): unknown => verbs.find((one) => one.verb === verb)?.operands;
  const names = { kind: 'ask', question: 'selection' };
  expect(operands('start')).toEqual([names]);
  expect(operands('kv get')).toEqual([
    { kind: 'ask', question: 'names' },
    { kind: 'ask', question: 'keys' },
  ]);
  expect(operands('crashes show')).toMatchObject([
    { kind: 'ask', question: 'crashes' },
    { kind: 'ask', question: 'names' },
  ]);
  expect(operands('check')).toMatchObject([{ kind: 'files' }]);
  const scripts = { kind: 'ask', question: 'scripts' };
  const files = { kind: 'files' };
  expect(operands('run')).toEqual([scripts, files]);
  expect(operands('actions add')).toEqual([{ kind: 'ask', question: 'actions' }, files]);
  for (const verb of ['task show', 'task logs', 'task wait'])
    expect(operands(verb)).toEqual([{ kind: 'ask', question: 'tasks' }]);
  expect(operands('task cancel')).toEqual([{ kind: 'ask', question: 'live-tasks' }]);
  expect(operands('completion')).toEqual([{ kind: 'words', words: ['bash', 'zsh', 'fish'] }]);
});
