/** The list of crashes: its rows, its keys, its words. */

import { expect, it } from 'vitest';
import { widthOf } from '../../src/cli/output/width.ts';
import { PAGE } from '../../src/cli/tui/screens/crashes/crash-pages.ts';
import { crashesScreen } from '../../src/cli/tui/screens/crashes/crashes.ts';
import type { CrashSummary } from '../../src/protocol/control/crashes.ts';
import { at, Driver, newContext, newDoors, newEvent, newSummary, summaries } from './tui-crash-scene.ts';

const ALL = '*';

function opened(found: readonly CrashSummary[], id?: string): Driver {
  const driver = new Driver(crashesScreen(newDoors().doors, id === ALL ? undefined : (id ?? 'web')));
  driver.answer('newest', { crashes: found });
  return driver;
}

it('asks for the crashes of its plugin and follows new ones and changes, until it is closed', () => {
  const driver = new Driver(crashesScreen(newDoors().doors, 'web'));
  expect(driver.asked('newest')).toEqual([{ names: ['web'], limit: PAGE }]);
  const follows = driver.effects.filter((effect) => effect.type === 'follow');
  expect(follows.map(({ tag }) => tag)).toEqual([driver.tag('crashed'), driver.tag('changes')]);
  expect(follows[0]?.resume({ events: [newEvent(41)] })).toMatchObject({ afterId: 41, names: ['web'] });
  expect(follows[0]?.resume(undefined)).not.toHaveProperty('afterId');
  const ended = driver.screen.close().map((effect) => 'tag' in effect && effect.tag);
  expect(ended).toEqual([driver.tag('crashed'), driver.tag('changes')]);
  expect(driver.text()).toContain('asking torud');
});

it('shows time, cause, ending, uptime, restart, version and verdict of each, the newest first', () => {
  const driver = opened([
    newSummary(2, { restart: 3, cause: 'signal', signal: 'SIGSEGV', exitCode: null, coreDumped: true }),
    newSummary(1),
  ]);
  const [summary, titles, newest, older] = driver.rows();
  expect(summary).toContain('web  2 crashes');
  expect(titles).toMatch(/ID +TIME +CAUSE +END +UP +↻ +VERSION/);
  expect(newest).toMatch(/^▸ +#2 +11-21 \d\d:00:02 +signal +SIGSEGV\+core +2\.1 s +3 +1\.4\.0/);
  expect(older).toMatch(/^ +#1 +11-21 \d\d:00:01 +exit +exit 7 +2\.1 s +0 +1\.4\.0/);
});

it('shows whose crash it was where all plugins are listed', () => {
  const driver = opened([newSummary(2, { plugin: 'gone' }), newSummary(1)], ALL);
  expect(driver.text()).toMatch(/#2.*gone/);
  expect(driver.screen.chosen(driver.context)).toBe('gone');
  expect(driver.asked('newest')).toEqual([{ limit: PAGE }]);
});

it('shows only crashes with all words of the filter, as they are typed; escape shows all', () => {
  const driver = opened([
    newSummary(3),
    newSummary(2, { cause: 'oom', exitCode: null, signal: 'SIGKILL' }),
    newSummary(1),
  ]);
  expect(driver.keys('/')?.go).toMatchObject({ kind: 'prompt', name: 'filter', lead: '/' });
  driver.take(driver.screen.onPrompt('filter', 'out OF', false, driver.context));
  expect(driver.rows()).toHaveLength(3);
  expect(driver.cursor()).toContain('#2');
  driver.take(driver.screen.onPrompt('filter', 'out of x(', true, driver.context));
  expect(driver.text()).toContain('No crash is like that');
  driver.keys('escape');
  expect(driver.rows()).toHaveLength(5);
  expect(driver.screen.onKey('escape', driver.context)).toBeUndefined();
});

it('shows only crashes of the same cause with f, and all with f again', () => {
  const driver = opened([
    newSummary(3),
    newSummary(2, { cause: 'signal', exitCode: null, signal: 'SIGSEGV' }),
    newSummary(1),
  ]);
  driver.keys('j', 'f');
  expect(driver.text()).toContain('only SIGSEGV');
  expect(driver.text()).toContain('1 of 3 crashes');
  expect(driver.rows()).toHaveLength(3);
  driver.keys('f');
  expect(driver.rows()).toHaveLength(5);
  expect(driver.cursor()).toContain('#2');
});

it('compares the marked crash with the chosen one, or the chosen one with the one before of its plugin', () => {
  const { doors, places } = newDoors();
  const driver = new Driver(crashesScreen(doors, undefined));
  driver.answer('newest', {
    crashes: [newSummary(4), newSummary(3, { plugin: 'db' }), newSummary(2), newSummary(1)],
  });
  expect(driver.keys('=')?.go).toMatchObject({ kind: 'open' });
  expect(places).toEqual(['compare ["web",4,2]']);
  driver.keys(' ', 'G');
  expect(driver.rows()[2]).toMatch(/^ \*/);
  expect(driver.screen.command(driver.context)).toEqual(['crashes', 'diff', '1', '4']);
  driver.keys('=');
  expect(places.at(-1)).toBe('compare ["web",1,4]');
  driver.keys('escape', '=');
  expect(driver.notice).toContain('#1 is the first one of web');
});

it('opens the crash and the log around it, and says what toru shows the same with', () => {
  const { doors, places } = newDoors();
  const driver = new Driver(crashesScreen(doors, 'web'));
  driver.answer('newest', { crashes: summaries(3) });
  driver.keys('j', 'enter', 'L');
  expect(places).toEqual(['crash ["web",2]', `logs [["web"],{"at":"${at(2)}","runId":1002}]`]);
  expect(driver.screen.command(driver.context)).toEqual(['crashes', 'show', '2']);
});

it('exports the chosen crash by toru crashes export, into the file that is asked for', () => {
  const driver = opened(summaries(3));
  expect(driver.keys('j', 'E')?.go).toMatchObject({ kind: 'prompt', name: 'export', text: 'crash-2.json' });
  const before = driver.effects.length;
  driver.take(driver.screen.onPrompt('export', '/tmp/a', false, driver.context));
  driver.take(driver.screen.onPrompt('export', undefined, true, driver.context));
  driver.take(driver.screen.onPrompt('export', ' ', true, driver.context));
  expect(driver.notice).toContain('name of a file');
  expect(driver.effects).toHaveLength(before);
  driver.take(driver.screen.onPrompt('export', '-my file.json', true, driver.context));
  expect(driver.effects.at(-1)).toEqual({
    type: 'act',
    argv: ['crashes', 'export', '2', '--file=-my file.json'],
  });
});

it('leaves the keys of actions to the interface', () => {
  const driver = opened(summaries(3));
  for (const key of ['s', 'x', 'r', 'e', 'd', 'K', 'R', 'q', 'y', ':', '?', 'escape'])
    expect(driver.screen.onKey(key, driver.context)).toBeUndefined();
  expect(driver.screen.chosen(driver.context)).toBe('web');
});

it('says in words that nothing has crashed', () => {
  expect(opened([]).text()).toContain('web has not crashed');
  expect(opened([], ALL).text()).toContain('Nothing has crashed');
  const driver = opened([]);
  expect(driver.keys('enter')).toMatchObject({ notice: 'no crash is chosen' });
  driver.keys('j', 'G', ' ', 'f', '=');
  expect(driver.screen.command(driver.context)).toEqual(['crashes', 'web']);
});

it('says why there is no list, and asks again with ctrl-r and when torud is back', () => {
  const driver = new Driver(crashesScreen(newDoors().doors, 'web'));
  driver.refuse('newest', 'unreachable', 'torud is away');
  expect(driver.text()).toContain('torud is away');
  driver.keys('ctrl-r');
  expect(driver.asked('newest')).toHaveLength(2);
  driver.refuse('newest', 'unreachable', 'torud is away');
  driver.send({ type: 'ended', tag: driver.tag('crashed'), failure: undefined });
  const away = { ...driver.context.model, connection: { kind: 'away', sinceMs: 0 } } as const;
  const welcome = {} as never;
  const message = { type: 'connection', connection: { kind: 'connected', welcome } } as const;
  driver.take(driver.screen.onModel?.(message, away, driver.context));
  expect(driver.asked('newest')).toHaveLength(3);
  driver.answer('newest', { crashes: summaries(1) });
  expect(driver.cursor()).toContain('#1');
  expect(driver.screen.onModel?.(message, away, driver.context)).toBeUndefined();
});

it('says of a plugin that is gone where its crashes can be found', () => {
  const { doors, places } = newDoors();
  const driver = new Driver(crashesScreen(doors, 'web'));
  driver.refuse('newest', 'not_found', 'there is no plugin web');
  expect(driver.text()).toContain('there is no plugin web');
  expect(driver.text()).toContain('C shows the crashes of all plugins');
  driver.keys('C');
  expect(places).toEqual(['crashes [null]']);
});

it('keeps its crashes on the screen when a later question fails', () => {
  const driver = opened(summaries(3));
  driver.events('crashed', newEvent(1, { details: { crashId: 4 } }));
  driver.refuse('newest', 'unreachable', 'torud is away');
  expect(driver.cursor()).toContain('#3');
});

it('fits every width from 60 to 300 columns and every height, in ASCII without other signs', () => {
  const odd = { plugin: 'ünï\u001b[31mx'.repeat(5), version: '1.0.0\u0007', signal: 'SIGSEGV' };
  for (const isAscii of [false, true])
    for (const columns of [60, 80, 100, 160, 300])
      for (const rows of [1, 5, 6, 25, 95]) {
        const driver = new Driver(
          crashesScreen(newDoors().doors, undefined),
          newContext(columns, rows, isAscii),
        );
        driver.answer('newest', { crashes: isAscii ? summaries(120) : summaries(120, odd) });
        driver.events('changes', newEvent(1, { type: 'installed', details: { version: '1' } }));
        driver.keys('G');
        const shown = driver.rows();
        expect(shown.length).toBeLessThanOrEqual(Math.max(rows, 2));
        for (const row of shown) expect(widthOf(row)).toBeLessThanOrEqual(columns);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
        expect(shown.join('')).not.toMatch(isAscii ? /[^\x20-\x7e]/ : /[\x00-\x1f]/);
        expect(driver.cursor()).toContain('11-21');
      }
});

it('compares two that are marked, the marked with the chosen one, and never another pair', () => {
  const { doors, places } = newDoors();
  const driver = new Driver(crashesScreen(doors, 'web'));
  driver.answer('newest', { crashes: summaries(5) });
  driver.keys(' ', 'j', ' ');
  expect(driver.rows()[0]).toContain('#5 #4 marked');
  expect(driver.rows().filter((row) => /^.\*/.test(row))).toHaveLength(2);
  driver.keys('G');
  expect(driver.screen.command(driver.context)).toEqual(['crashes', 'diff', '4', '5']);
  driver.keys('=');
  expect(places).toEqual(['compare ["web",4,5]']);
  driver.keys(' ');
  expect(driver.notice).toBe('#5 is not marked any more: = compares two');
  expect(driver.rows()[0]).toContain('#4 #1 marked');
  driver.keys(' ', '=');
  expect(places.at(-1)).toBe('compare ["web",1,4]');
  driver.keys('g', 'j', '=');
  expect(driver.notice).toBe('#4 is marked: choose the one that it is to be compared with');
  expect(places).toHaveLength(2);
});

it('shows at the end also what is said below the last crash, and sums it up on top', () => {
  for (const columns of [80, 120]) {
    const driver = new Driver(crashesScreen(newDoors().doors, 'web'), newContext(columns, 19));
    driver.answer('newest', { crashes: summaries(22) });
    const replaced = { type: 'changed', details: { from: '1.3.2', to: '1.4.0' }, at: at(0) } as const;
    driver.events('changes', newEvent(1, replaced));
    driver.keys('G');
    expect(driver.rows().at(-1)).toMatch(/first after 1\.4\.0 replaced 1\.3\.2/);
    expect(driver.cursor()).toContain('#1 ');
    expect(driver.rows()[0]).toMatch(
      /web {2}22 crashes · 22 since \S*\d\d:00:01, first after 1\.4\.0 replaced/,
    );
    if (columns === 80) {
      driver.keys(' ', 'k', ' ');
      expect(driver.rows()[0]).toMatch(/^ web {2}22 crashes .* #1 #2 marked $/);
      driver.keys('escape', 'j');
    }
    driver.keys('k', 'j', 'ctrl-u', 'pagedown');
    expect(driver.rows().at(-1)).toMatch(/first after 1\.4\.0 replaced 1\.3\.2/);
    const part = new Driver(crashesScreen(newDoors().doors, 'web'), newContext(columns, 19));
    part.answer('newest', { crashes: summaries(22) });
    part.events('changes', newEvent(1, { ...replaced, at: at(14.5) }));
    expect(part.rows()[0]).toMatch(/22 crashes · 8 since \S*\d\d:00:15, first after/);
  }
});
