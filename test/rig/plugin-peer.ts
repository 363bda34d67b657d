/** One connection to a plugin, as torud would hold it: requests with answers, and a store behind `kv`. */

import type { Readable, Writable } from 'node:stream';

export interface Message {
  readonly type: string;
  readonly timestamp?: string;
  readonly request_id: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

type Payload = Message['payload'];

interface Waiter {
  readonly matches: (message: Message) => boolean;
  readonly resolve: (message: Message) => void;
  readonly reject: (reason: Error) => void;
}

/** The store of a scripted core: outlives its connections, as torud's outlives torud. */
export class ScriptedStore {
  readonly values = new Map<string, { value: string; version: number }>();

  answer(payload: Payload): Payload {
    const key = String(payload.key);
    const stored = this.values.get(key);
    if (payload.op === 'get') return { value: stored?.value ?? null, version: stored?.version ?? 0 };
    if (payload.op === 'delete') return { deleted: this.values.delete(key) };
    if (payload.op === 'list') {
      const keys = [...this.values.keys()].filter((name) => name.startsWith(String(payload.prefix ?? '')));
      return { keys: keys.slice(0, Number(payload.limit ?? keys.length)) };
    }
    const version = stored?.version ?? 0;
    if (payload.if_version !== undefined && payload.if_version !== version) {
      return { error: { code: 'conflict', message: `the stored version is ${version}` } };
    }
    this.values.set(key, { value: String(payload.value), version: version + 1 });
    return { version: version + 1 };
  }
}

export class PluginPeer {
  /** Settles when the plugin has closed the connection, or `close` was called. */
  readonly closed: Promise<void>;
  /** Everything that came, in order. */
  readonly messages: Message[] = [];
  /** False: `kv` requests are noted in `messages` and stay unanswered. */
  servesKv = true;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #store: ScriptedStore;
  #waiters: Waiter[] = [];
  #rest = '';
  #count = 0;

  constructor(input: Readable, output: Writable, store: ScriptedStore) {
    this.#input = input;
    this.#output = output;
    this.#store = store;
    input.setEncoding('utf8');
    input.on('data', (text: string) => this.#onData(text));
    // A plugin that died while we wrote: `closed` says so.
    output.on('error', () => input.destroy());
    this.closed = new Promise((resolve) => {
      input.on('close', () => resolve());
      input.on('end', () => resolve());
    });
    void this.closed.then(() => this.#giveUp());
  }

  /** Sends a request and waits for its answer's payload. */
  async request(type: string, payload: Payload = {}, extra: object = {}): Promise<Payload> {
    this.#count += 1;
    const request_id = `core-${this.#count}`;
    const answer = this.next((message) => message.request_id === request_id);
    this.send({ type, timestamp: new Date().toISOString(), request_id, payload, ...extra });
    return (await answer).payload;
  }

  /** The first message to come that fits; one that came already does not count. */
  next(matches: (message: Message) => boolean): Promise<Message> {
    return new Promise((resolve, reject) => this.#waiters.push({ matches, resolve, reject }));
  }

  send(message: object): void {
    this.sendBytes(`${JSON.stringify(message)}\n`);
  }

  sendBytes(bytes: string | Buffer): void {
    this.#output.write(bytes);
  }

  /** Says that nothing more will come, and goes on reading. */
  finish(): void {
    this.#output.end();
  }

  /** Goes away without a word, as a torud that was killed. */
  close(): void {
    this.#input.destroy();
    this.#output.destroy();
  }

  #onData(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onMessage(JSON.parse(line) as Message);
  }

  #onMessage(message: Message): void {
    this.messages.push(message);
    if (message.type === 'kv' && this.servesKv) {
      this.send({ ...message, payload: this.#store.answer(message.payload) });
    }
    const waiters = this.#waiters.filter((waiter) => waiter.matches(message));
    this.#waiters = this.#waiters.filter((waiter) => !waiters.includes(waiter));
    for (const waiter of waiters) waiter.resolve(message);
  }

  #giveUp(): void {
    for (const waiter of this.#waiters) waiter.reject(new Error('the plugin closed the connection'));
    this.#waiters = [];
  }
}
