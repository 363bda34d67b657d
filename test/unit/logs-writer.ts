/** Writes logs as toru-shim does, for tests of the reader: whole lines, rotation by rename, compression from .2 on. */

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { formatTime } from '../../src/daemon/base/clock.ts';
import type { LogReader, LogTarget } from '../../src/daemon/logs/log-reader.ts';
import type { LogEnd, LogLine, LogReadParams } from '../../src/protocol/control/logs.ts';
import { type Paths, resolvePaths } from '../../src/protocol/paths.ts';

/** 2026-11-21T00:00:00Z, in milliseconds. */
export const START_MS = Date.UTC(2026, 10, 21);

export interface LogRoot {
  readonly paths: Paths;
  remove(): Promise<void>;
}

export async function makeLogRoot(): Promise<LogRoot> {
  const root = await mkdtemp(join(tmpdir(), 'toru-logs-'));
  const paths = resolvePaths({ root, uid: 0, env: {} });
  mkdirSync(paths.pluginLogFolder, { recursive: true });
  return { paths, remove: () => rm(root, { recursive: true, force: true }) };
}

export class LogWriter {
  readonly plugin: string;
  readonly path: string;
  /** Every line that was written, in order. */
  readonly written: string[] = [];
  run = 1;
  #seq = 0;
  #rotated = 0;

  constructor(paths: Paths, plugin: string) {
    this.plugin = plugin;
    this.path = join(paths.pluginLogFolder, `${plugin}.log`);
  }

  /** A line's text; it takes the next seq. */
  line(atMs: number, more: Partial<LogLine> = {}): string {
    this.#seq += 1;
    const { timestamp = formatTime(atMs), level = 'info', message = `line ${this.#seq}`, ...rest } = more;
    const tail = { stream: 'stdout', seq: this.#seq, run: this.run, ...rest };
    return JSON.stringify({ timestamp, level, plugin: this.plugin, message, ...tail });
  }

  write(atMs: number, more: Partial<LogLine> = {}): string {
    const line = this.line(atMs, more);
    this.append(`${line}\n`);
    this.written.push(line);
    return line;
  }

  /** Any bytes, not counted as written lines. */
  append(text: string): void {
    appendFileSync(this.path, text);
  }

  nextRun(): void {
    this.run += 1;
    this.#seq = 0;
  }

  /** @param isOpenedAnew false: the next write makes the new file */
  rotate(isOpenedAnew = true): void {
    if (!existsSync(this.path)) return;
    for (let number = this.#rotated; number > 0; number -= 1) {
      for (const ending of ['', '.gz']) {
        const from = `${this.path}.${number}${ending}`;
        if (existsSync(from)) renameSync(from, `${this.path}.${number + 1}${ending}`);
      }
    }
    renameSync(this.path, `${this.path}.1`);
    this.#rotated += 1;
    if (isOpenedAnew) writeFileSync(this.path, '');
  }

  /** Compresses .2 and older, as far as they are plain. */
  compress(): void {
    for (let number = 2; number <= this.#rotated; number += 1) {
      const plain = `${this.path}.${number}`;
      if (!existsSync(plain)) continue;
      writeFileSync(`${plain}.gz`, gzipSync(readFileSync(plain)));
      rmSync(plain);
    }
  }
}

/** Reads all items of a request that ends by itself. */
export async function readAll(
  reader: LogReader,
  params: LogReadParams,
  targets: readonly LogTarget[],
): Promise<{ readonly lines: readonly string[]; readonly cursors: readonly string[]; readonly end: LogEnd }> {
  const lines: string[] = [];
  const cursors: string[] = [];
  const items = reader.read(params, targets, new AbortController().signal);
  for (;;) {
    const next = await items.next();
    if (next.done) return { lines, cursors, end: next.value };
    lines.push(...next.value.lines);
    cursors.push(next.value.cursor);
  }
}

/** A follower that is read line by line and always ended. */
export class Follower {
  readonly #end = new AbortController();
  readonly #items: AsyncGenerator<{ readonly lines: readonly string[]; readonly cursor: string }, LogEnd>;
  #held: string[] = [];
  #ended: LogEnd | undefined;
  cursor = '';

  constructor(reader: LogReader, params: LogReadParams, targets: readonly LogTarget[]) {
    this.#items = reader.read({ ...params, follow: true }, targets, this.#end.signal);
  }

  async take(count: number): Promise<readonly string[]> {
    while (this.#held.length < count) {
      const next = await this.#items.next();
      if (next.done) {
        this.#ended ??= next.value;
        break;
      }
      this.#held.push(...next.value.lines);
      this.cursor = next.value.cursor;
    }
    return this.#held.splice(0, count);
  }

  /** Lines that came in the same item as those that were taken. */
  get left(): readonly string[] {
    return this.#held;
  }

  async stop(): Promise<LogEnd> {
    this.#end.abort();
    for (;;) {
      const next = await this.#items.next();
      if (next.done) return this.#ended ?? next.value;
      this.#held.push(...next.value.lines);
    }
  }
}
