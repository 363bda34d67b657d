/** Output of a script for a terminal: control characters are shown, characters that two pieces share are put together. */

import { StringDecoder } from 'node:string_decoder';
import type { TaskStream } from '../../protocol/control/tasks.ts';
import { sanitiseBlock } from '../output/sanitise.ts';

export class TerminalText {
  readonly #decoders: Readonly<Record<TaskStream, StringDecoder>> = {
    stdout: new StringDecoder('utf8'),
    stderr: new StringDecoder('utf8'),
  };
  #isLineOpen = false;

  push(stream: TaskStream, bytes: Buffer): string {
    // A carriage return before a newline is how some programs end a line.
    const text = sanitiseBlock(this.#decoders[stream].write(bytes).replaceAll('\r\n', '\n'));
    if (text !== '') this.#isLineOpen = !text.endsWith('\n');
    return text;
  }

  /** A line of toru's own in between, on a line of its own. @param text safe, without newline */
  mark(text: string): string {
    const before = this.end();
    this.#isLineOpen = false;
    return `${before}${text}\n`;
  }

  /** What is left, and a newline where the last line has none: the prompt follows. */
  end(): string {
    const rest = sanitiseBlock(this.#decoders.stdout.end() + this.#decoders.stderr.end());
    return `${rest}${this.#isLineOpen || rest !== '' ? '\n' : ''}`;
  }
}
