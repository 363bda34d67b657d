/** A client that asks the whole time, and counts what went wrong: for what torud does to clients while it is replaced. */

import { setTimeout as after } from 'node:timers/promises';
import { type ControlConnection, connectControl, type Frame } from './control-connection.ts';

export interface ProbeReport {
  readonly asked: number;
  /** Requests that were cut and asked again on a new connection, as the protocol tells clients to. */
  readonly askedAgain: number;
  /** Refused connections, errors, and connections that ended without a word. */
  readonly faults: readonly string[];
  readonly slowestMs: number;
}

export class ControlProbe implements AsyncDisposable {
  readonly #socketPath: string;
  readonly #keepsConnection: boolean;
  readonly #everyMs: number;
  readonly #faults: string[] = [];
  #connection: ControlConnection | undefined;
  #asked = 0;
  #askedAgain = 0;
  #slowestMs = 0;
  #isStopped = false;
  readonly #running: Promise<void>;

  /** @param keepsConnection false: a new connection for every request */
  constructor(socketPath: string, keepsConnection: boolean, everyMs = 5) {
    this.#socketPath = socketPath;
    this.#keepsConnection = keepsConnection;
    this.#everyMs = everyMs;
    this.#running = this.#run();
  }

  /** Stops asking and tells. */
  async end(): Promise<ProbeReport> {
    this.#isStopped = true;
    await this.#running;
    const [asked, askedAgain] = [this.#asked, this.#askedAgain];
    return { asked, askedAgain, faults: this.#faults, slowestMs: this.#slowestMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const startedAt = performance.now();
      try {
        await this.#ask();
      } catch (thrown) {
        this.#faults.push(String(thrown));
        this.#drop();
      }
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - startedAt);
      await after(this.#everyMs);
    }
    this.#drop();
  }

  async #ask(): Promise<void> {
    this.#asked += 1;
    for (;;) {
      const frame = await this.#request();
      if (!this.#keepsConnection || frame === undefined) this.#drop();
      if (frame?.result !== undefined) return;
      const error = frame?.error as { readonly reconnect?: true } | undefined;
      // A kept connection may end before the request was sent on it.
      const isCut = error?.reconnect === true || (frame === undefined && this.#keepsConnection);
      if (!isCut) throw new Error(`no answer but ${JSON.stringify(frame)}`);
      this.#drop();
      this.#askedAgain += 1;
    }
  }

  /** The answer, or the connection's last word; undefined when it ended without one. */
  async #request(): Promise<Frame | undefined> {
    if (this.#connection === undefined) {
      this.#connection = await connectControl(this.#socketPath);
      const welcome = await this.#connection.hello();
      if (welcome?.welcome === undefined) return welcome;
    }
    this.#connection.send({ id: this.#asked, method: 'plugin.listCompact', params: {} });
    return this.#connection.nextFrame();
  }

  #drop(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}
