/** What screens have asked torud for: questions and follows. What a torud that was away did not answer is asked again when it is back. */

import type { ItemOf, ParamsOf, StreamName } from '../../protocol/control/methods.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { failure, type Result } from '../../protocol/result.ts';
import { type FollowClient, follow } from '../follow.ts';
import type { Session } from '../session.ts';
import type { CallEffect, FollowEffect, ScreenMessage } from './messages.ts';

const CALL_LIMIT_MS = 10_000;
/** Of torud itself, not of the question: they say that it was not there. */
const ABSENCE_CODES: ReadonlySet<string> = new Set(['unreachable', 'unavailable', 'timeout']);
const AWAY = failure(
  errorBody('unreachable', 'torud is away', { hint: 'it is asked again as soon as it is back' }),
);

export class Requests {
  readonly #session: Session;
  readonly #send: (message: ScreenMessage) => void;
  #client: FollowClient | undefined;
  /** The newest question of each tag, until it has its answer. */
  readonly #open = new Map<string, CallEffect>();
  readonly #unanswered = new Map<string, CallEffect>();
  readonly #follows = new Map<string, AbortController>();
  readonly #unfollowed = new Map<string, FollowEffect>();

  constructor(session: Session, send: (message: ScreenMessage) => void) {
    this.#session = session;
    this.#send = send;
  }

  /** @param client of a torud that is there; undefined: it is away */
  onConnection(client: FollowClient | undefined): void {
    this.#client = client;
    if (client === undefined) return;
    const calls = [...this.#unanswered.values()];
    const follows = [...this.#unfollowed.values()];
    this.#unanswered.clear();
    this.#unfollowed.clear();
    for (const effect of calls) void this.call(effect);
    for (const effect of follows) void this.follow(effect);
  }

  async call(effect: CallEffect): Promise<void> {
    const { tag, method, params } = effect;
    this.#open.set(tag, effect);
    this.#unanswered.delete(tag);
    const client = this.#client;
    const result: Result<unknown, ErrorBody> =
      client === undefined ? AWAY : await client.call(method, params, CALL_LIMIT_MS);
    const isNewest = this.#open.get(tag) === effect;
    if (isNewest) this.#open.delete(tag);
    if (isNewest && isAbsence(result)) {
      this.#unanswered.set(tag, effect);
      // It came back while this one was still failing.
      if (client !== undefined && this.#client !== undefined && this.#client !== client)
        return void this.call(effect);
    }
    this.#send({ type: 'answer', tag, result });
  }

  async follow(effect: FollowEffect): Promise<void> {
    const { tag, method, params, resume } = effect;
    if (this.#client === undefined) {
      this.#unfollowed.set(tag, effect);
      return;
    }
    this.#follows.get(tag)?.abort();
    const aborter = new AbortController();
    this.#follows.set(tag, aborter);
    const items = follow<StreamName>(this.#session.quietly(), {
      method,
      params: params as ParamsOf<StreamName>,
      resume: resume as (last: ItemOf<StreamName> | undefined) => ParamsOf<StreamName>,
      signal: aborter.signal,
    });
    for (;;) {
      const step = await items.next();
      if (aborter.signal.aborted) return void items.return(AWAY);
      if (step.done !== true) {
        this.#send({ type: 'items', tag, items: [step.value] });
        continue;
      }
      this.#follows.delete(tag);
      const result = step.value;
      // It could not be reached at the very start; from then on a follow waits by itself.
      if (!result.ok && result.failure.code === 'unreachable') this.#unfollowed.set(tag, effect);
      else this.#send({ type: 'ended', tag, failure: result.ok ? undefined : result.failure });
      return;
    }
  }

  unfollow(tag: string): void {
    this.#follows.get(tag)?.abort();
    this.#follows.delete(tag);
    this.#unfollowed.delete(tag);
  }

  end(): void {
    for (const tag of [...this.#follows.keys()]) this.unfollow(tag);
    this.#unanswered.clear();
    this.#unfollowed.clear();
  }
}

function isAbsence(result: Result<unknown, ErrorBody>): boolean {
  return !result.ok && ABSENCE_CODES.has(result.failure.code);
}
