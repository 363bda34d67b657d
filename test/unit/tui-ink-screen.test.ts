/** The terminal as Ink takes it, gives it away and gives it back: what is written to it, byte by byte. */

import { EventEmitter } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import { type InkScreen, openInkScreen } from '../../src/cli/tui/ink-screen.ts';
import type { Mouse } from '../../src/cli/tui/mouse-input.ts';

const ENTER = '\x1b[?1049h';
const LEAVE = '\x1b[?1049l';
const PASTE_ON = '\x1b[?2004h';
const PASTE_OFF = '\x1b[?2004l';
const SHOW_CURSOR = '\x1b[?25h';
const HIDE_CURSOR = '\x1b[?25l';
const MOUSE_ON = '\x1b[?1000h\x1b[?1006h';
const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l';

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
  const mice: Mouse[] = [];
  const faults: unknown[] = [];
  const screen = openInkScreen({
    stdout: stream,
    stdin: stream,
    onKeys: (more) => void keys.push(...more),
    onMouse: (mouse) => void mice.push(mouse),
    onPaste: () => undefined,
    onSize: (size) => void sizes.push(size),
    onFault: (thrown) => void faults.push(thrown),
  });
  open = screen;
  return { terminal, screen, keys, mice, sizes, faults };
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

test('leaves the mouse to the terminal as long as nobody asks for it', async () => {
  const { terminal, screen, keys, mice } = stage();
  screen.draw(['one']);
  await vi.waitFor(() => expect(terminal.written).toContain('one'));
  terminal.type('\x1b[<0;1;1Mj');
  await vi.waitFor(() => expect(keys).toEqual(['j']));
  expect(mice).toEqual([]);
  await screen.lend(async () => undefined);
  await screen.close();
  expect(terminal.taken()).not.toMatch(/\?100\d[hl]/);
});

test('asks for the mouse once, hears it beside the keys, and gives it back first of all on closing', async () => {
  const { terminal, screen, keys, mice } = stage();
  terminal.taken();
  screen.hearMouse(true);
  screen.hearMouse(true);
  expect(terminal.taken()).toBe(MOUSE_ON);
  terminal.type('j\x1b[<0;3;2M\x1b[<0;3;2m\x1b[<65;3;');
  terminal.type('2Mk');
  await vi.waitFor(() => expect(keys).toEqual(['j', 'k']));
  expect(mice).toEqual([
    { kind: 'click', row: 1, column: 2 },
    { kind: 'wheel-down', row: 1, column: 2 },
  ]);
  screen.hearMouse(false);
  expect(terminal.taken()).toBe(MOUSE_OFF);
  screen.hearMouse(true);
  terminal.taken();
  await screen.close();
  const written = terminal.taken();
  expect(written.indexOf(MOUSE_OFF)).toBe(0);
  expect(written.indexOf(MOUSE_OFF)).toBeLessThan(written.indexOf(LEAVE));
  expect(written).not.toContain(MOUSE_ON);
  screen.hearMouse(false);
  expect(terminal.taken()).toBe('');
});

test('an Escape that comes long before the rest of a report is Escape, and the rest is typed by nobody', async () => {
  const { terminal, screen, keys } = stage();
  screen.hearMouse(true);
  terminal.type('\x1b');
  await vi.waitFor(() => expect(keys).toEqual(['escape']));
  terminal.type('[<0;3;2M');
  terminal.type('j');
  await vi.waitFor(() => expect(keys).toEqual(['escape', 'j']));
  terminal.type('\x1b');
  terminal.type('[<0;3;2M');
  terminal.type('k');
  await vi.waitFor(() => expect(keys).toEqual(['escape', 'j', 'k']));
});

test('lends the terminal without the mouse, and asks for it again unless it is closed meanwhile', async () => {
  const { terminal, screen } = stage();
  screen.hearMouse(true);
  terminal.taken();
  await screen.lend(async () => {
    const written = terminal.taken();
    expect(written.startsWith(MOUSE_OFF)).toBe(true);
    expect(written).toContain(LEAVE);
  });
  const back = terminal.taken();
  expect(back.match(/\?1000h/g)).toHaveLength(1);
  expect(back.indexOf(MOUSE_ON)).toBeGreaterThan(back.indexOf(ENTER));
  await screen.lend(() => screen.close());
  expect(terminal.taken()).not.toContain(MOUSE_ON);
});
