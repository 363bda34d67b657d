/** Draws frames with Ink, and hears keys and sizes from it. Nothing else knows that Ink is there. */

import { Box, render, Text, useInput, useWindowSize } from 'ink';
import { createElement, memo, type ReactNode, useEffect, useSyncExternalStore } from 'react';
import type { Size } from './frame.ts';
import { keysOf } from './keys.ts';
import type { Key } from './messages.ts';

export interface InkScreen {
  /** One painted line a row. */
  draw(lines: readonly string[]): void;
  /** Gives the terminal back, as it was found. */
  close(): Promise<void>;
}

export interface InkScreenParts {
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly onKeys: (keys: readonly Key[]) => void;
  readonly onSize: (size: Size) => void;
}

const Row = memo(function Row({ text }: { readonly text: string }): ReactNode {
  // A row that is empty would take no height.
  return createElement(Text, { wrap: 'truncate' }, text === '' ? ' ' : text);
});

/** The lines that are to be seen, outside of React, so that a frame is one render. */
class Lines {
  #lines: readonly string[] = [];
  #onChange: () => void = () => undefined;

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
  const lines = new Lines();
  const instance = render(createElement(Picture, { lines, parts }), {
    stdout: parts.stdout,
    stdin: parts.stdin,
    exitOnCtrlC: false,
    patchConsole: false,
    // Whoever has CI in the environment still sits at a terminal here.
    interactive: true,
    alternateScreen: true,
    incrementalRendering: true,
    maxFps: 30,
  });
  return {
    draw: (next) => lines.set(next),
    close: async () => {
      instance.unmount();
      await instance.waitUntilExit();
    },
  };
}

function rowOf(text: string): ReactNode {
  return createElement(Row, { text });
}

interface PictureProps {
  readonly lines: Lines;
  readonly parts: InkScreenParts;
}

function Picture({ lines, parts }: PictureProps): ReactNode {
  const shown = useSyncExternalStore(lines.subscribe, lines.get);
  const { columns, rows } = useWindowSize();
  useEffect(() => parts.onSize({ columns, rows }), [columns, rows, parts]);
  useInput((input, key) => parts.onKeys(keysOf(input, key)));
  return createElement(Box, { flexDirection: 'column', width: columns }, ...shown.map(rowOf));
}
