/** The log of one plugin, or of several merged by time, as a feed. */

import type { LogItem, LogReadParams } from '../../../../src/protocol/control/logs.ts';
import type { ErrorBody } from '../../../../src/protocol/errors.ts';
import { failure, type Result, success } from '../../../../src/protocol/result.ts';
import type { Daemon } from '../../server/daemon.ts';
import type { Batch, BatchStream, Entry, Feed } from './feed.ts';

export class LogFeed implements Feed {
  readonly #daemon: Daemon;
  readonly #names: readonly string[];

  /** @param names of plugins, at least one: none would be all of them */
  constructor(daemon: Daemon, names: readonly string[]) {
    this.#daemon = daemon;
    this.#names = names;
  }

  async newest(): Promise<Result<Batch | undefined, ErrorBody>> {
    const stream = this.read({ lines: 1 });
    let newest: Batch | undefined;
    for await (const batch of stream.batches) newest = batch;
    stream.close();
    const outcome = await stream.outcome;
    return outcome.ok ? success(newest) : failure(outcome.failure);
  }

  follow(cursor: string | undefined): BatchStream {
    return this.read({ follow: true, ...(cursor === undefined ? {} : { cursor }) });
  }

  read(params: Omit<LogReadParams, 'names' | 'all'>): BatchStream {
    const { stream, close } = this.#daemon.stream('log.read', { names: this.#names, ...params });
    return { batches: batchesOf(stream), outcome: stream.outcome, close };
  }
}

async function* batchesOf(items: AsyncIterable<LogItem>): AsyncGenerator<Batch, void, void> {
  for await (const { lines, cursor } of items)
    yield { cursor, entries: lines.map((line) => new LineEntry(line)) };
}

/** A line of a log. Most of them go out as they came: what is in it is looked at when somebody asks. */
class LineEntry implements Entry {
  readonly json: string;

  /** Somebody may have written other things into the file: they count as messages. */
  constructor(line: string) {
    this.json = isObject(line) ? line : JSON.stringify({ message: line });
  }

  /** Behind `message`, in which every quote is escaped, so that the last ones are toru-shim's own. */
  get order(): readonly number[] {
    return [numberBehind(this.json, '"run":'), numberBehind(this.json, '"seq":')];
  }

  get facts(): Readonly<Record<string, unknown>> {
    try {
      return JSON.parse(this.json) as Readonly<Record<string, unknown>>;
    } catch {
      // Half a line that looks like a whole one.
      return { message: this.json };
    }
  }
}

/** Lines of toru-shim begin and end so; the rare other one is parsed to know. */
function isObject(line: string): boolean {
  if (line.startsWith('{"timestamp":"') && /[\d"e]\}$/.test(line)) return true;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    // No JSON at all.
    return false;
  }
}

function numberBehind(line: string, key: string): number {
  const at = line.lastIndexOf(key);
  return at === -1 ? 0 : Number.parseInt(line.slice(at + key.length, at + key.length + 16), 10) || 0;
}
