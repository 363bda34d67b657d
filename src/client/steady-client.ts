/**
 * A client that stays when torud is replaced by another version: it connects again and asks again what was not
 * answered, as far as asking twice does no harm. Connects at its first request.
 */

import type { CallName, MethodName, ParamsOf, ResultOf, StreamName } from '../protocol/control/methods.ts';
import { METHODS } from '../protocol/control/methods.ts';
import type { ErrorBody } from '../protocol/errors.ts';
import { errorBody } from '../protocol/errors.ts';
import type { Result } from '../protocol/result.ts';
import { failure } from '../protocol/result.ts';
import { awaitAnswer } from './await-answer.ts';
import { ControlClient, type Welcome } from './control-client.ts';
import type { ControlStream } from './control-stream.ts';

/** Longest wait for the version that follows; it has checked itself before. */
const SUCCESSOR_LIMIT_MS = 10_000;

/** What does something else, or fails, when it is done a second time. */
const ONCE_ONLY: ReadonlySet<MethodName> = new Set([
  'plugin.restart',
  'plugin.tryRestart',
  'plugin.reload',
  'plugin.kill',
  'plugin.rollback',
  'plugin.setDropIn',
  'kv.set',
  'kv.delete',
  'task.run',
  'quickAction.run',
  'daemon.stop',
  'daemon.upgrade',
]);

export class SteadyClient {
  readonly #socketPath: string;
  readonly #program: string;
  #connection: ControlClient;
  #connecting: Promise<void> | undefined;

  /** @param program what it calls itself in its hello */
  constructor(socketPath: string, program = 'toru') {
    this.#socketPath = socketPath;
    this.#program = program;
    this.#connection = this.#newConnection();
  }

  /** Why the connection of now has ended; undefined while it has not. */
  get lost(): ErrorBody | undefined {
    return this.#connection.lost;
  }

  /** Settles when the connection of now has ended, by whichever side. */
  get closed(): Promise<void> {
    return this.#connection.closed;
  }

  /** Connects if that was not done yet, and gives what the daemon said of itself. */
  async welcome(): Promise<Result<Welcome, ErrorBody>> {
    const connection = this.#connection;
    const welcome = await connection.welcome();
    if (welcome.ok || welcome.failure.reconnect !== true) return welcome;
    await this.#connectAgain(connection);
    return this.welcome();
  }

  /** As ControlClient has it. */
  async call<Name extends CallName>(
    method: Name,
    params: ParamsOf<Name>,
    timeoutMs = 0,
    onBehalfOf?: string,
  ): Promise<Result<ResultOf<Name>, ErrorBody>> {
    const deadline = performance.now() + timeoutMs;
    let wasLost = false;
    for (;;) {
      if (this.#connection.lost?.reconnect === true) await this.#connectAgain(this.#connection);
      const connection = this.#connection;
      const leftMs = timeoutMs === 0 ? 0 : Math.max(1, deadline - performance.now());
      const outcome = await connection.call(method, params, leftMs, onBehalfOf);
      if (outcome.ok) return outcome;
      const isLost = isLostQuery(connection, method, outcome.failure);
      if (outcome.failure.reconnect === true) {
        const wasBegun = outcome.failure !== connection.lost;
        if (wasBegun && isOnceOnly(method, params)) return failure(BEGUN);
        await this.#connectAgain(connection);
      } else if (isLost && !wasLost) {
        wasLost = true;
        this.#connection = this.#newConnection();
      } else return outcome;
    }
  }

  /** One that torud's upgrade cuts ends with `reconnect`; `follow` goes on from there. */
  stream<Name extends StreamName>(method: Name, params: ParamsOf<Name>): ControlStream<Name> {
    if (this.#connection.lost?.reconnect === true) this.#connection = this.#newConnection();
    return this.#connection.stream(method, params);
  }

  close(): void {
    this.#connection.close();
  }

  /** Several calls that lost the same connection share the next one. */
  #connectAgain(lost: ControlClient): Promise<void> {
    if (this.#connection !== lost) return Promise.resolve();
    this.#connecting ??= this.#replace().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  #newConnection(): ControlClient {
    return new ControlClient(this.#socketPath, this.#program);
  }

  async #replace(): Promise<void> {
    this.#connection.close();
    this.#connection = await awaitAnswer(() => this.#newConnection(), this.#socketPath, SUCCESSOR_LIMIT_MS);
  }
}

/** A run whose end is waited for may have ended meanwhile: asked again, it would be run again. */
function isOnceOnly(method: MethodName, params: object): boolean {
  return ONCE_ONLY.has(method) || ('wait' in params && params.wait === true);
}

const BEGUN = errorBody('unavailable', 'torud was upgraded meanwhile; what was begun goes on', {
  hint: '"toru wait NAME" says when it is done',
});

/** A question whose connection ended before its answer came: asking it again harms nobody. */
function isLostQuery(connection: ControlClient, method: MethodName, error: ErrorBody): boolean {
  return error.code === 'unreachable' && connection.wasConnected && !METHODS[method].isChange;
}
