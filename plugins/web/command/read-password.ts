/** A password from standard input: a line of a pipe, or typed twice without being seen. */

import { createInterface } from 'node:readline';
import { writeNote } from '../../../src/cli/output/sink.ts';
import { type ErrorBody, errorBody } from '../../../src/protocol/errors.ts';
import { failure, type Result, success } from '../../../src/protocol/result.ts';

export async function readPassword(name: string): Promise<Result<string, ErrorBody>> {
  if (!process.stdin.isTTY) {
    const line = await readLine();
    return line === undefined
      ? failure(errorBody('usage', 'standard input holds no password'))
      : success(line);
  }
  const first = await readHidden(`Password of ${name}: `);
  if (first === undefined) return failure(errorBody('interrupted', 'no password was given'));
  const second = await readHidden('Once more: ');
  return first === second ? success(first) : failure(errorBody('failed', 'the two are not the same'));
}

/** The first line; undefined when there is none. */
function readLine(): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, terminal: false });
  return new Promise((resolve) => {
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
      process.stdin.destroy();
    });
    lines.once('close', () => resolve(undefined));
  });
}

/** Ctrl-C and Ctrl-D. */
const GIVES_UP: ReadonlySet<string> = new Set(['\u0003', '\u0004']);
const ENDS: ReadonlySet<string> = new Set(['\r', '\n', ...GIVES_UP]);

/** undefined: given up. */
async function readHidden(prompt: string): Promise<string | undefined> {
  await writeNote(prompt);
  const { stdin } = process;
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise((resolve) => {
    let typed: string[] = [];
    const finish = (text: string | undefined): void => {
      stdin.removeListener('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      void writeNote('\n').then(() => resolve(text));
    };
    const onData = (text: string): void => {
      for (const letter of text) {
        if (ENDS.has(letter)) {
          finish(GIVES_UP.has(letter) ? undefined : typed.join(''));
          return;
        }
        if (letter === '\u007f' || letter === '\b') typed = typed.slice(0, -1);
        else typed.push(letter);
      }
    };
    stdin.on('data', onData);
  });
}
