/**
 * A client that never gives up: it sets keys and enables and disables plugins, one request after the other, and asks
 * again when torud dies before the answer. What was acknowledged is looked for in every torud that follows.
 */

import { setTimeout as after } from 'node:timers/promises';
import { type ControlConnection, type Frame, openControl } from '../rig/control-connection.ts';
import { between, type Random } from './random.ts';

export interface Acknowledged {
  /** By `plugin/key`. */
  readonly values: ReadonlyMap<string, string>;
  /** By plugin. */
  readonly enabled: ReadonlyMap<string, boolean>;
}

/** Between two tries to reach a torud that is not there. */
const RETRY_MS = 10;
/** So that a soak stays below the limit of keys. */
const KEYS_A_PLUGIN = 2_000;

type Wish =
  | { readonly kind: 'kv'; readonly plugin: string; readonly key: string; readonly value: string }
  | { readonly kind: 'enabled'; readonly plugin: string; readonly enabled: boolean };

export class SteadyClient implements AsyncDisposable {
  readonly #socketPath: string;
  readonly #random: Random;
  readonly #keepers: readonly string[];
  readonly #switched: readonly string[];
  readonly #pauseMs: number;
  readonly #values = new Map<string, string>();
  readonly #enabled = new Map<string, boolean>();
  #wish: Wish | undefined;
  #lastKv: (Wish & { kind: 'kv' }) | undefined;
  #next = 0;
  #requestId = 1;
  #isOver = false;
  #work: Promise<void> | undefined;
  /** Toruds that answered at least one request. */
  connections = 0;
  readonly faults: string[] = [];

  /** @param keepers whose keys are set @param switched plugins that are enabled and disabled, all enabled now @param pauseMs between two requests */
  constructor(
    socketPath: string,
    random: Random,
    keepers: readonly string[],
    switched: readonly string[],
    pauseMs: number,
  ) {
    this.#socketPath = socketPath;
    this.#random = random;
    this.#keepers = keepers;
    this.#switched = switched;
    this.#pauseMs = pauseMs;
    for (const id of switched) this.#enabled.set(id, true);
  }

  get acknowledged(): Acknowledged {
    return { values: this.#values, enabled: this.#enabled };
  }

  get acknowledgements(): number {
    return this.#next;
  }

  start(): void {
    this.#work = this.#run();
  }

  /** Ends once nothing waits for an answer any more. */
  async finish(): Promise<Acknowledged> {
    this.#isOver = true;
    await this.#work;
    return this.acknowledged;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#wish = undefined;
    await this.#work;
  }

  async #run(): Promise<void> {
    while (!this.#isOver || this.#wish !== undefined) {
      try {
        await using connection = await openControl(this.#socketPath);
        await this.#compare(connection);
        this.connections += 1;
        await this.#serve(connection);
      } catch (thrown) {
        if (thrown instanceof TypeError) throw thrown;
        // torud was killed, or is not up yet; which it was makes no difference.
        await after(RETRY_MS);
      }
    }
  }

  async #serve(connection: ControlConnection): Promise<void> {
    while (!this.#isOver || this.#wish !== undefined) {
      this.#wish ??= this.#think();
      await this.#ask(connection, this.#wish);
      this.#remember(this.#wish);
      this.#wish = undefined;
      this.#next += 1;
      await after(this.#pauseMs);
    }
  }

  #think(): Wish {
    if (this.#next % 4 === 0 && this.#switched.length > 0) {
      const plugin = this.#switched[between(this.#random, 0, this.#switched.length - 1)] ?? '';
      return { kind: 'enabled', plugin, enabled: !(this.#enabled.get(plugin) ?? false) };
    }
    const plugin = this.#keepers[between(this.#random, 0, this.#keepers.length - 1)] ?? '';
    return { kind: 'kv', plugin, key: `key ${this.#next % KEYS_A_PLUGIN}`, value: `value ${this.#next}` };
  }

  async #ask(connection: ControlConnection, wish: Wish): Promise<void> {
    const { plugin } = wish;
    if (wish.kind === 'kv') {
      await this.#request(connection, 'kv.set', { plugin, key: wish.key, value: wish.value });
      return;
    }
    const method = wish.enabled ? 'plugin.enable' : 'plugin.disable';
    const frame = await this.#request(connection, method, { names: [plugin], noBlock: true });
    const { outcomes } = frame.result as { outcomes: readonly { error?: unknown }[] };
    if (outcomes[0]?.error !== undefined)
      this.faults.push(`${method} ${plugin}: ${JSON.stringify(outcomes)}`);
  }

  #remember(wish: Wish): void {
    if (wish.kind === 'enabled') this.#enabled.set(wish.plugin, wish.enabled);
    else {
      this.#values.set(`${wish.plugin}/${wish.key}`, wish.value);
      this.#lastKv = wish;
    }
  }

  /** What was acknowledged last must be known to a new torud, unless a later wish about it is under way. */
  async #compare(connection: ControlConnection): Promise<void> {
    const answer = await this.#request(connection, 'plugin.list', { names: [...this.#switched] });
    for (const { id, enabled } of (answer.result as { plugins: readonly { id: string; enabled: boolean }[] })
      .plugins) {
      if (this.#wish?.plugin === id || this.#enabled.get(id) === enabled) continue;
      this.faults.push(`${id}: enabled=${enabled} although ${this.#enabled.get(id)} was acknowledged`);
    }
    if (this.#lastKv === undefined) return;
    const { plugin, key, value } = this.#lastKv;
    const kept = await this.#request(connection, 'kv.get', { plugin, key });
    const found = (kept.result as { value: string | null }).value;
    const isUnderWay = this.#wish?.kind === 'kv' && this.#wish.plugin === plugin && this.#wish.key === key;
    if (found !== value && !isUnderWay)
      this.faults.push(`${plugin}: ${key} is ${found} although ${value} was acknowledged`);
  }

  async #request(connection: ControlConnection, method: string, params: object): Promise<Frame> {
    const frame = await connection.request(this.#requestId++, method, params);
    if (frame.error !== undefined) {
      this.faults.push(`${method} was refused: ${JSON.stringify(frame.error)}`);
      this.#wish = undefined;
      throw new Error(method);
    }
    return frame;
  }
}
