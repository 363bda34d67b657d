/** `:logs -f` and `:events -f`: screens that show what the command would, or one line that says why not. Pure. */

import { describe, expect, test } from 'vitest';
import { topScreen } from '../../src/cli/tui/app.ts';
import { pluginStatus } from '../fixtures/scripted-daemon.ts';
import { ActionStage } from './tui-action-stage.ts';

const PLUGINS = [
  pluginStatus('crm'),
  pluginStatus('web-1', { groups: ['front'] }),
  pluginStatus('web-2', { groups: ['front'] }),
];

function typed(text: string): ActionStage {
  return new ActionStage(PLUGINS).press(':').type(text).press('enter');
}

function commandOf(stage: ActionStage): readonly string[] {
  const { model, look, size } = stage.app;
  return topScreen(stage.app).command({ model, look, size, ...stage.now });
}

describe('logs -f', () => {
  test.each([
    ['logs -f crm', ['crm']],
    ['logs -fn5 crm', ['crm']],
    ['logs @front -f', ['web-1', 'web-2']],
    ['logs -f web-*', ['web-1', 'web-2']],
    ['logs -f web-[!1] crm', ['web-2', 'crm']],
    ['logs -f ???', ['crm']],
    ['logs -f', []],
    ['logs --all --follow', []],
  ])('%s opens the log of what it names', (text, ids) => {
    const stage = typed(text);
    expect(stage.app.screens).toHaveLength(2);
    const names = stage.follows.find(({ method }) => method === 'log.read')?.params;
    expect((names as { readonly names?: readonly string[] }).names ?? []).toEqual(ids);
  });

  test('takes level, stream and pattern over', () => {
    const stage = typed("logs -f crm --level err --stream=stderr --grep 'Time|out'");
    expect(commandOf(stage).slice(0, 2)).toEqual(['logs', 'crm']);
    expect(commandOf(stage).join(' ')).toContain('--level err --stream stderr --grep Time|out');
    expect(commandOf(stage)).not.toContain('-i');
    const params = stage.follows.find(({ method }) => method === 'log.read')?.params;
    expect(params).toMatchObject({ names: ['crm'], level: 'err', stream: 'stderr' });
    expect(commandOf(typed('logs -f -i --grep Time'))).toContain('-i');
    // As the command does, and not as the search on the screen.
    expect(commandOf(typed('logs -f --grep time'))).not.toContain('-i');
  });

  test.each([
    ['logs -f nosuch', 'logs: there is no plugin "nosuch"'],
    ['logs -f crn', 'logs: there is no plugin "crn"; did you mean "crm"?'],
    ['logs -f crm @back', 'logs: no plugin is in the group "@back"'],
    ['logs -f x*', 'logs: no plugin matches "x*"'],
    ['logs -f [z-a]', 'logs: no plugin matches "[z-a]"'],
    ['logs -f --all crm', 'logs: give names or --all, not both'],
    ['logs -f --leval err', 'logs: unknown option "--leval"'],
    ['logs -f --level bad', 'logs: unknown level "bad" (it is one of emerg'],
    ['logs -f --stream both', 'logs: unknown stream "both" (it is one of stdout, stderr)'],
    ['logs -f --grep (', 'logs: --grep: not a regular expression'],
    ['logs -f --since today', 'logs -f --since: not as a screen: leave out -f, or run it in a shell'],
    ['logs -f --supervisor', 'logs -f --supervisor: not as a screen'],
    ['logs -f -o json', 'logs -f --output: not as a screen'],
    ['--root /x logs -f', 'logs -f --root: not as a screen'],
  ])('%s is refused in one line', (text, told) => {
    const stage = typed(text);
    expect(stage.lines().at(-1)).toContain(told);
    expect(stage.app.screens).toHaveLength(1);
    expect(stage.acts).toEqual([]);
  });
});

describe('events -f', () => {
  test.each([
    ['events -f', 'events', undefined],
    ['events crm -f', 'events crm', undefined],
    ['events -f web-2*', 'events web-2', undefined],
    ['events -f --type crashed,gave-up', 'events', 'crashed,gave-up'],
    ['events -f --type gave-up,crashed -n 5', 'events', 'crashed,gave-up'],
    ['events -f --type audit', 'events', 'audit'],
    ['events -f --type all', 'events', 'all'],
  ])('%s opens the events of that kind', (text, title, option) => {
    const stage = typed(text);
    expect(topScreen(stage.app).title).toBe(title);
    const words = commandOf(stage);
    expect(words.includes('--type') ? words[words.indexOf('--type') + 1] : undefined).toBe(option);
  });

  test.each([
    ['events -f nosuch', 'events: there is no plugin "nosuch"'],
    ['events -f @front', 'events -f: only of one plugin or of all here: leave out -f, or run it in a shell'],
    ['events -f --type stopped', 'events -f --type stopped: not as a screen'],
    ['events -f --since today', 'events -f --since: not as a screen'],
    ['events -f --json', 'events -f --json: not as a screen'],
  ])('%s is refused in one line', (text, told) => {
    const stage = typed(text);
    expect(stage.lines().at(-1)).toContain(told);
    expect(stage.app.screens).toHaveLength(1);
    expect(stage.acts).toEqual([]);
  });
});

test.each(['logs crm', 'logs crm --grep -f', 'events -n 5', 'logs --help -f'])(
  '%s ends by itself, and is run',
  (text) => expect(typed(text).acts).toMatchObject([{ argv: text.split(' ') }]),
);
