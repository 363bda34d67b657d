/** What the interface stands on: it turns effects into requests and what comes back into messages. No drawing here. */

import { hostname } from 'node:os';
import type { ErrorBody } from '../../protocol/errors.ts';
import { systemClock } from '../clock.ts';
import { follow } from '../follow.ts';
import type { Session } from '../session.ts';
import { ActionRunner } from './action-runner.ts';
import type { App, Change, Now } from './app.ts';
import { isTicking, update } from './app.ts';
import type { Effect, Key, Message } from './messages.ts';
import { drawDelayMs, type Pace, paceOf } from './pace.ts';
import { Presence } from './presence.ts';
import { Requests } from './requests.ts';

const TICK_MS = 1_000;
/** A torud that does not answer must not keep somebody from the editor's own words about it. */
const DROP_IN_LIMIT_MS = 2_000;

export interface StageParts {
  readonly session: Session;
  readonly first: App;
  /** The program and first arguments that are `toru`. */
  readonly toru: readonly [string, ...string[]];
  /** False: nothing of what is seen has changed. */
  readonly onDraw: (app: App, now: Now) => boolean | undefined;
  readonly onQuit: () => void;
  /** An exception, which is a bug: nothing goes on from there. */
  readonly onFault: (thrown: unknown) => void;
  /** Gives the terminal away while `work` runs. */
  readonly lend: (work: () => Promise<void>) => Promise<void>;
  /** Whether the terminal is to tell of the mouse. */
  readonly hearMouse: (isOn: boolean) => void;
  readonly write: (text: string) => void;
  /** Settles when somebody has read what stands on the lent terminal. */
  readonly awaitKey: (text: string) => Promise<void>;
  /** Each command that was carried out, and its exit code; undefined: it goes on. */
  readonly record: (argv: readonly string[], code: number | null | undefined, edited?: string) => void;
}

export class Stage {
  readonly #parts: StageParts;
  readonly #actions: ActionRunner;
  #app: App;
  readonly #requests: Requests;
  readonly #presence: Presence;
  #drawTimer: NodeJS.Timeout | undefined;
  #drawDueMs = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #ticker: NodeJS.Timeout | undefined;
  #isOver = false;
  #isDeaf = false;

  constructor(parts: StageParts) {
    this.#parts = parts;
    this.#app = parts.first;
    this.#requests = new Requests(parts.session, (message) => this.send(message));
    this.#presence = new Presence({
      clock: systemClock,
      tell: (connection, client) => {
        // First, so that what screens ask when they are told reaches the torud that is there.
        this.#requests.onConnection(connection.kind === 'connected' ? client : undefined);
        this.send({ type: 'connection', connection });
      },
    });
    this.#actions = new ActionRunner({
      ...parts,
      tell: (news) => this.send({ type: 'action', news }),
      dropIn: async (plugin) => {
        const asked = await parts.session.client.call('plugin.dropIn', { plugin }, DROP_IN_LIMIT_MS);
        return asked.ok ? (asked.value.text ?? '') : undefined;
      },
    });
  }

  get app(): App {
    return this.#app;
  }

  now(): Now {
    return { nowMs: performance.now(), wallMs: Date.now() };
  }

  /** Begins the subscription. Settles when it ended for good: with why, or undefined after `end`. */
  async run(): Promise<ErrorBody | undefined> {
    const { session } = this.#parts;
    const params = { ...session.selection, usageEveryMs: TICK_MS };
    const items = follow(session.quietly(), {
      method: 'plugin.watch',
      params,
      resume: () => params,
      onConnection: (client) => void this.#presence.onConnection(client),
    });
    for (;;) {
      const step = await items.next();
      if (this.#isOver) return undefined;
      if (step.done === true) return step.value.ok ? undefined : step.value.failure;
      this.#presence.onHeard();
      this.send({ type: 'watched', item: step.value });
    }
  }

  send(message: Message): void {
    this.#guarded(() => {
      this.#take(update(this.#app, message, this.now()), paceOf(message));
      // A terminal that has another size shows rubbish until it is drawn over.
      if (message.type === 'resized') this.#draw();
    });
  }

  /** What came in one read with the Escape that closed a question was meant for the question. */
  press(key: Key): void {
    if (this.#isDeaf) return;
    const wasAsked = this.#app.confirm !== undefined;
    this.send({ type: 'key', key });
    if (key !== 'escape' || !wasAsked) return;
    this.#isDeaf = true;
    setImmediate(() => {
      this.#isDeaf = false;
    });
  }

  /** @returns the commands that torud is still carrying out, which go on */
  end(): readonly (readonly string[])[] {
    this.#isOver = true;
    clearTimeout(this.#drawTimer);
    clearTimeout(this.#ticker);
    this.#presence.end();
    this.#requests.end();
    return this.#actions.end();
  }

  #take({ app, effects }: Change, pace: Pace = 'answer'): void {
    this.#app = app;
    for (const effect of effects) this.#carryOut(effect);
    this.#drawSoon(pace);
    this.#tickIfNeeded();
  }

  /** Pictures are put together; what is due sooner does not wait for what is due later. */
  #drawSoon(pace: Pace): void {
    const nowMs = performance.now();
    const delayMs = drawDelayMs(pace, nowMs - this.#drawnMs);
    if (this.#drawTimer !== undefined && this.#drawDueMs <= nowMs + delayMs) return;
    clearTimeout(this.#drawTimer);
    this.#drawDueMs = nowMs + delayMs;
    this.#drawTimer = setTimeout(() => this.#guarded(() => this.#draw()), delayMs);
  }

  #draw(): void {
    clearTimeout(this.#drawTimer);
    this.#drawTimer = undefined;
    const now = this.now();
    if (this.#parts.onDraw(this.#app, now) !== false) this.#drawnMs = now.nowMs;
  }

  #guarded(work: () => void): void {
    if (this.#isOver) return;
    try {
      work();
    } catch (thrown) {
      this.#parts.onFault(thrown);
    }
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

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'call':
        void this.#requests.call(effect);
        return;
      case 'follow':
        void this.#requests.follow(effect);
        return;
      case 'unfollow':
        this.#requests.unfollow(effect.tag);
        return;
      case 'act':
        void this.#actions.act(effect);
        return;
      case 'interrupt':
        this.#actions.interrupt();
        return;
      case 'copy':
        // OSC 52: the terminal, not this machine, has the clipboard.
        this.#parts.write(`\x1b]52;c;${Buffer.from(effect.text).toString('base64')}\x07`);
        return;
      case 'mouse':
        this.#parts.hearMouse(effect.isOn);
        return;
      case 'edit':
        void this.#actions.edit(effect.plugin);
        return;
      case 'ask-verbs':
        void this.#actions.askVerbs();
        return;
      case 'quit':
        this.#parts.onQuit();
        return;
    }
  }
}

export function hostName(): string {
  return hostname();
}
