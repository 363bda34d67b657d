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

/** What all that ask for different people share. */
interface Line {
  client: SteadyClient;
}

export class Daemon {
  readonly #socketPath: string;
  readonly #line: Line;
  readonly #onBehalfOf: string | undefined;

  /** @param onBehalfOf who stands in torud's audit for what is asked; undefined: nobody but this module */
  constructor(socketPath: string, onBehalfOf?: string, line?: Line) {
    this.#socketPath = socketPath;
    this.#line = line ?? { client: new SteadyClient(socketPath, PROGRAM) };
    this.#onBehalfOf = onBehalfOf;
  }

  /** The same connection, for what this person asks for. */
  for(person: string): Daemon {
    return new Daemon(this.#socketPath, person, this.#line);
  }

  call<Name extends CallName>(
    method: Name,
    params: ParamsOf<Name>,
    timeoutMs = ANSWER_LIMIT_MS,
  ): Promise<Result<ResultOf<Name>, ErrorBody>> {
    const { lost } = this.#line.client;
    // An upgrade is the steady client's own affair; any other end calls for a new one.
    if (lost !== undefined && lost.reconnect !== true)
      this.#line.client = new SteadyClient(this.#socketPath, PROGRAM);
    return this.#line.client.call(method, params, timeoutMs, this.#onBehalfOf);
  }

  stream<Name extends StreamName>(method: Name, params: ParamsOf<Name>): OwnStream<Name> {
    const client = new ControlClient(this.#socketPath, PROGRAM);
    return { stream: client.stream(method, params), close: () => client.close() };
  }

  close(): void {
    this.#line.client.close();
  }
}
