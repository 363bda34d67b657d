/** The logs screen before a log that is written by a test, read as torud reads it: items, cursors, times. */

import { type Line, textOf } from '../../src/cli/tui/frame.ts';
import { ASCII } from '../../src/cli/tui/look.ts';
import type { Effect, FollowEffect, ScreenMessage } from '../../src/cli/tui/messages.ts';
import { newModel } from '../../src/cli/tui/model.ts';
import type { Context, Doors, LogPlace, Screen, Step } from '../../src/cli/tui/screen.ts';
import { logsScreen } from '../../src/cli/tui/screens/logs/logs.ts';
import { LOG_LEVELS, type LogItem, type LogReadParams } from '../../src/protocol/control/logs.ts';
import { errorBody } from '../../src/protocol/errors.ts';
import { failure, success } from '../../src/protocol/result.ts';
import { NOON_MS } from './tui-crash-scene.ts';

const MAX_ITEM_LINES = 256;

export interface Written {
  readonly message: string;
  readonly plugin?: string;
  readonly level?: string;
  readonly stream?: string;
  readonly run?: number;
  /** Microseconds after the line before; 0 where nothing is said. */
  readonly afterUs?: number;
  /** Lines that were lost before it. */
  readonly lost?: number;
}

interface Stored {
  readonly raw: string;
  readonly time: string;
  readonly plugin: string;
  readonly level: number;
  readonly stream: string;
}

interface Reading {
  readonly effect: FollowEffect;
  params: LogReadParams;
  at: number;
  left: number;
  last: LogItem | undefined;
}

export class LogsStage {
  screen: Screen;
  notice: string | undefined;
  effects: Effect[] = [];
  went: NonNullable<Step['go']>[] = [];
  columns = 100;
  rows = 12;
  connection: Context['model']['connection'] = { kind: 'connecting' };
  readonly log: Stored[] = [];
  readonly readings = new Map<string, Reading>();
  /** Lines that are not in the files any more. */
  rotatedTo = 0;
  #us = 0;
  readonly #seqs = new Map<string, number>();

  constructor(ids: readonly string[] = ['web'], place?: LogPlace) {
    this.screen = logsScreen({} as Doors, ids, place);
  }

  open(): this {
    this.#take(this.screen.open(this.context));
    return this;
  }

  get context(): Context {
    return {
      model: { ...newModel('host'), connection: this.connection },
      look: { colours: 'none', signs: ASCII },
      size: { columns: this.columns, rows: this.rows },
      nowMs: 0,
      wallMs: NOON_MS,
    };
  }

  write(...lines: readonly Written[]): this {
    for (const { message, afterUs = 0, lost = 0, ...given } of lines) {
      const { plugin = 'web', level = 'info', stream = 'stdout', run = 1 } = given;
      this.#us += afterUs;
      const seq = (this.#seqs.get(`${plugin} ${run}`) ?? 0) + 1 + lost;
      this.#seqs.set(`${plugin} ${run}`, seq);
      const micros = String(this.#us % 1000).padStart(3, '0');
      const timestamp = new Date(NOON_MS + Math.floor(this.#us / 1000))
        .toISOString()
        .replace('Z', `${micros}Z`);
      const gap = stream === 'shim' ? { lost } : {};
      const raw = JSON.stringify({ timestamp, level, plugin, message, stream, seq, run, ...gap });
      const number = (LOG_LEVELS as readonly string[]).indexOf(level);
      this.log.push({ raw, time: timestamp, plugin, level: number, stream });
    }
    return this;
  }

  /** So many numbered lines, a millisecond after each other. */
  writeMany(count: number, first = 1): this {
    const lines = Array.from({ length: count }, (_, at) => ({ message: `n=${first + at}`, afterUs: 1000 }));
    return this.write(...lines);
  }

  press(...keys: readonly string[]): this {
    for (const key of keys) {
      this.notice = undefined;
      const step = this.screen.onKey(key, this.context);
      if (step !== undefined) this.#take(step);
    }
    return this;
  }

  /** Types a line into the prompt that a key has opened. */
  type(key: string, text: string): this {
    this.press(key);
    const go = this.went.at(-1);
    if (go?.kind !== 'prompt') throw new Error(`${key} opens no prompt`);
    for (let end = 1; end <= text.length; end += 1)
      this.#take(this.screen.onPrompt(go.name, text.slice(0, end), false, this.context));
    this.#take(this.screen.onPrompt(go.name, text, true, this.context));
    return this;
  }

  send(message: ScreenMessage): this {
    this.#take(this.screen.onMessage(message, this.context));
    return this;
  }

  /** One item of one reading, or its end; false when nothing is to come. */
  deliverOne(): boolean {
    for (const [tag, reading] of this.readings) {
      const item = this.#next(reading);
      if (item !== undefined) {
        reading.last = item;
        this.send({ type: 'items', tag, items: [item] });
        return true;
      }
      if (reading.params.follow === true) continue;
      this.readings.delete(tag);
      this.send({ type: 'ended', tag, failure: undefined });
      return true;
    }
    return false;
  }

  deliver(): this {
    for (let count = 0; this.deliverOne(); count += 1)
      if (count > 50_000) throw new Error('it reads without end');
    return this;
  }

  /** torud is another one: what is followed is asked for anew, behind its last item. */
  restart(): this {
    for (const reading of this.readings.values())
      this.#begin(reading, reading.effect.resume(reading.last) as LogReadParams);
    return this;
  }

  failAll(message: string): this {
    for (const tag of [...this.readings.keys()]) {
      this.readings.delete(tag);
      this.send({ type: 'ended', tag, failure: errorBody('not_found', message) });
    }
    return this;
  }

  answerCrashes(crashes: readonly object[] | undefined): this {
    const result = crashes === undefined ? failure(errorBody('unreachable', 'away')) : success({ crashes });
    return this.send({ type: 'answer', tag: `${this.screen.tag}/crashes`, result });
  }

  frame(): readonly Line[] {
    return this.screen.view(this.context);
  }

  lines(): readonly string[] {
    return this.frame().map((one) => textOf(one).trimEnd());
  }

  status(): string {
    return this.lines().at(-1) ?? '';
  }

  /** The numbers of the lines in the window. */
  numbers(): readonly number[] {
    return this.lines()
      .slice(0, -1)
      .flatMap((one) => {
        const number = /n=(\d+)/.exec(one)?.[1];
        return number === undefined ? [] : [Number(number)];
      });
  }

  #take(step: Step): void {
    this.screen = step.screen;
    if (step.notice !== undefined) this.notice = step.notice;
    if (step.go !== undefined) this.went.push(step.go);
    for (const effect of step.effects ?? []) {
      this.effects.push(effect);
      if (effect.type === 'unfollow') this.readings.delete(effect.tag);
      if (effect.type === 'follow') this.#follow(effect);
    }
  }

  #follow(effect: FollowEffect): void {
    const params = effect.params as LogReadParams;
    const reading: Reading = { effect, params, at: 0, left: 0, last: undefined };
    this.#begin(reading, params);
    this.readings.set(effect.tag, reading);
  }

  #begin(reading: Reading, params: LogReadParams): void {
    reading.params = params;
    reading.left = Number.POSITIVE_INFINITY;
    reading.at =
      params.cursor === undefined ? this.rotatedTo : Math.max(this.rotatedTo, Number(params.cursor));
    if (params.cursor !== undefined || params.lines === undefined) return;
    if (params.follow !== true) reading.left = params.lines;
    let left = params.lines;
    reading.at = this.log.length;
    for (let at = this.log.length - 1; at >= this.rotatedTo && left > 0; at -= 1) {
      if (!this.#isWanted(at, params)) continue;
      reading.at = at;
      left -= 1;
    }
    if (left > 0 && params.lines > 0) reading.at = Math.min(reading.at, this.log.length);
  }

  /** As torud: a reading that is not full reads on to the end, beyond what is wanted. */
  #next(reading: Reading): LogItem | undefined {
    const lines: string[] = [];
    while (reading.at < this.log.length && lines.length < MAX_ITEM_LINES && reading.left > 0) {
      const { at } = reading;
      reading.at += 1;
      if (!this.#isWanted(at, reading.params)) continue;
      lines.push(this.log[at]?.raw ?? '');
      reading.left -= 1;
    }
    return lines.length === 0 ? undefined : { lines, cursor: String(reading.at) };
  }

  #isWanted(at: number, { names, since, until, level, stream }: LogReadParams): boolean {
    const line = this.log[at];
    if (line === undefined) return false;
    if (names !== undefined && !names.includes(line.plugin)) return false;
    if ((since !== undefined && line.time < since) || (until !== undefined && line.time > until))
      return false;
    if (level !== undefined && line.level > LOG_LEVELS.indexOf(level)) return false;
    return stream === undefined || line.stream === stream;
  }
}
