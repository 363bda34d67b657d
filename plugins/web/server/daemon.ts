/** The way to torud: one connection for questions, which is made anew when it was lost, and one a stream. */

import { ControlClient } from '../../../src/client/control-client.ts';
import type { ControlStream } from '../../../src/client/control-stream.ts';
import { SteadyClient } from '../../../src/client/steady-client.ts';
import type { CallName, ParamsOf, ResultOf, StreamName } from '../../../src/protocol/control/methods.ts';
import type { ErrorBody } from '../../../src/protocol/errors.ts';
import type { Result } from '../../../src/protocol/result.ts';

/** What torud knows this module by. */
const PROGRAM = 'toru-web';

/** Limit for an answer whose request names none, in milliseconds. */
const ANSWER_LIMIT_MS = 30_000;

/** A stream on a connection of its own, so that a slow reader holds up nobody else. */
export interface OwnStream<Name extends StreamName> {
  readonly stream: ControlStream<Name>;
  close(): void;
}

export class Daemon {
  readonly #socketPath: string;
  #client: SteadyClient;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
    this.#client = new SteadyClient(socketPath, PROGRAM);
  }

  call<Name extends CallName>(
    method: Name,
    params: ParamsOf<Name>,
    timeoutMs = ANSWER_LIMIT_MS,
  ): Promise<Result<ResultOf<Name>, ErrorBody>> {
    const { lost } = this.#client;
    // An upgrade is the steady client's own affair; any other end calls for a new one.
    if (lost !== undefined && lost.reconnect !== true)
      this.#client = new SteadyClient(this.#socketPath, PROGRAM);
    return this.#client.call(method, params, timeoutMs);
  }

  stream<Name extends StreamName>(method: Name, params: ParamsOf<Name>): OwnStream<Name> {
    const client = new ControlClient(this.#socketPath, PROGRAM);
    return { stream: client.stream(method, params), close: () => client.close() };
  }

  close(): void {
    this.#client.close();
  }
}
