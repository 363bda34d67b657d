/** What goes on on a terminal: the live list and the progress line, on a clock that stands still. */

import { expect, test } from 'vitest';
import { LivePicture } from '../../src/cli/live-picture.ts';
import { LiveProgress } from '../../src/cli/live-progress.ts';
import { ShownLines } from '../../src/cli/output/shown-lines.ts';
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

/** The live line of an action that was begun a second ago, and what it wrote. */
function line(participle: string, askGrace: (plugin: string) => Promise<number | undefined>) {
  const clock = new VirtualClock();
  const written: string[] = [];
  const progress = new LiveProgress({
    participle,
    subject: 'web-*',
    clock,
    columns: () => 80,
    write: (text) => void written.push(text),
    askGrace,
  });
  const snapshot = (...plugins: readonly PluginStatus[]): void =>
    progress.onWatched({ kind: 'snapshot', plugins });
  return { clock, written, progress, snapshot, shown: () => written.at(-1)?.replace('\r\x1b[K', '') };
}

const nobodyKnows = async (): Promise<undefined> => undefined;

test('progress shows the seconds, and nothing of plugins that it knows nothing of', async () => {
  const { clock, shown, progress } = line('stopping', nobodyKnows);
  expect(shown()).toBe('stopping web-*: 1 s');
  await clock.advanceAsync(2_000);
  expect(shown()).toBe('stopping web-*: 3 s');
  progress.end();
  expect([shown(), clock.timerCount]).toEqual(['', 0]);
});

test('progress shows the grace of a plugin while it lasts, and asks for it once', async () => {
  let questions = 0;
  const { clock, shown, progress, snapshot } = line('stopping', async () => {
    questions += 1;
    return 10_000;
  });
  snapshot(pluginStatus('db', { state: 'stopping' }));
  snapshot(pluginStatus('db', { state: 'stopping' }));
  await clock.advanceAsync(2_000);
  expect(shown()).toBe('stopping db: 3 s of 10 s, then KILL');
  await clock.advanceAsync(8_000);
  expect(shown()).toBe('stopping db: 11 s');
  expect(questions).toBe(1);
  progress.end();
});

test('progress names who is left of several, and how many they were', () => {
  const { shown, progress, snapshot } = line('stopping', nobodyKnows);
  const states = ['stopping', 'stopped', 'running', 'stopped'] as const;
  snapshot(...states.map((state, at) => pluginStatus(`web-${at}`, { state })));
  expect(shown()).toBe('stopping 2 of 4: web-0, web-2: 1 s');
  progress.onWatched({ kind: 'plugin', plugin: pluginStatus('web-2', { state: 'stopped' }) });
  expect(shown()).toBe('stopping 1 of 4: web-0: 1 s');
  progress.end();
});

test('progress says on whom a plugin waits that is being started', () => {
  const { shown, progress, snapshot } = line('starting', nobodyKnows);
  const dependencies = [
    { plugin: 'db', range: '*', required: true, state: 'starting', version: '1.0.0', fits: true },
    { plugin: 'cache', range: '*', required: false, state: 'stopped', version: '1.0.0', fits: true },
  ] as const;
  snapshot(pluginStatus('web', { state: 'waiting', dependencies }));
  expect(shown()).toBe('starting web (waits for db): 1 s');
  progress.end();
});

test('a restart is pending until another run is there', () => {
  const { shown, progress, snapshot } = line('restarting', nobodyKnows);
  snapshot(
    pluginStatus('a', { state: 'running', runId: 4 }),
    pluginStatus('b', { state: 'running', runId: 5 }),
  );
  expect(shown()).toBe('restarting 2 of 2: a, b: 1 s');
  progress.onWatched({ kind: 'plugin', plugin: pluginStatus('a', { state: 'running', runId: 6 }) });
  expect(shown()).toBe('restarting 1 of 2: b: 1 s');
  progress.end();
});
