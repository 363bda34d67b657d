/** The terminal as Ink takes it, gives it away and gives it back: what is written to it, byte by byte. */

import { EventEmitter } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import { type InkScreen, openInkScreen } from '../../src/cli/tui/ink-screen.ts';

const ENTER = '\x1b[?1049h';
const LEAVE = '\x1b[?1049l';
const PASTE_ON = '\x1b[?2004h';
const PASTE_OFF = '\x1b[?2004l';
const SHOW_CURSOR = '\x1b[?25h';
const HIDE_CURSOR = '\x1b[?25l';

/** A terminal that keeps what is written, and is typed on by the test. */
class FakeTerminal extends EventEmitter {
  readonly isTTY = true;
  columns = 40;
  rows = 6;
  readonly writableLength = 0;
  written = '';
  isRaw = false;
  #typed: string[] = [];

  write(text: string, done?: () => void): boolean {
    this.written += text;
    if (typeof done === 'function') done();
    return true;
  }
  /** What was written since the last look. */
  taken(): string {
    const { written } = this;
    this.written = '';
    return written;
  }
  type(text: string): void {
    this.#typed.push(text);
    this.emit('readable');
  }
  read(): string | null {
    return this.#typed.shift() ?? null;
  }
  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw;
    return this;
  }
  resizeTo(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.emit('resize');
  }
  readonly setEncoding = () => this;
  readonly pause = () => this;
  readonly ref = () => this;
  readonly unref = () => this;
}

let open: InkScreen | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

function stage() {
  const terminal = new FakeTerminal();
  const stream = terminal as unknown as NodeJS.WriteStream & NodeJS.ReadStream;
  const keys: string[] = [];
  const sizes: object[] = [];
  const faults: unknown[] = [];
  const screen = openInkScreen({
    stdout: stream,
    stdin: stream,
    onKeys: (more) => void keys.push(...more),
    onPaste: () => undefined,
    onSize: (size) => void sizes.push(size),
    onFault: (thrown) => void faults.push(thrown),
  });
  open = screen;
  return { terminal, screen, keys, sizes, faults };
}

test('takes the alternate screen, hides the cursor and hears keys and pasted text as such', async () => {
  const { terminal, screen } = stage();
  screen.draw(['one', 'two']);
  await vi.waitFor(() => expect(terminal.written).toMatch(/one[\s\S]*two/));
  expect(terminal.written.startsWith(`${ENTER}${HIDE_CURSOR}`)).toBe(true);
  expect(terminal.written).toContain(PASTE_ON);
  expect(terminal.isRaw).toBe(true);
});

test('gives everything back on closing, in the order that shows the shell again', async () => {
  const { terminal, screen } = stage();
  screen.draw(['one']);
  await vi.waitFor(() => expect(terminal.written).toContain('one'));
  terminal.taken();
  await screen.close();
  const written = terminal.taken();
  expect(written).toContain(PASTE_OFF);
  expect(written.endsWith(`${LEAVE}${SHOW_CURSOR}`)).toBe(true);
  await vi.waitFor(() => expect(terminal.isRaw).toBe(false));
  terminal.resizeTo(20, 5);
  screen.draw(['late']);
  expect(terminal.taken()).toBe('');
});

test('writes nothing for the same picture, and only the changed line for another', async () => {
  const { terminal, screen } = stage();
  screen.draw(['first line', 'second line']);
  await vi.waitFor(() => expect(terminal.written).toContain('second line'));
  terminal.taken();
  screen.draw(['first line', 'second line']);
  screen.draw(['first line', 'another line']);
  await vi.waitFor(() => expect(terminal.written).toContain('another line'));
  expect(terminal.taken()).not.toContain('first line');
});

test('lends the terminal as it was found, draws nothing meanwhile, and then all of it', async () => {
  const { terminal, screen, keys } = stage();
  screen.draw(['before']);
  await vi.waitFor(() => expect(terminal.written).toContain('before'));
  terminal.taken();
  await screen.lend(async () => {
    const written = terminal.taken();
    expect(written).toContain(LEAVE);
    expect(written).toContain(SHOW_CURSOR);
    expect(written).toContain(PASTE_OFF);
    expect(terminal.isRaw).toBe(false);
    screen.draw(['meanwhile']);
    terminal.type('x');
    expect(terminal.taken()).toBe('');
  });
  const written = terminal.taken();
  expect(written).toMatch(/^.*1049h/);
  expect(written).toContain('meanwhile');
  expect(written).toContain(HIDE_CURSOR);
  expect(written).toContain(PASTE_ON);
  expect(terminal.isRaw).toBe(true);
  terminal.type('y');
  await vi.waitFor(() => expect(keys.at(-1)).toBe('y'));
});

test('tells another size before it draws, so that no line of the old picture is too wide or too many', () => {
  const { terminal, screen, sizes } = stage();
  screen.draw(Array.from({ length: 6 }, (_line, at) => `row ${at} ${'x'.repeat(33)}`));
  terminal.resizeTo(10, 3);
  expect(sizes).toEqual([{ columns: 10, rows: 3 }]);
  terminal.resizeTo(0, 0);
  expect(sizes.at(-1)).toEqual({ columns: 80, rows: 24 });
});

test('draws all lines again when something else has written over them', async () => {
  const { terminal, screen } = stage();
  screen.draw(['one', 'two']);
  await vi.waitFor(() => expect(terminal.written).toContain('two'));
  terminal.taken();
  screen.redraw();
  await vi.waitFor(() => expect(terminal.written).toMatch(/one[\s\S]*two/));
  expect(terminal.written).toContain('\x1b[H\x1b[2J');
});
