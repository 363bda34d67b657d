/** One crash whole: facts, last lines, neighbours, and what becomes of large and lost ones. */

import { expect, it } from 'vitest';
import { widthOf } from '../../src/cli/output/width.ts';
import { newModel } from '../../src/cli/tui/model.ts';
import { crashScreen } from '../../src/cli/tui/screens/crashes/crash.ts';
import { capsuleOf, MAX_MESSAGE } from '../../src/cli/tui/screens/crashes/crash-capsule.ts';
import { streakAround } from '../../src/cli/tui/screens/crashes/crash-marks.ts';
import type { Crash } from '../../src/protocol/control/crashes.ts';
import type { PluginStatus } from '../../src/protocol/control/plugins.ts';
import {
  at,
  Driver,
  newContext,
  newCrash,
  newDoors,
  newEvent,
  newSummary,
  type Opened,
  summaries,
  texts,
} from './tui-crash-scene.ts';

function opened(crash: Crash = newCrash(3), context = newContext(), { doors }: Opened = newDoors()): Driver {
  const driver = new Driver(crashScreen(doors, 'web', crash.id), context);
  driver.answer(`show/${crash.id}`, { crash, run: null, lastGoodRun: null });
  return driver;
}

function lines(count: number, text = 'line'): Crash['lastLines'] {
  return Array.from({ length: count }, (_, index) => ({
    time: at(index),
    stream: index % 2 === 0 ? 'stdout' : 'stderr',
    message: `${text} ${index + 1}`,
  }));
}

it('shows cause, uptime, restart, peak, verdict, what had changed, and the last lines with stream and time', () => {
  const driver = opened(
    newCrash(3, {
      restart: 3,
      lastGoodRunId: 9,
      versionBefore: '1.3.2',
      digestChanged: true,
      settingsChanged: [
        { key: 'settings.limits.memoryBytes', before: 1, after: 2 },
        { key: 'settings.environment.API_TOKEN', before: 'secret-one', after: 'secret-two' },
      ],
    }),
  );
  const text = driver.text();
  expect(text).toContain('#3  web');
  expect(text).toContain('cause    exit 7 after 2.1 s (restart 3)');
  expect(text).toContain('memory 58.6M · cpu 400 ms');
  expect(text).toContain('verdict  restart after 4 s');
  expect(text.replace(/\s+/g, ' ')).toContain('version 1.3.2 → 1.4.0 · digest → 41aa41aa41aa');
  expect(text.replace(/\s+/g, ' ')).toContain('limits.memoryBytes 1 → 2');
  expect(text).not.toContain('secret-');
  expect(text).toContain('── last lines (2) ──');
  expect(text).toMatch(/\d\d:00:03\.000 e {2}fatal: no backend, exiting/);
  expect(text).toMatch(/\d\d:00:02\.000 o {2}connecting to crm/);
});

it('asks for a bounded capsule, and says what toru shows the same with', () => {
  const driver = new Driver(crashScreen(newDoors().doors, 'web', 311));
  expect(driver.asked('show/311')).toEqual([{ id: 311, withRuns: true, maxMessage: MAX_MESSAGE }]);
  expect(driver.text()).toContain('asking torud for crash #311');
  expect(driver.screen.command(driver.context)).toEqual(['crashes', 'show', '311']);
  expect(driver.screen.chosen(driver.context)).toBe('web');
  expect(driver.screen.keys.map(({ keys }) => keys)).toContain('n p');
});

it('says how many crashes there were in a row, since when and after what', () => {
  const driver = opened(newCrash(4, { restart: 1 }));
  expect(driver.text()).not.toContain('since');
  const siblings = [5, 4, 3, 1].map((id) => newSummary(id, { restart: Math.max(0, id - 3) }));
  driver.answer('siblings', { crashes: siblings });
  driver.events('changes', newEvent(1, { type: 'installed', at: at(2), details: { version: '1.4.0' } }));
  expect(driver.text()).toMatch(/2 of 3 since .*00:03 · first after 1\.4\.0 was installed at .*00:02/);
});

it('says of a row whose first crashes are not kept any more that it began before', () => {
  const driver = opened(newCrash(4, { restart: 8 }));
  driver.answer('siblings', { crashes: [5, 4, 3].map((id) => newSummary(id, { restart: id + 4 })) });
  driver.events('changes', newEvent(1, { type: 'installed', at: at(2), details: { version: '1.4.0' } }));
  expect(driver.text()).toMatch(/9 of 10 since before .*00:03/);
  expect(driver.text()).not.toContain('first after');
});

it('a row of crashes ends where the restarts begin again', () => {
  const found = [2, 1, 0, 1, 0].map((restart, index) => newSummary(9 - index, { restart }));
  expect(streakAround(found, 8).map(({ id }) => id)).toEqual([9, 8, 7]);
  expect(streakAround(found, 5).map(({ id }) => id)).toEqual([6, 5]);
  expect(streakAround(found, 99)).toEqual([]);
});

it('shows the end of the last lines first, scrolls as less does, and says where one is', () => {
  const driver = opened(newCrash(3, { lastLines: lines(180) }));
  expect(driver.rows()).toHaveLength(25);
  expect(driver.rows().at(-1)).toContain('line 180');
  expect(driver.text()).toMatch(/\d+-180 of 180/);
  driver.keys('g');
  expect(driver.text()).toContain(' 1-');
  expect(driver.text()).toContain('line 1\n');
  expect(driver.text()).toContain('cause');
  driver.keys('j', 'j', 'k');
  expect(driver.text()).toContain(' 2-');
  driver.keys('G', 'pageup', 'ctrl-u', 'pagedown', 'end', 'j');
  expect(driver.rows().at(-1)).toContain('line 180');
});

it('lets the facts scroll away where a terminal has few rows', () => {
  const driver = opened(newCrash(3, { lastLines: lines(20) }), newContext(60, 5));
  expect(driver.rows()).toHaveLength(5);
  expect(driver.text()).toContain('cause');
  driver.keys('G');
  expect(driver.rows().at(-1)).toContain('line 20');
  expect(driver.text()).not.toContain('cause');
});

it('wraps long lines on demand, and filters lines by what is typed', () => {
  const driver = opened(newCrash(3, { lastLines: [...lines(30), ...lines(1, `${'x'.repeat(150)} END`)] }));
  expect(driver.text()).not.toContain(' END 1\n');
  driver.keys('w');
  expect(driver.rows().at(-1)).toMatch(/^ {17}x+ END 1$/);
  expect(driver.keys('/')?.go).toMatchObject({ kind: 'prompt', lead: '/' });
  driver.take(driver.screen.onPrompt('lines', 'LINE 2', false, driver.context));
  expect(driver.text()).toContain('with "LINE 2"');
  const spans = driver.screen.view(driver.context).flat();
  expect(spans.filter(({ role }) => role === 'match')).toHaveLength(11);
  driver.take(driver.screen.onPrompt('lines', '((', true, driver.context));
  expect(driver.text()).toContain('no line has "(("');
  driver.keys('escape');
  expect(driver.text()).toContain('line 30');
  expect(driver.screen.onKey('escape', driver.context)).toBeUndefined();
});

it('goes to the older and the newer crash, and says when there is none', () => {
  const driver = opened(newCrash(3));
  driver.answer('siblings', { crashes: summaries(3) });
  driver.keys('n');
  expect(driver.asked('show/2')).toHaveLength(1);
  expect(driver.text()).toContain('#3  web');
  driver.answer('show/2', { crash: newCrash(2) });
  expect(driver.text()).toContain('#2  web');
  driver.keys('n', 'p', 'p');
  driver.answer('show/3', { crash: newCrash(3) });
  driver.keys('p');
  driver.answer('siblings', { crashes: summaries(3) });
  expect(driver.notice).toBe('#3 is the newest crash of web that is kept');
  driver.keys('p');
  driver.answer('siblings', { crashes: summaries(4) });
  expect(driver.asked('show/4')).toHaveLength(1);
  expect(driver.screen.command(driver.context)).toEqual(['crashes', 'show', '4']);
});

it('takes no answer for a crash that was left meanwhile', () => {
  const driver = opened(newCrash(3));
  driver.answer('siblings', { crashes: summaries(3) });
  driver.keys('n', 'n');
  driver.answer('show/1', { crash: newCrash(1) });
  driver.answer('show/2', { crash: newCrash(2) });
  expect(driver.text()).toContain('#1  web');
});

it('asks for the others when one more has crashed, and for none that it knows', () => {
  const driver = opened(newCrash(3));
  driver.answer('siblings', { crashes: summaries(3) });
  driver.events('crashed', newEvent(1, { details: { crashId: 3 } }));
  expect(driver.asked('siblings')).toHaveLength(1);
  driver.events('crashed', newEvent(2, { details: { crashId: 4 } }));
  expect(driver.asked('siblings')).toHaveLength(2);
});

it('opens the log around it, compares it with the one before, and exports it', () => {
  const way = newDoors();
  const driver = opened(newCrash(3), newContext(), way);
  driver.keys('=');
  expect(driver.notice).toContain('there is none before it');
  driver.answer('siblings', { crashes: summaries(3) });
  driver.keys('=', 'L');
  expect(way.places).toEqual(['compare ["web",3,2]', `logs [["web"],{"at":"${at(3)}","runId":1003}]`]);
  expect(driver.keys('E')?.go).toMatchObject({ kind: 'prompt', text: 'crash-3.json' });
  driver.take(driver.screen.onPrompt('export', 'a.json', true, driver.context));
  expect(driver.effects.at(-1)).toEqual({ type: 'act', argv: ['crashes', 'export', '3', '--file=a.json'] });
});

it('says that a crash is not kept any more, and the others can still be reached', () => {
  const driver = new Driver(crashScreen(newDoors().doors, 'web', 2));
  driver.refuse('show/2', 'not_found', 'there is no crash 2');
  driver.answer('siblings', { crashes: [newSummary(5), newSummary(4)] });
  expect(driver.text()).toContain('there is no crash 2');
  expect(driver.text()).toContain('not kept any more');
  for (const key of ['j', 'G', 'w', ' ']) driver.keys(key);
  expect(driver.keys('L')).toMatchObject({ notice: expect.stringContaining('not there') });
  driver.keys('p');
  driver.answer('show/4', { crash: newCrash(4) });
  expect(driver.text()).toContain('#4  web');
});

it('goes to the other crashes of a plugin that is gone', () => {
  const driver = opened(newCrash(3));
  driver.refuse('siblings', 'not_found', 'there is no plugin web');
  expect(driver.asked('siblings').at(-1)).toEqual({});
  driver.answer('siblings', { crashes: [newSummary(3), newSummary(2, { plugin: 'db' }), newSummary(1)] });
  driver.keys('n');
  expect(driver.asked('show/1')).toHaveLength(1);
});

it('is asked for again when torud is back', () => {
  const driver = new Driver(crashScreen(newDoors().doors, 'web', 2));
  driver.refuse('show/2', 'unreachable', 'torud is away');
  expect(driver.text()).toContain('torud is away');
  const away = { ...driver.context.model, connection: { kind: 'away', sinceMs: 0 } } as const;
  const message = { type: 'connection', connection: { kind: 'connected', welcome: {} as never } } as const;
  driver.take(driver.screen.onModel?.(message, away, driver.context));
  expect(driver.asked('show/2')).toHaveLength(2);
});

it('counts down to the next try while it is the newest crash and its plugin waits', () => {
  const driver = opened(newCrash(3));
  driver.answer('siblings', { crashes: summaries(3) });
  const plugin = {
    id: 'web',
    state: 'backoff',
    lastCrash: newSummary(3),
    nextRestartAt: new Date(driver.context.wallMs + 3_400).toISOString(),
  } as PluginStatus;
  const plugins = new Map([['web', { plugin, atMs: 0, cpuHistory: [], memoryHistory: [] }]]);
  driver.context = { ...driver.context, model: { ...newModel('host'), plugins } as never };
  expect(driver.text()).toContain('retry in 4 s');
  expect(driver.screen.isTicking).toBe(true);
  const still = opened(newCrash(3, { verdict: 'give-up', delayMs: null }));
  still.answer('siblings', { crashes: summaries(3) });
  expect(still.screen.isTicking).toBe(false);
  expect(still.text()).toContain('given up and disabled');
});

it('holds a bounded part of a capsule of megabytes, and says what it left out', () => {
  const crash = newCrash(3, { lastLines: lines(200, 'y'.repeat(60_000)) });
  const held = capsuleOf({ crash });
  expect(JSON.stringify(held).length).toBeLessThan(200 * (MAX_MESSAGE + 200));
  const driver = opened(crash);
  driver.keys('w');
  expect(driver.text()).toContain(`[${60_004 - MAX_MESSAGE} more characters]`);
});

it('says that it wrote nothing', () => {
  expect(opened(newCrash(3, { lastLines: [] })).text()).toContain('it wrote none');
});

it('lets no escape sequence of a plugin through, and fits every size, in ASCII too', () => {
  const message = 'a\u001b]0;title\u0007\u001b[2Jb\tc\nd \u202e ü 漢字';
  for (const isAscii of [false, true])
    for (const columns of [60, 80, 100, 300])
      for (const rows of [1, 5, 19, 95])
        for (const keys of [[], ['w']]) {
          const lastLines = [
            { time: at(1), stream: 'stderr', message: isAscii ? message.slice(0, 20) : message.repeat(9) },
          ];
          const crash = newCrash(3, {
            lastLines,
            detail: isAscii ? 'x' : message,
            version: '1\u001b[1m',
            lastGoodRunId: 1,
          });
          const driver = opened(crash, newContext(columns, rows, isAscii));
          driver.keys(...keys);
          const shown = texts(driver.screen.view(driver.context));
          expect(shown.length).toBeLessThanOrEqual(rows);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
          expect(shown.join('')).not.toMatch(isAscii ? /[^\x20-\x7e]/ : /[\x00-\x1f\u202e]/);
          if (keys.length > 0 && columns > 60)
            for (const row of shown) expect(widthOf(row)).toBeLessThanOrEqual(columns);
        }
});
