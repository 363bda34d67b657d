/** What goes on on a terminal: the live list and the progress line, on a clock that stands still. */

import { expect, test } from 'vitest';
import { LivePicture } from '../../src/cli/live-picture.ts';
import { ShownLines } from '../../src/cli/output/shown-lines.ts';
import { runProgress } from '../../src/cli/progress.ts';
import type { CompactRow, PluginStatus } from '../../src/protocol/control/plugins.ts';
import { success } from '../../src/protocol/result.ts';
import { pluginStatus } from '../fixtures/scripted-daemon.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

const HOUR_MS = 3_600_000;

/** A live list before a terminal whose bytes are kept, and a torud that answers with `rows`. */
function stage() {
  const clock = new VirtualClock();
  const shown = new ShownLines();
  const written: string[] = [];
  const canvas = {
    rows: 24,
    columns: 120,
    draw(lines: readonly string[]): void {
      const text = shown.update(lines);
      if (text !== '') written.push(text);
    },
  };
  const picture = new LivePicture({ clock, canvas, hasColour: false, selection: {}, isShown: () => true });
  let questions = 0;
  let rows: readonly CompactRow[] = [];
  let answers = true;
  const client = {
    call: async () => {
      questions += 1;
      if (!answers) await new Promise<never>(() => undefined);
      return success({ rows, errors: [] });
    },
  } as unknown as Parameters<LivePicture['onConnection']>[0];
  return {
    clock,
    picture,
    connect: () => picture.onConnection(client),
    /** What was written since the last look. */
    taken: () => written.splice(0).join(''),
    questions: () => questions,
    answerWith: (next: readonly PluginStatus[]) => {
      rows = next.map(rowOf);
    },
    hang: () => {
      answers = false;
    },
  };
}

function rowOf(plugin: PluginStatus): CompactRow {
  const { id, state, enabled, runtime, pid, uptimeMs, restarts, cpuPercent, memoryBytes, name } = plugin;
  return [id, state, enabled, runtime, pid, uptimeMs, restarts, cpuPercent, memoryBytes, name];
}

/** Control sequences as `<3;1H>`. */
function visible(text: string): string {
  return text
    .split('\x1b[')
    .slice(1)
    .map((part) => part.replace(/^[\d;]*[A-Z]/, '<$&>'))
    .join('');
}

test('a list in which nothing changes writes nothing', async () => {
  const { clock, picture, connect, taken, answerWith, questions } = stage();
  const plugins = [
    pluginStatus('a', { uptimeMs: 30 * HOUR_MS }),
    pluginStatus('b', { uptimeMs: 30 * HOUR_MS }),
  ];
  answerWith(plugins);
  connect();
  picture.onWatched({ kind: 'snapshot', plugins });
  await clock.advanceAsync(100);
  expect(taken()).toContain('2 plugins');
  await clock.advanceAsync(60_000);
  expect(questions()).toBe(30);
  expect(taken()).toBe('');
});

test('UPTIME grows by itself, and only its row is written', async () => {
  const { clock, picture, connect, taken, answerWith } = stage();
  const old = pluginStatus('a', { uptimeMs: 30 * HOUR_MS });
  const young = pluginStatus('b', { uptimeMs: 12_000 });
  connect();
  picture.onWatched({ kind: 'snapshot', plugins: [old, young] });
  answerWith([old, young]);
  await clock.advanceAsync(100);
  taken();
  await clock.advanceAsync(900);
  expect(visible(taken())).toMatch(/^<3;1H>b .* 13s .*<K>$/);
});

test('CPU and MEM are fresh, and only the row of the change is written', async () => {
  const { clock, picture, connect, taken, answerWith } = stage();
  const plugins = ['a', 'b', 'c'].map((id) => pluginStatus(id, { uptimeMs: 30 * HOUR_MS }));
  connect();
  picture.onWatched({ kind: 'snapshot', plugins });
  await clock.advanceAsync(100);
  taken();
  answerWith(plugins.map((plugin) => (plugin.id === 'c' ? { ...plugin, cpuPercent: 7.5 } : plugin)));
  await clock.advanceAsync(2_100);
  expect(visible(taken())).toMatch(/^<4;1H>c .* 7\.5 .*<K>$/);
});

test('numbers of another process than the one that is shown are not taken', async () => {
  const { clock, picture, connect, taken, answerWith } = stage();
  const plugin = pluginStatus('a', { uptimeMs: 30 * HOUR_MS });
  connect();
  picture.onWatched({ kind: 'snapshot', plugins: [plugin] });
  answerWith([{ ...plugin, pid: 1, cpuPercent: 99 }]);
  await clock.advanceAsync(100);
  taken();
  await clock.advanceAsync(4_100);
  expect(taken()).toBe('');
});

test('questions do not pile up when torud is slow, and none is asked while it is away', async () => {
  const slow = stage();
  slow.hang();
  slow.connect();
  slow.picture.onWatched({ kind: 'snapshot', plugins: [pluginStatus('a')] });
  await slow.clock.advanceAsync(9_000);
  expect(slow.questions()).toBe(1);
  const away = stage();
  away.connect();
  away.picture.onWatched({ kind: 'snapshot', plugins: [pluginStatus('a', { uptimeMs: 12_000 })] });
  await away.clock.advanceAsync(1_000);
  away.picture.onConnection(undefined);
  await away.clock.advanceAsync(100);
  expect(away.taken()).toContain('torud is away');
  await away.clock.advanceAsync(30_000);
  expect([away.questions(), away.taken()]).toEqual([0, '']);
});

test('nothing is drawn after the end', async () => {
  const { clock, picture, connect, taken } = stage();
  connect();
  picture.onWatched({ kind: 'snapshot', plugins: [pluginStatus('a')] });
  await clock.advanceAsync(100);
  taken();
  picture.end();
  picture.onWatched({ kind: 'removed', id: 'a' });
  await clock.advanceAsync(5_000);
  expect([taken(), clock.timerCount]).toEqual(['', 0]);
});

test('of a picture only the lines that are other ones are written, and what is left over is wiped', () => {
  const shown = new ShownLines();
  expect(shown.update(['a', 'b', 'c'])).toBe('\x1b[H\x1b[J\x1b[1;1Ha\x1b[K\x1b[2;1Hb\x1b[K\x1b[3;1Hc\x1b[K');
  expect(shown.update(['a', 'b', 'c'])).toBe('');
  expect(shown.update(['a', 'B', 'c'])).toBe('\x1b[2;1HB\x1b[K');
  expect(shown.update(['a'])).toBe('\x1b[2;1H\x1b[J');
  shown.forget();
  expect(shown.update(['a'])).toContain('\x1b[1;1Ha');
});

test('progress shows the seconds alone when nobody knows the grace', async () => {
  const clock = new VirtualClock();
  const written: string[] = [];
  const progress = runProgress({ label: 'stopping a b' }, clock, (text) => written.push(text));
  await clock.advanceAsync(900);
  expect(written).toEqual([]);
  await clock.advanceAsync(2_100);
  expect(written.at(-1)).toBe('\r\x1b[Kstopping a b: 3 s');
  progress.end();
  expect([written.at(-1), clock.timerCount]).toEqual(['\r\x1b[K', 0]);
});

test('progress shows the grace while it lasts, and asks for it once, after the first second', async () => {
  const clock = new VirtualClock();
  const written: string[] = [];
  let questions = 0;
  const askGrace = async (): Promise<number> => {
    questions += 1;
    return 10_000;
  };
  const progress = runProgress({ label: 'stopping db', askGrace }, clock, (text) => written.push(text));
  await clock.advanceAsync(900);
  expect(questions).toBe(0);
  await clock.advanceAsync(2_100);
  expect(written.at(-1)).toBe('\r\x1b[Kstopping db: 3 s of 10 s, then KILL');
  await clock.advanceAsync(8_000);
  expect(written.at(-1)).toBe('\r\x1b[Kstopping db: 11 s');
  expect(questions).toBe(1);
  progress.end();
});

test('an action that is done in time asks for nothing and writes nothing', async () => {
  const clock = new VirtualClock();
  const written: string[] = [];
  const askGrace = (): Promise<number> => Promise.reject(new Error('asked'));
  const progress = runProgress({ label: 'stopping db', askGrace }, clock, (text) => written.push(text));
  await clock.advanceAsync(800);
  progress.end();
  await clock.advanceAsync(5_000);
  expect(written).toEqual([]);
});
