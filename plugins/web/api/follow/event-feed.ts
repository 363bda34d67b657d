/** Lifecycle events of all plugins, as a feed. */

import type { EventItem, EventReadParams } from '../../../../src/protocol/control/events.ts';
import type { ErrorBody } from '../../../../src/protocol/errors.ts';
import { failure, type Result, success } from '../../../../src/protocol/result.ts';
import type { Daemon } from '../../server/daemon.ts';
import type { Batch, BatchStream, Feed } from './feed.ts';

/** Far more than happen while a client is away. */
const MAX_EVENTS = 10_000;

export class EventFeed implements Feed {
  readonly #daemon: Daemon;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  async newest(): Promise<Result<Batch | undefined, ErrorBody>> {
    const stream = this.read({ limit: 1 });
    let newest: Batch | undefined;
    for await (const batch of stream.batches) newest = batch;
    stream.close();
    const outcome = await stream.outcome;
    return outcome.ok ? success(newest) : failure(outcome.failure);
  }

  follow(cursor: string | undefined): BatchStream {
    return this.read({ follow: true, afterId: cursor === undefined ? 0 : Number(cursor) });
  }

  read(params: EventReadParams): BatchStream {
    const { stream, close } = this.#daemon.stream('event.read', { all: true, limit: MAX_EVENTS, ...params });
    return { batches: batchesOf(stream), outcome: stream.outcome, close };
  }
}

async function* batchesOf(items: AsyncIterable<EventItem>): AsyncGenerator<Batch, void, void> {
  for await (const { events } of items) {
    const last = events.at(-1);
    if (last === undefined) continue;
    yield {
      cursor: String(last.id),
      entries: events.map((event) => ({
        order: [event.id],
        json: JSON.stringify(event),
        facts: { ...event },
      })),
    };
  }
}
