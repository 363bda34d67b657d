/** Keeps the service manager informed: ready, what runs, reloading, stopping, and that the event loop turns. */

import { PLUGIN_STATES, type PluginStateName } from '../../protocol/plugin-state.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { EventBus } from '../base/event-bus.ts';
import type { NotifySender } from './notify-sender.ts';
import type { ServiceEnvironment } from './service-environment.ts';

/** Changes within this time are told together. */
const GATHER_MS = 100;
/** Until a full queue is tried again. */
const RETRY_MS = 100;

/** How the plugins are now. */
export type StateCounts = () => ReadonlyMap<PluginStateName, number>;

export interface ServiceNotifierInputs {
  readonly environment: ServiceEnvironment;
  readonly sender: NotifySender;
  readonly clock: Clock;
  /** What a person should know of the way to the service manager. */
  readonly problem?: string | undefined;
  /** CLOCK_MONOTONIC in microseconds. */
  readonly monotonicMicros?: () => bigint;
}

export class ServiceNotifier {
  readonly #environment: ServiceEnvironment;
  readonly #sender: NotifySender;
  readonly #clock: Clock;
  readonly #monotonicMicros: () => bigint;
  /** See the inputs. */
  readonly problem: string | undefined;
  /** Waits for room in the receiver's queue, by key: only the last word on each counts. */
  readonly #unsent = new Map<string, string>();
  #counts: StateCounts | undefined;
  #status = '';
  #isStopping = false;
  #gathering: Timer | undefined;
  #retrying: Timer | undefined;
  #watchdog: Timer | undefined;

  constructor(inputs: ServiceNotifierInputs) {
    this.#environment = inputs.environment;
    this.#sender = inputs.sender;
    this.#clock = inputs.clock;
    this.problem = inputs.problem;
    this.#monotonicMicros = inputs.monotonicMicros ?? (() => process.hrtime.bigint() / 1000n);
  }

  /** torud serves: from here on its status follows the bus, and the watchdog is fed. */
  serve(bus: EventBus, counts: StateCounts): void {
    this.#counts = counts;
    bus.subscribe('plugin-changed', () => this.#gather());
    bus.subscribe('plugin-removed', () => this.#gather());
    this.ready();
    this.#feedWatchdog();
  }

  ready(): void {
    if (!this.#isServing) return;
    this.#status = this.#statusText();
    this.#send({ READY: '1', STATUS: this.#status });
  }

  /** Settings are read again, or another version takes over: `ready` follows. */
  reloading(status: string): void {
    if (!this.#isServing) return;
    this.#status = status;
    // Type=notify-reload wants the time as well, to tell this reload from an older one.
    this.#send({ RELOADING: '1', MONOTONIC_USEC: String(this.#monotonicMicros()), STATUS: status });
  }

  stopping(status: string): void {
    this.#isStopping = true;
    this.#send({ STOPPING: '1', STATUS: status });
  }

  /** Another version takes over in this process, and is to find what we found: ends all timers. */
  leave(environment: Record<string, string | undefined>): void {
    for (const timer of [this.#gathering, this.#retrying, this.#watchdog]) timer?.cancel();
    this.#gathering = undefined;
    this.#retrying = undefined;
    this.#counts = undefined;
    Object.assign(environment, this.#environment.variables);
  }

  /** False before the first word as well: a reload then must not say that torud is ready. */
  get #isServing(): boolean {
    return this.#counts !== undefined && !this.#isStopping;
  }

  #gather(): void {
    this.#gathering ??= this.#clock.setTimer(() => {
      this.#gathering = undefined;
      const status = this.#statusText();
      if (!this.#isServing || status === this.#status) return;
      this.#status = status;
      this.#send({ STATUS: status });
    }, GATHER_MS);
  }

  #statusText(): string {
    const counts = this.#counts?.() ?? new Map<PluginStateName, number>();
    const shown = STATUS_ORDER.filter((state) => (counts.get(state) ?? 0) > 0);
    return shown.length === 0
      ? 'no plugins'
      : shown.map((state) => `${counts.get(state)} ${state}`).join(', ');
  }

  /** On the event loop on purpose: one that hangs sends nothing. */
  #feedWatchdog(): void {
    const { watchdogMs } = this.#environment;
    if (watchdogMs === undefined) return;
    this.#watchdog = this.#clock.setTimer(() => {
      this.#send({ WATCHDOG: '1' });
      this.#feedWatchdog();
    }, watchdogMs / 2);
  }

  #send(assignments: Readonly<Record<string, string>>): void {
    for (const [key, value] of Object.entries(assignments)) {
      this.#unsent.delete(key);
      this.#unsent.set(key, value);
    }
    if (this.#retrying === undefined) this.#flush();
  }

  #flush(): void {
    const lines = [...this.#unsent].map(([key, value]) => `${key}=${value}`);
    if (this.#sender(lines) === 'again') {
      this.#retrying = this.#clock.setTimer(() => {
        this.#retrying = undefined;
        this.#flush();
      }, RETRY_MS);
    } else this.#unsent.clear();
  }
}

/** What an admin looks for first stands first. */
const STATUS_ORDER: readonly PluginStateName[] = [
  'running',
  'failed',
  'backoff',
  ...PLUGIN_STATES.filter((state) => !['running', 'failed', 'backoff'].includes(state)),
];
