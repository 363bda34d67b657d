/** The terminal UI: how soon it is there, what it costs while rows change, and how soon it answers a key. */

import { setTimeout as pause } from 'node:timers/promises';
import { BenchRoot, median, onCpuMs, TORU } from './bench-root.mts';
import type { Figure } from './figures.mts';
import { TerminalRun } from './terminal-run.mts';
import { serveWatched, type WatchedParts } from './watched-plugins.mts';

const MIB = 1024 * 1024;
const SETTLE_MS = 10_000;
const MEASURED_MS = 20_000;
/** Memory is looked at after so long, with keys pressed all the while. */
const USE_MS = 60_000;
const SIZE = { rows: 56, columns: 100 } as const;

/** From the start of bin/toru to the last row of the list, 20 plugins running. */
export async function tuiStart(): Promise<readonly Figure[]> {
  const root = new BenchRoot();
  try {
    root.addSleepers(20);
    root.startDaemon();
    root.toru('start', '--all');
    const tookMs: number[] = [];
    for (let round = 0; round < 10; round += 1) {
      const run = await TerminalRun.start(`${TORU} --root ${root.folder} top`, { rows: 30, columns: 100 });
      await run.until(/sleeper-019/);
      tookMs.push(performance.now() - run.startedMs);
      await run.leave();
    }
    const note = `of 10; ${Math.min(...tookMs).toFixed(0)} to ${Math.max(...tookMs).toFixed(0)} ms`;
    return [{ name: 'toru top: first paint, median', value: median(tookMs), unit: 'ms', atMost: 450, note }];
  } finally {
    root.close();
  }
}

export function tuiRows(): Promise<readonly Figure[]> {
  return figuresOf({ plugins: 50, changing: 50, everyMs: 250 }, '50 rows changing at 4 Hz', 6);
}

export function tuiMany(): Promise<readonly Figure[]> {
  return figuresOf({ plugins: 500, changing: 0, everyMs: 250 }, '500 plugins, their figures each second', 10);
}

async function figuresOf(
  parts: WatchedParts,
  what: string,
  atMostPercent: number,
): Promise<readonly Figure[]> {
  const server = await serveWatched(parts);
  const run = await TerminalRun.start(`${TORU} top`, SIZE, { TORU_SOCKET: server.socketPath });
  try {
    await run.until(/plugin-04\d/);
    await pause(SETTLE_MS);
    const [beforeMs, beforeBytes] = [onCpuMs(run.pid), run.bytes];
    await pause(MEASURED_MS);
    const percent = ((onCpuMs(run.pid) - beforeMs) / MEASURED_MS) * 100;
    const rate = (run.bytes - beforeBytes) / (MEASURED_MS / 1000) / 1024;
    const lags = await lagsOf(run);
    await use(run);
    return [
      {
        name: `toru top: ${what}`,
        value: percent,
        unit: '% of a core',
        atMost: atMostPercent,
        note: `20 s, 100×56, ${rate.toFixed(1)} KiB/s to the terminal`,
      },
      {
        name: `toru top: ${what}, a key to the screen, median`,
        value: median(lags),
        unit: 'ms',
        atMost: 100,
        note: `of ${lags.length}; at most ${Math.max(...lags).toFixed(0)} ms`,
      },
      {
        name: `toru top: ${what}, resident memory`,
        value: run.residentBytes() / MIB,
        unit: 'MiB',
        atMost: 130e6 / MIB,
        note: 'after a minute of use',
      },
    ];
  } finally {
    await run.leave();
    await server[Symbol.asyncDispose]();
  }
}

/** From `j` to the sign of the cursor in its new row. */
async function lagsOf(run: TerminalRun): Promise<readonly number[]> {
  const lags: number[] = [];
  for (let round = 0; round < 41; round += 1) {
    await pause(150 + (round % 7) * 20);
    run.forget();
    const fromMs = performance.now();
    run.press('j');
    await run.until(/▸[^\n]*/);
    lags.push(performance.now() - fromMs);
  }
  return lags;
}

/** As somebody uses it: moves, filters, sorts, looks at help. */
async function use(run: TerminalRun): Promise<void> {
  const keys = [
    'j',
    'j',
    'k',
    'G',
    'g',
    '/',
    '0',
    '1',
    '\r',
    '\x1b',
    'o',
    'o',
    'O',
    '?',
    'j',
    '\x1b',
    '!',
    '!',
    'N',
  ];
  const untilMs = performance.now() + USE_MS;
  for (let at = 0; performance.now() < untilMs; at += 1) {
    run.press(keys[at % keys.length] ?? 'j');
    await pause(200);
  }
}
