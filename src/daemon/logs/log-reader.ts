/**
 * Reads the logs of plugins and the supervisor's own: whole, their last lines, or on and on. Lines are moved, not
 * parsed; what is held does not grow with the files, nor with how long a reader stalls.
 */

import { basename, dirname, join } from 'node:path';
import type { CapsuleLine } from '../../protocol/control/crashes.ts';
import type { LogEnd, LogItem, LogReadParams } from '../../protocol/control/logs.ts';
import { parseFrame } from '../../protocol/frames.ts';
import type { Paths } from '../../protocol/paths.ts';
import { messageOf } from '../../protocol/result.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import { type Cursor, parseCursor } from './cursor.ts';
import { makeFilter } from './filter.ts';
import { FolderWatches } from './folder-watch.ts';
import { listLogs } from './generations.ts';
import { LogSource } from './log-source.ts';
import { LogStream, type MergeInput } from './log-stream.ts';
import { blockBytesFor, type OpenLog, planAll } from './plan-logs.ts';
import type { Plan } from './resume.ts';
import { Wakeup } from './wakeup.ts';

/** A plugin whose log is wanted. */
export interface LogTarget {
  readonly plugin: string;
  /** Only this run (a run id). */
  readonly run?: number;
}

/** How often the start is looked for while files are rotated away under the search. */
const MAX_TRIES = 10;
/** A file's mtime may be a little behind the last line's own time. */
const MTIME_MARGIN_MS = 2_000;

export class LogReader {
  readonly #paths: Paths;
  readonly #log: SupervisorLog | undefined;
  readonly #watches: FolderWatches;

  /** @param log is told of files that cannot be read */
  constructor(paths: Paths, log?: SupervisorLog, clock: Clock = systemClock) {
    this.#paths = paths;
    this.#log = log;
    this.#watches = new FolderWatches(clock, (problem) =>
      log?.write('warning', 'log-watch-failed', { problem }),
    );
  }

  /** Folders that are watched now; none without a follower. */
  get watchedFolders(): number {
    return this.#watches.size;
  }

  /**
   * The wanted lines, oldest first; with `follow` until the signal is given. End it by the signal or by `return()`.
   * @param params `since`, `until` and `cursor` must have been checked by `checkReadParams`; RangeError otherwise
   * @param targets names and negative run ids resolved; ignored with `params.supervisor`
   */
  async *read(
    params: LogReadParams,
    targets: readonly LogTarget[],
    signal: AbortSignal,
  ): AsyncGenerator<LogItem, LogEnd> {
    const wakeup = new Wakeup<MergeInput>();
    const subscriptions: (() => void)[] = [];
    const inputs: MergeInput[] = [];
    const close = async (): Promise<void> => {
      for (const unsubscribe of subscriptions.splice(0)) unsubscribe();
      for (const { source } of inputs) await source.close();
    };
    // A reader that stalls for ever never comes back to the generator, so the signal closes the files, too.
    const onAbort = (): void => void close().catch((thrown: unknown) => this.#onUnreadable('', thrown));
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const { logs, plans } = await this.#plan(params, targets);
      for (const [order, log] of logs.entries()) {
        inputs.push({ source: sourceOf(log, plans[order], params, order, logs.length), filter: log.filter });
      }
      if (params.follow)
        for (const [at, input] of inputs.entries())
          subscriptions.push(this.#subscribe(logs[at], input, wakeup));
      const stream = new LogStream(inputs, {
        isFollowed: params.follow === true,
        maxLines: mostLines(params),
        wakeup,
        onUnreadable: (plugin, thrown) => this.#onUnreadable(plugin, thrown),
      });
      return yield* stream.items(signal);
    } finally {
      signal.removeEventListener('abort', onAbort);
      await close();
    }
  }

  /** The last lines of both streams of a run, gap lines included, oldest first; from rotated files as well. */
  async tailOfRun(plugin: string, run: number, maxLines: number): Promise<readonly CapsuleLine[]> {
    const lines: CapsuleLine[] = [];
    const items = this.read({ lines: maxLines }, [{ plugin, run }], new AbortController().signal);
    for await (const item of items) for (const line of item.lines) lines.push(capsuleLine(line));
    return lines.slice(-maxLines);
  }

  async #plan(params: LogReadParams, targets: readonly LogTarget[]) {
    const cursor = cursorOf(params);
    for (let tries = 1; ; tries += 1) {
      const logs = await this.#openLogs(params, targets);
      const onUnreadable = (plugin: string, thrown: unknown): void => this.#onUnreadable(plugin, thrown);
      const { plans, isStale } = await planAll(logs, params, cursor, onUnreadable);
      if (!isStale || tries === MAX_TRIES) return { logs, plans };
    }
  }

  #subscribe(log: OpenLog | undefined, input: MergeInput, wakeup: Wakeup<MergeInput>): () => void {
    if (log === undefined) return () => undefined;
    const stop = this.#watches.subscribe(dirname(log.base), basename(log.base), () => wakeup.call(input));
    // What came between the listing and the watch.
    wakeup.call(input);
    return stop;
  }

  async #openLogs(params: LogReadParams, targets: readonly LogTarget[]): Promise<readonly OpenLog[]> {
    const wanted: readonly LogTarget[] = params.supervisor ? [{ plugin: '' }] : targets;
    const folder = params.supervisor ? dirname(this.#paths.supervisorLog) : this.#paths.pluginLogFolder;
    const bases = wanted.map(({ plugin }) =>
      params.supervisor ? this.#paths.supervisorLog : join(folder, `${plugin}.log`),
    );
    const lists = await listLogs(folder, bases);
    return wanted.map(({ plugin, run }, at) => {
      const filter = makeFilter(params, run);
      const oldestMs =
        params.cursor === undefined ? filter.since / 1000 - MTIME_MARGIN_MS : Number.NEGATIVE_INFINITY;
      const generations = (lists[at] ?? []).filter((file) => file.number === 0 || file.mtimeMs >= oldestMs);
      return { plugin, base: bases[at] ?? '', filter, generations };
    });
  }

  #onUnreadable(plugin: string, thrown: unknown): void {
    const about = plugin === '' ? {} : { plugin };
    this.#log?.write('warning', 'log-unreadable', { ...about, error: messageOf(thrown) });
  }
}

/** Where files are rotated away while they are read, more lines than were asked for may follow the first of them. */
function mostLines(params: LogReadParams): number {
  if (params.follow === true || params.cursor !== undefined) return Number.POSITIVE_INFINITY;
  return params.lines ?? Number.POSITIVE_INFINITY;
}

function cursorOf(params: LogReadParams): Cursor | undefined {
  if (params.cursor === undefined) return undefined;
  const cursor = parseCursor(params.cursor);
  if (!cursor.ok) throw new RangeError(cursor.failure.message);
  return cursor.value;
}

function sourceOf(
  log: OpenLog,
  plan: Plan | undefined,
  params: LogReadParams,
  order: number,
  logs: number,
): LogSource {
  if (plan === undefined) throw new RangeError(`no plan for the log of ${log.plugin}`);
  const blockBytes = blockBytesFor(logs);
  const { plugin, base } = log;
  return new LogSource({ plugin, base, isFollowed: params.follow === true, blockBytes, order }, plan);
}

function capsuleLine(line: string): CapsuleLine {
  const { timestamp, stream, message } = parseFrame(Buffer.from(line)) ?? {};
  return { time: textOr(timestamp, ''), stream: textOr(stream, 'stdout'), message: textOr(message, line) };
}

function textOr(value: unknown, instead: string): string {
  return typeof value === 'string' ? value : instead;
}
