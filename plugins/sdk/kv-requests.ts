/** Requests to the core that wait for their answer; they outlive a core that goes away and comes back. */

import { failure, type Result, success } from '../../src/protocol/result.ts';
import { KvError } from './kv-error.ts';

/** Waiting requests at most; one more is `unavailable`, so that a plugin without a core does not grow for ever. */
export const MAX_PENDING_REQUESTS = 256;

export type Payload = Readonly<Record<string, unknown>>;
export type KvOutcome = Result<Payload, KvError>;

/** Sends one `kv` request on the core's connection; a text says why it could not. */
export type SendRequest = (requestId: string, payload: Payload) => string | undefined;

interface Pending {
  readonly payload: Payload;
  readonly settle: (outcome: KvOutcome) => void;
  timer: NodeJS.Timeout | undefined;
}

export class KvRequests {
  readonly #timeoutMs: number;
  readonly #pending = new Map<string, Pending>();
  #send: SendRequest | undefined;
  #count = 0;
  #closedBecause: string | undefined;

  /** @param timeoutMs limit for one answer; it does not run while there is no core to answer */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Never rejects. */
  ask(payload: Payload): Promise<KvOutcome> {
    if (this.#closedBecause !== undefined) {
      return Promise.resolve(failure(new KvError('unavailable', this.#closedBecause)));
    }
    if (this.#pending.size >= MAX_PENDING_REQUESTS) {
      const text = `${MAX_PENDING_REQUESTS} requests wait for an answer already`;
      return Promise.resolve(failure(new KvError('unavailable', text)));
    }
    this.#count += 1;
    const requestId = `kv-${this.#count}`;
    return new Promise((settle) => {
      this.#pending.set(requestId, { payload, settle, timer: undefined });
      this.#transmit(requestId);
    });
  }

  /** The core is there (again): what waits is sent, in the order in which it was asked. */
  attach(send: SendRequest): void {
    this.detach();
    this.#send = send;
    for (const requestId of [...this.#pending.keys()]) this.#transmit(requestId);
  }

  /** The core is gone: what waits goes on waiting, without a time limit. */
  detach(): void {
    this.#send = undefined;
    for (const pending of this.#pending.values()) clearTimeout(pending.timer);
  }

  /** False when no request of that id waits: the answer came too late, or was none. */
  onAnswered(requestId: string, payload: Payload): boolean {
    const isError = payload.error !== undefined;
    return this.#settle(requestId, isError ? failure(KvError.fromAnswer(payload.error)) : success(payload));
  }

  /** No more answers will come: all that waits, and all that is asked from now on, is `unavailable`. */
  close(reason: string): void {
    this.#closedBecause = reason;
    for (const requestId of [...this.#pending.keys()]) {
      this.#settle(requestId, failure(new KvError('unavailable', reason)));
    }
  }

  #transmit(requestId: string): void {
    const pending = this.#pending.get(requestId);
    if (pending === undefined || this.#send === undefined) return;
    const text = `no answer within ${this.#timeoutMs} ms`;
    pending.timer = setTimeout(() => {
      this.#settle(requestId, failure(new KvError('timeout', text)));
    }, this.#timeoutMs);
    const refusal = this.#send(requestId, pending.payload);
    if (refusal !== undefined) this.#settle(requestId, failure(new KvError('too_large', refusal)));
  }

  #settle(requestId: string, outcome: KvOutcome): boolean {
    const pending = this.#pending.get(requestId);
    if (pending === undefined) return false;
    this.#pending.delete(requestId);
    clearTimeout(pending.timer);
    pending.settle(outcome);
    return true;
  }
}
