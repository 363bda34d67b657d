/** A client that follows a plugin's log over HTTP and looks for gaps, cheaply enough for hundreds of them in one process. */

import { type IncomingMessage, request } from 'node:http';

const MARK = '"message":"line ';

export class LineFollower implements Disposable {
  readonly #incoming: IncomingMessage;
  /** Number of the last line that came; 0 before the first. */
  last = 0;
  /** What was wrong first: a gap or a repetition. */
  fault: string | undefined;
  #rest = '';
  #onBegun: (() => void) | undefined;
  readonly #waiting: { readonly number: number; readonly resolve: () => void }[] = [];

  private constructor(incoming: IncomingMessage) {
    this.#incoming = incoming;
    incoming.setEncoding('latin1').on('data', (piece: string) => this.#onText(piece));
    incoming.on('error', () => undefined);
    incoming.on('close', () => {
      this.fault ??= 'it ended';
      this.#settle();
    });
  }

  /** Settles once the newest line of before has come: what is written from now on comes too. */
  static open(
    port: number,
    plugin: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<LineFollower> {
    return new Promise((resolve, reject) => {
      const path = `/api/plugins/${plugin}/logs?follow=true&lines=1`;
      const outgoing = request({ host: '127.0.0.1', port, path, headers, agent: false }, (incoming) => {
        if (incoming.statusCode !== 200) reject(new Error(`${path}: ${incoming.statusCode}`));
        const follower = new LineFollower(incoming);
        follower.#onBegun = () => resolve(follower);
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  }

  /** Reads nothing more, as a client that hangs. */
  stall(): void {
    this.#incoming.pause();
  }

  resume(): void {
    this.#incoming.resume();
  }

  /** Settles when this line has come, or something was wrong. */
  until(number: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ number, resolve });
      this.#settle();
    });
  }

  [Symbol.dispose](): void {
    this.#incoming.destroy();
  }

  #onText(piece: string): void {
    const text = this.#rest + piece;
    if (this.#onBegun !== undefined && text.includes('data: ')) {
      this.#onBegun();
      this.#onBegun = undefined;
    }
    let from = 0;
    for (let at = text.indexOf(MARK); at !== -1; at = text.indexOf(MARK, from)) {
      const end = text.indexOf('"', at + MARK.length);
      if (end === -1) break;
      const number = Number(text.slice(at + MARK.length, end));
      if (number !== this.last + 1) this.fault ??= `after ${this.last} came ${number}`;
      this.last = number;
      from = end;
    }
    // A mark may have been cut.
    const begun = text.indexOf(MARK, from);
    this.#rest = begun === -1 ? text.slice(Math.max(from, text.length - MARK.length)) : text.slice(begun);
    this.#settle();
  }

  #settle(): void {
    for (let index = this.#waiting.length - 1; index >= 0; index -= 1) {
      const one = this.#waiting[index];
      if (one === undefined || (this.last < one.number && this.fault === undefined)) continue;
      this.#waiting.splice(index, 1);
      one.resolve();
    }
  }
}

/** A plugin that writes `line 1`, `line 2`, … in batches of 50 ms, at so many a second, once it gets SIGUSR1. */
export function lineWriter(lines: number, perSecond: number): string {
  return `#!/usr/bin/env node
const batch = ${perSecond} / 20;
let next = 1;
process.on('SIGUSR1', () => {
  const timer = setInterval(() => {
    let text = '';
    for (let left = batch; left > 0 && next <= ${lines}; left -= 1) text += 'line ' + next++ + '\\n';
    process.stdout.write(text);
    if (next > ${lines}) clearInterval(timer);
  }, 50);
});
console.log('ready');
setInterval(() => undefined, 1e9);
`;
}
