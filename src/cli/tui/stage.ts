/** What the interface stands on: it turns effects into requests and what comes back into messages. No drawing here. */

import { spawn } from 'node:child_process';
import { hostname } from 'node:os';
import type { ItemOf, ParamsOf, StreamName } from '../../protocol/control/methods.ts';
import { errorBody } from '../../protocol/errors.ts';
import { failure } from '../../protocol/result.ts';
import { type FollowClient, follow } from '../follow.ts';
import type { Session } from '../session.ts';
import type { App, Change, Now } from './app.ts';
import { isTicking, update } from './app.ts';
import type { Effect, FollowEffect, Message } from './messages.ts';

const TICK_MS = 1_000;
/** Pictures are put together: many messages at once are one of them. */
const DRAW_AFTER_MS = 33;
const CALL_LIMIT_MS = 10_000;

export interface StageParts {
  readonly session: Session;
  readonly first: App;
  /** The program and first arguments that are `toru`. */
  readonly toru: readonly [string, ...string[]];
  readonly onDraw: (app: App, now: Now) => void;
  readonly onQuit: () => void;
  /** Gives the terminal away while `work` runs. */
  readonly lend: (work: () => Promise<void>) => Promise<void>;
  readonly write: (text: string) => void;
  /** Each command that was carried out. */
  readonly record: (argv: readonly string[]) => void;
}

export class Stage {
  readonly #parts: StageParts;
  #app: App;
  #client: FollowClient | undefined;
  readonly #follows = new Map<string, AsyncGenerator<unknown>>();
  #drawTimer: NodeJS.Timeout | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(parts: StageParts) {
    this.#parts = parts;
    this.#app = parts.first;
  }

  get app(): App {
    return this.#app;
  }

  now(): Now {
    return { nowMs: performance.now(), wallMs: Date.now() };
  }

  /** Begins the subscription. Settles when it ended for good: with why, or undefined after `end`. */
  async run(): Promise<ReturnType<typeof errorBody> | undefined> {
    const { session } = this.#parts;
    const params = { ...session.selection, usageEveryMs: TICK_MS };
    const items = follow(session.quietly(), {
      method: 'plugin.watch',
      params,
      resume: () => params,
      onConnection: (client) => void this.#onConnection(client),
    });
    for (;;) {
      const step = await items.next();
      if (this.#isOver) return undefined;
      if (step.done === true) return step.value.ok ? undefined : step.value.failure;
      this.send({ type: 'watched', item: step.value });
    }
  }

  send(message: Message): void {
    if (this.#isOver) return;
    this.#take(update(this.#app, message, this.now()));
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#drawTimer);
    clearTimeout(this.#ticker);
    for (const tag of [...this.#follows.keys()]) this.#unfollow(tag);
  }

  #take({ app, effects }: Change): void {
    this.#app = app;
    for (const effect of effects) this.#carryOut(effect);
    this.#drawSoon();
    this.#tickIfNeeded();
  }

  #drawSoon(): void {
    this.#drawTimer ??= setTimeout(() => {
      this.#drawTimer = undefined;
      this.#parts.onDraw(this.#app, this.now());
    }, DRAW_AFTER_MS);
  }

  #tickIfNeeded(): void {
    if (!isTicking(this.#app)) {
      clearTimeout(this.#ticker);
      this.#ticker = undefined;
    } else
      this.#ticker ??= setTimeout(() => {
        this.#ticker = undefined;
        this.send({ type: 'tick' });
      }, TICK_MS);
  }

  async #onConnection(client: FollowClient | undefined): Promise<void> {
    this.#client = client;
    if (client === undefined) {
      this.send({ type: 'connection', connection: { kind: 'away', sinceMs: performance.now() } });
      return;
    }
    const welcome = await client.welcome();
    if (welcome.ok)
      this.send({ type: 'connection', connection: { kind: 'connected', welcome: welcome.value } });
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'call':
        void this.#call(effect);
        return;
      case 'follow':
        void this.#follow(effect);
        return;
      case 'unfollow':
        this.#unfollow(effect.tag);
        return;
      case 'act':
        void this.#act(effect.argv);
        return;
      case 'copy':
        // OSC 52: the terminal, not this machine, has the clipboard.
        this.#parts.write(`\x1b]52;c;${Buffer.from(effect.text).toString('base64')}\x07`);
        return;
      case 'edit':
        void this.#edit(effect.plugin);
        return;
      case 'quit':
        this.#parts.onQuit();
        return;
    }
  }

  async #call({ tag, method, params }: Effect & { type: 'call' }): Promise<void> {
    const away = failure(errorBody('unreachable', 'torud is away'));
    const result = this.#client === undefined ? away : await this.#client.call(method, params, CALL_LIMIT_MS);
    this.send({ type: 'answer', tag, result });
  }

  async #follow({ tag, method, params, resume }: FollowEffect): Promise<void> {
    const items = follow<StreamName>(this.#parts.session.quietly(), {
      method,
      params: params as ParamsOf<StreamName>,
      resume: resume as (last: ItemOf<StreamName> | undefined) => ParamsOf<StreamName>,
    });
    this.#follows.set(tag, items);
    for (;;) {
      const step = await items.next();
      if (this.#follows.get(tag) !== items) return;
      if (step.done === true) {
        this.#follows.delete(tag);
        this.send({ type: 'ended', tag, failure: step.value.ok ? undefined : step.value.failure });
        return;
      }
      this.send({ type: 'items', tag, items: [step.value] });
    }
  }

  #unfollow(tag: string): void {
    const items = this.#follows.get(tag);
    this.#follows.delete(tag);
    void items?.return(undefined);
  }

  /** As a person would: a program of its own, so that the interface can do nothing that a script cannot. */
  async #act(argv: readonly string[]): Promise<void> {
    this.#parts.record(argv);
    const [program, ...first] = this.#parts.toru;
    const child = spawn(program, [...first, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        if (said.length < 4096) said += text;
      });
    const code = await new Promise<number | null>((resolve) => {
      child.on('error', () => resolve(null));
      child.on('close', resolve);
    });
    if (this.#isOver) return;
    const [firstLine = ''] = said.split('\n').filter((one) => one !== '');
    const notice =
      firstLine === '' ? `toru ${argv.join(' ')}: ${code === 0 ? 'done' : `ended with ${code}`}` : firstLine;
    this.#take({ app: { ...this.#app, notice }, effects: [] });
  }

  async #edit(plugin: string): Promise<void> {
    const [program, ...first] = this.#parts.toru;
    const argv = ['edit', plugin];
    this.#parts.record(argv);
    await this.#parts.lend(
      () =>
        new Promise<void>((resolve) => {
          const child = spawn(program, [...first, ...argv], { stdio: 'inherit' });
          child.on('error', () => resolve());
          child.on('close', () => resolve());
        }),
    );
    this.#drawSoon();
  }
}

export function hostName(): string {
  return hostname();
}
