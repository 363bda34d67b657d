/** What happened to torud itself, told to everybody who looks: log, events, status. */

import type { DependencyContainer } from 'tsyringe';
import type { PluginEvent } from '../protocol/control/events.ts';
import type { MethodName } from '../protocol/control/methods.ts';
import { VERSION } from '../protocol/version.ts';
import { type Clock, formatTime } from './base/clock.ts';
import type { EventBus } from './base/event-bus.ts';
import type { SupervisorLog } from './base/supervisor-log.ts';
import type { AuditLog } from './control/audit-log.ts';
import { endText, type Predecessor } from './predecessor.ts';
import type { SetAside } from './store/open-database.ts';
import type { Stores } from './supervisor/runner-surroundings.ts';
import type { StateWriter } from './supervisor/state-writer.ts';
import * as tokens from './tokens.ts';
import type { Inheritance } from './upgrade/handover.ts';

type AboutTorud = Pick<PluginEvent, 'type' | 'reason' | 'actor' | 'details'>;

export class DaemonNotes {
  readonly #container: DependencyContainer;
  readonly #problems: string[] = [];
  #reason: string | undefined;

  constructor(container: DependencyContainer) {
    this.#container = container;
  }

  /** For `daemon.status`. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Why this torud began, where that is worth a word. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** A torud before this one that did not end as asked. */
  died(before: Predecessor, backAtMs: number): void {
    const reason = endText(before, backAtMs);
    this.#reason = reason;
    this.#log.write('warning', 'torud-died-before', { ...before });
    const details = { isUncleanEnd: true, ...before };
    this.#record({ type: 'changed', reason, actor: { kind: 'daemon' }, details });
  }

  /** A database that could not be used. */
  setAside(setAside: SetAside): void {
    const reason = `the state database was set aside as ${setAside.path}: ${setAside.reason}`;
    this.#problems.push(reason);
    this.#log.write('error', 'database-set-aside', { ...setAside });
    this.#record({ type: 'changed', reason, actor: { kind: 'daemon' }, details: { ...setAside } });
  }

  /** An upgrade, or one that failed. */
  inherited({ handover, failure }: Inheritance): void {
    if (failure !== undefined) {
      this.#problems.push(`the last upgrade failed: ${failure.reason}; torud ${VERSION} goes on`);
      this.#log.write('error', 'upgrade-failed', { reason: failure.reason });
      return;
    }
    const details = { from: handover.from, to: VERSION };
    this.#log.write('info', 'upgraded', { ...details, actor: handover.actor });
    const reason = `torud was upgraded from ${details.from} to ${details.to}`;
    this.#reason = reason;
    this.#record({ type: 'changed', reason, actor: handover.actor ?? { kind: 'daemon' }, details });
  }

  /** A signal that asked for a change. Who sent it the kernel does not say to Node. */
  signalled(signal: NodeJS.Signals, method: MethodName): void {
    const audit = this.#container.resolve<AuditLog>(tokens.AUDIT_LOG);
    audit.record({ kind: 'daemon' }, method, { signal }, { ok: true });
  }

  #record(about: AboutTorud): void {
    const { events } = this.#container.resolve<Stores>(tokens.STORES);
    const bus = this.#container.resolve<EventBus>(tokens.EVENT_BUS);
    const at = formatTime(this.#container.resolve<Clock>(tokens.CLOCK).now());
    this.#container.resolve<StateWriter>(tokens.STATE_WRITER).record(() => {
      const written = events.append({ ...about, at, plugin: null });
      return () => bus.publish('event-written', written);
    });
  }

  get #log(): SupervisorLog {
    return this.#container.resolve(tokens.SUPERVISOR_LOG);
  }
}
