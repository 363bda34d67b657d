/** Draws frames with Ink, and hears keys, pasted text and sizes from it. Nothing else knows that Ink is there. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { Box, render, Text, useApp, useInput, usePaste, useWindowSize } from 'ink';
import { createElement, memo, type ReactNode, useEffect, useSyncExternalStore } from 'react';
import type { Size } from './frame.ts';
import { keysOf } from './keys.ts';
import type { Key } from './messages.ts';
import { filteredInput, type Mouse, MouseInput, MouseSwitch } from './mouse-input.ts';
import { PatientOutput } from './patient-output.ts';
import { StandIns } from './stand-ins.ts';
import { thinOutput } from './thin-output.ts';

export interface InkScreen {
  /** One painted line a row. False: they are there already. */
  draw(lines: readonly string[]): boolean;
  /** Draws all of it anew: something else has written on the terminal. */
  redraw(): void;
  /** Whether the terminal is to tell of the mouse; off at first. */
  hearMouse(isOn: boolean): void;
  /** Gives the terminal away, as it was found, while `work` runs; then all is drawn anew. */
  lend(work: () => Promise<void>): Promise<void>;
  /** Gives the terminal back, as it was found. */
  close(): Promise<void>;
}

export interface InkScreenParts {
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly onKeys: (keys: readonly Key[]) => void;
  readonly onMouse?: (mouse: Mouse) => void;
  readonly onPaste: (text: string) => void;
  readonly onSize: (size: Size) => void;
  /** Drawing itself has failed; the screen is closed then. */
  readonly onFault: (thrown: unknown) => void;
}

const Row = memo(function Row({ text }: { readonly text: string }): ReactNode {
  // A row that is empty would take no height.
  return createElement(Text, { wrap: 'truncate' }, text === '' ? ' ' : text);
});

type Lend = InkScreen['lend'];

/** What is to be seen, outside of React, so that a frame is one render; and the way to what only a component can ask for. */
export class Stand {
  #lines: readonly string[] = [];
  #onChange: () => void = () => undefined;
  lend: Lend = (work) => work();

  readonly subscribe = (onChange: () => void): (() => void) => {
    this.#onChange = onChange;
    return () => {
      this.#onChange = () => undefined;
    };
  };

  readonly get = (): readonly string[] => this.#lines;

  set(lines: readonly string[]): void {
    this.#lines = lines;
    this.#onChange();
  }
}

export function openInkScreen(parts: InkScreenParts): InkScreen {
  const { stdout } = parts;
  const stand = new Stand();
  const standIns = new StandIns();
  const output = new PatientOutput(stdout, [process.stderr]);
  let drawn: readonly string[] = [];
  let isSpoilt = false;
  const input = new MouseInput((one) => parts.onMouse?.(one));
  const mouse = new MouseSwitch((text) => stdout.write(text));
  // Before Ink hears of it, so that it draws what was made for the new size.
  const onResize = (): void => {
    standIns.forgetScreen();
    parts.onSize(sizeOf(stdout));
  };
  stdout.on('resize', onResize);
  const instance = render(createElement(Picture, { stand, parts }), {
    stdout: thinOutput(stdout, (text) => standIns.expand(text, sizeOf(stdout).columns)),
    stdin: filteredInput(parts.stdin, (text) => (mouse.wasWanted ? input.take(text) : text)),
    exitOnCtrlC: false,
    patchConsole: false,
    // Whoever has CI in the environment still sits at a terminal here.
    interactive: true,
    alternateScreen: true,
    incrementalRendering: true,
    maxFps: 30,
  });
  output.turn(true);
  const show = (): void => {
    // Pictures that nobody has room for are left out; the newest comes when there is.
    if (output.isBehind(show)) return;
    if (isSpoilt) {
      standIns.forgetScreen();
      instance.clear();
      stdout.write('\x1b[H\x1b[2J');
      isSpoilt = false;
    }
    stand.set(standIns.of(drawn, sizeOf(stdout).columns));
  };
  const ended = instance.waitUntilExit().then(
    () => undefined,
    (thrown: unknown) => parts.onFault(thrown),
  );
  return {
    // Samples come every second, and mostly change nothing that is seen.
    draw: (next) => {
      const isNew = !isSame(next, drawn);
      drawn = next;
      if (isNew) show();
      return isNew;
    },
    redraw: () => {
      isSpoilt = true;
      show();
    },
    hearMouse: (isOn) => mouse.turn(isOn),
    lend: (work) =>
      mouse.lend(() =>
        stand.lend(async () => {
          await stopReading(parts.stdin);
          await output.lend(work);
          standIns.forgetScreen();
        }),
      ),
    close: async () => {
      stdout.off('resize', onResize);
      mouse.turn(false);
      instance.unmount();
      await ended;
      await output.taken();
      output.turn(false);
    },
  };
}

/** Ink only looks away, and Node would read on: what is typed for another program must not come here. */
async function stopReading(stdin: NodeJS.ReadStream): Promise<void> {
  // Node learns in the next turn that nobody listens, and stops in the one after the pause.
  await nextTurn();
  stdin.pause();
  await nextTurn();
}

/** A terminal that does not know its size says 0. */
export function sizeOf({ columns, rows }: { readonly columns?: number; readonly rows?: number }): Size {
  return { columns: columns || 80, rows: rows || 24 };
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

function rowOf(text: string): ReactNode {
  return createElement(Row, { text });
}

export interface PictureProps {
  readonly stand: Stand;
  readonly parts: Pick<InkScreenParts, 'onKeys' | 'onPaste'>;
}

export function Picture({ stand, parts }: PictureProps): ReactNode {
  const shown = useSyncExternalStore(stand.subscribe, stand.get);
  const { columns, rows } = useWindowSize();
  const { suspendTerminal } = useApp();
  useEffect(() => {
    stand.lend = (work) => suspendTerminal(work);
  }, [stand, suspendTerminal]);
  useInput((input, key) => parts.onKeys(keysOf(input, key)));
  usePaste((text) => parts.onPaste(text));
  return createElement(Box, { flexDirection: 'column', width: columns }, ...shown.slice(0, rows).map(rowOf));
}
