/** Streams that go on over a restart of torud: each asks again from where it was. */

import type { ControlClient } from '../client/control-client.ts';
import type { EndOf, ItemOf, ParamsOf, StreamName } from '../protocol/control/methods.ts';
import type { ErrorBody } from '../protocol/errors.ts';
import type { Result } from '../protocol/result.ts';
import { awaitDaemon } from './away.ts';
import type { Session } from './session.ts';

export type FollowClient = Pick<ControlClient, 'call' | 'stream' | 'welcome' | 'close'>;

export interface FollowSpec<Name extends StreamName> {
  readonly method: Name;
  readonly params: ParamsOf<Name>;
  /** Parameters that go on behind the last item; undefined: no item has come yet. */
  readonly resume: (last: ItemOf<Name> | undefined) => ParamsOf<Name>;
  /** Called with each connection that is followed, and with undefined when it has ended. */
  readonly onConnection?: (client: FollowClient | undefined) => void;
  /** It ends by itself: goes on over an upgrade of torud, and fails when torud is away. */
  readonly isFinite?: boolean;
  /** No notes about a torud that is away; as `-q` says unless given. */
  readonly isQuiet?: boolean;
  /** Ends it at once, also while nothing comes. */
  readonly signal?: AbortSignal;
}

/** How a connection that is torud's own end looks: closed, or "shutting down". */
const AWAY_CODES: ReadonlySet<string> = new Set(['unreachable', 'unavailable']);

/** Items without gap or repetition. Gives back how the stream ended; a daemon that is away at the very start is an error. */
export async function* follow<Name extends StreamName>(
  session: Session,
  spec: FollowSpec<Name>,
): AsyncGenerator<ItemOf<Name>, Result<EndOf<Name>, ErrorBody>, void> {
  let client: FollowClient = session.client;
  let { params } = spec;
  let last: ItemOf<Name> | undefined;
  const onAbort = (): void => client.close();
  const isOver = (): boolean => spec.signal?.aborted === true;
  spec.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      const stream = client.stream(spec.method, params);
      spec.onConnection?.(client);
      for await (const item of stream) {
        last = item;
        yield item;
      }
      const outcome = await stream.outcome;
      spec.onConnection?.(undefined);
      if (outcome.ok || isOver()) return outcome;
      const { code, reconnect } = outcome.failure;
      if (reconnect !== true) {
        if (spec.isFinite === true || !AWAY_CODES.has(code)) return outcome;
        if (!(await client.welcome()).ok) return outcome;
      }
      client.close();
      const isQuiet = spec.isQuiet ?? session.globals.isQuiet;
      client = await awaitDaemon(session.socketPath, isQuiet, reconnect === true);
      if (isOver()) return outcome;
      params = spec.resume(last);
    }
  } finally {
    spec.signal?.removeEventListener('abort', onAbort);
    client.close();
  }
}
