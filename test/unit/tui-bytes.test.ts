/** Bytes on the line: a list at rest sends none, and a row that changes costs few. Drawn by Ink, on a terminal that counts. */

import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { type InkScreen, openInkScreen } from '../../src/cli/tui/ink-screen.ts';
import { paintLine, UNICODE } from '../../src/cli/tui/look.ts';
import { thin, thinOutput } from '../../src/cli/tui/thin-output.ts';
import { view } from '../../src/cli/tui/view.ts';
import type { UsageRow } from '../../src/protocol/control/plugins.ts';
import { pluginStatus } from '../fixtures/scripted-daemon.ts';
import { ListStage } from './tui-list-stage.ts';

const LOOK = { colours: '256', signs: UNICODE } as const;
const LIMIT_MS = 5_000;

/** A terminal that keeps what is written on it. */
class CountingTerminal extends EventEmitter {
  readonly isTTY = true;
  readonly writable = true;
  readonly writableLength = 0;
  readonly columns = 100;
  readonly rows = 30;
  written = '';

  write(text: string, ...rest: unknown[]): boolean {
    this.written += text;
    const done = rest.at(-1);
    if (typeof done === 'function') done();
    this.emit('written');
    return true;
  }

  until(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`never written: ${text}`)), LIMIT_MS);
      const look = (): void => {
        if (!this.written.includes(text)) return;
        clearTimeout(timer);
        this.off('written', look);
        resolve();
      };
      this.on('written', look);
      look();
    });
  }
}

class QuietKeyboard extends EventEmitter {
  readonly isTTY = true;
  readonly setRawMode = (): this => this;
  readonly setEncoding = (): this => this;
  readonly ref = (): this => this;
  readonly unref = (): this => this;
  readonly resume = (): this => this;
  readonly pause = (): this => this;
  readonly read = (): null => null;
}

const plugins = Array.from({ length: 20 }, (_, index) =>
  pluginStatus(`sleeper-${String(index).padStart(2, '0')}`, { uptimeMs: 599_000, cpuPercent: 0 }),
);
/** Figures of processes that sleep: a page of memory more or less, a hundredth of a percent. */
function jitter(second: number): readonly UsageRow[] {
  return plugins.map(({ id }, index) => [
    id,
    ((second * 7 + index) % 3) * 0.1,
    88_290_304 + ((second * 5 + index) % 4) * 4096,
  ]);
}

function painted(stage: ListStage): readonly string[] {
  return view(stage.app, stage.now).map((one) => paintLine(one, LOOK));
}

describe('a list at rest', () => {
  test('is the same picture for a minute, while load, memory and processor time jitter', () => {
    const stage = new ListStage(plugins);
    stage.usage(jitter(0));
    const before = painted(stage);
    for (let second = 1; second < 60; second += 1) {
      stage.usage(jitter(second), 0.4 + (second % 5) * 0.05, 3 + (second % 3) * 0.1);
      expect(painted(stage)).toEqual(before);
    }
  });

  test('lets nothing wake it up by time alone', () => {
    expect(new ListStage(plugins).app.screens[0]?.isTicking).toBe(false);
  });

  test('still shows what has really changed', () => {
    const stage = new ListStage(plugins);
    stage.usage(jitter(0));
    stage.usage([['sleeper-03', 55.5, 300 * 2 ** 20]], 8, 12);
    expect(stage.row('sleeper-03')).toMatch(/55\.5 .* 300M/);
    expect(stage.lines()[0]).toContain('load 8.0  mem 12.0/16.0G');
  });

  test('lets a figure settle to its true value once it is steady', () => {
    const stage = new ListStage(plugins);
    stage.usage([['sleeper-03', 0.2, 88_290_304]]);
    for (let second = 0; second < 4; second += 1) stage.usage([['sleeper-03', 0, 88_290_304]]);
    expect(stage.row('sleeper-03')).toMatch(/ 0\.0 /);
  });
});

describe('drawn by Ink', () => {
  let screen: InkScreen | undefined;
  afterEach(async () => {
    await screen?.close();
    screen = undefined;
  });

  async function drawn(stage: ListStage): Promise<{ terminal: CountingTerminal; draw: () => void }> {
    const terminal = new CountingTerminal();
    const opened = openInkScreen({
      stdout: terminal as unknown as NodeJS.WriteStream,
      stdin: new QuietKeyboard() as unknown as NodeJS.ReadStream,
      onKeys: () => undefined,
      onPaste: () => undefined,
      onSize: () => undefined,
      onFault: (thrown) => {
        throw thrown;
      },
    });
    screen = opened;
    const draw = (): void => {
      opened.draw(painted(stage));
    };
    draw();
    await terminal.until('sleeper-19');
    await terminal.until('y copy');
    terminal.written = '';
    return { terminal, draw };
  }

  test('a plugin that is stopped costs less than 300 bytes, and the samples before it nothing', async () => {
    const stage = new ListStage(plugins);
    stage.usage(jitter(0));
    const { terminal, draw } = await drawn(stage);
    for (let second = 1; second < 30; second += 1) {
      stage.usage(jitter(second));
      draw();
    }
    stage.changed({
      ...(plugins[4] as (typeof plugins)[0]),
      state: 'stopped',
      pid: null,
      runId: null,
      uptimeMs: null,
      cpuPercent: null,
      memoryBytes: null,
      actor: { kind: 'user', uid: 1000, name: 'ops' },
    });
    draw();
    await terminal.until('S stopped');
    await terminal.until('by ops');
    expect(terminal.written).not.toContain('sleeper-05');
    expect(Buffer.byteLength(terminal.written)).toBeLessThan(300);
  });

  test('a figure that changes costs less than 200 bytes', async () => {
    const stage = new ListStage(plugins);
    stage.usage(jitter(0));
    const { terminal, draw } = await drawn(stage);
    stage.usage([['sleeper-17', 73.5, 90_000_000]]);
    draw();
    await terminal.until('73.5');
    expect(Buffer.byteLength(terminal.written)).toBeLessThan(200);
  });
});

describe('what goes out', () => {
  test('goes over several lines in one step', () => {
    expect(thin('a\x1b[E\x1b[E\x1b[Eb\x1b[Ec')).toBe('a\x1b[3Eb\x1b[Ec');
  });

  test('begins no colour that is given up at once', () => {
    expect(thin('\x1b[38;5;31m\x1b[39ma\x1b[1m\x1b[22mb')).toBe('\x1b[39ma\x1b[22mb');
    expect(thin('\x1b[38;5;31ma\x1b[39m')).toBe('\x1b[38;5;31ma\x1b[39m');
  });

  test('is the same stream but for that', () => {
    const terminal = new CountingTerminal();
    const thinned = thinOutput(terminal as unknown as NodeJS.WriteStream, (text) => text);
    thinned.write('x\x1b[E\x1b[E');
    expect(terminal.written).toBe('x\x1b[2E');
    expect(thinned.columns).toBe(100);
    let resized = 0;
    thinned.on('resize', () => {
      resized += 1;
    });
    terminal.emit('resize');
    expect(resized).toBe(1);
  });
});
