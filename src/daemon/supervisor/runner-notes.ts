/** What is written of a plugin and its run beside the state machine: events, the supervisor's log, the run's row. */

import type { EventType } from '../../protocol/control/events.ts';
import type { Actor } from '../../protocol/control/plugins.ts';
import type { Health } from '../../protocol/plugin-state.ts';
import { formatTime } from '../base/clock.ts';
import { DAEMON, type Effect } from './machine-model.ts';
import type { RunnerSurroundings } from './runner-surroundings.ts';

/** A process of the plugin that has begun. */
export interface BegunProcess {
  readonly runId: number;
  readonly pid: number;
  readonly shimPid: number | null;
  readonly at: string;
  readonly reason: string;
  readonly actor: Actor | null;
}

export class RunnerNotes {
  readonly #around: RunnerSurroundings;
  readonly #plugin: string;

  constructor(around: RunnerSurroundings, plugin: string) {
    this.#around = around;
    this.#plugin = plugin;
  }

  /** Writes an event that does not touch the state machine. */
  event(
    type: EventType,
    reason: string,
    actor: Actor | null,
    details: Readonly<Record<string, unknown>> = {},
  ): void {
    this.#append(formatTime(this.#around.clock.now()), type, reason, actor, details, () => undefined);
  }

  started({ runId, pid, shimPid, at, reason, actor }: BegunProcess): void {
    const { stores, log } = this.#around;
    this.#append(at, 'started', reason, actor, { runId, pid }, () => {
      if (shimPid !== null) stores.runs.setShim(runId, shimPid);
      stores.runs.setStarted(runId, pid);
    });
    log.write('info', 'started', { plugin: this.#plugin, runId, pid });
  }

  ready(runId: number): void {
    const { clock, writer, stores } = this.#around;
    const at = formatTime(clock.now());
    writer.record(() => {
      stores.runs.setReady(runId, at);
      return undefined;
    });
  }

  adopted(runId: number, pid: number | null): void {
    this.event('adopted', 'torud was started again and took it over', DAEMON, { runId });
    this.#around.log.write('info', 'adopted', { plugin: this.#plugin, runId, pid });
  }

  health(health: Health, detail: string | undefined): void {
    const reason = health === 'healthy' ? 'healthy again' : `unhealthy: ${detail ?? 'no detail'}`;
    this.event('changed', reason, { kind: 'plugin', name: this.#plugin }, { health });
    this.#around.log.write('warning', health, { plugin: this.#plugin, detail });
  }

  captureLost(pid: number | null): void {
    this.#around.log.write('error', 'capture-lost', { plugin: this.#plugin, pid });
    this.event('changed', 'its toru-shim was killed: its output is no longer kept', DAEMON);
  }

  /** The log line of an event that the state machine gave. */
  logged({ event, reason, details }: Effect & { type: 'event' }): void {
    const level = event === 'crashed' || event === 'gave-up' ? 'warning' : 'info';
    // The log tells what was done; when this line is written the next process has been started.
    const name = event === 'restarting' ? 'restarted' : event;
    this.#around.log.write(level, name, { plugin: this.#plugin, reason, ...details });
  }

  #append(
    at: string,
    type: EventType,
    reason: string,
    actor: Actor | null,
    details: Readonly<Record<string, unknown>>,
    alsoWrite: () => void,
  ): void {
    const { writer, stores, bus } = this.#around;
    writer.record(() => {
      alsoWrite();
      const event = stores.events.append({ at, plugin: this.#plugin, type, reason, actor, details });
      return () => bus.publish('event-written', event);
    });
  }
}
