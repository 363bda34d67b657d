/**
 * What the promises allow, kept beside the simulation and independent of torud's own state: who may be started or
 * stopped and why, what was acknowledged, when a restart is due. Each broken promise becomes a line in `violations`.
 */

import { formatTime, parseTime } from '../../src/daemon/base/clock.ts';
import type { ActionVerb } from '../../src/daemon/supervisor/contract.ts';
import type { PluginStatus } from '../../src/protocol/control/plugins.ts';
import type { VirtualClock } from '../rig/virtual-clock.ts';
import { NEEDS, neededBy, PLUGINS, restartOf } from './sim-catalog.ts';
import type { SimProcess } from './sim-process.ts';

/** Why the next run of a plugin may begin. */
type Licence = 'asked' | 'crash' | 'never-began' | 'boot' | 'torud' | 'catalog';

interface Account {
  readonly id: string;
  licence: Licence | undefined;
  /** Starts that only a crash explains, since the last stable stretch. */
  crashStarts: number;
  /** Wall time at which the restart is due, once a backoff was seen. */
  dueAt: number | undefined;
  /** False once the wall clock was set: only the length of the wait counts then. */
  isDueExact: boolean;
  /** Monotonic time from which the wait can be measured. */
  waitsFrom: number;
  /** What the last acknowledged intent said; undefined: either is right. */
  enabled: boolean | undefined;
  wanted: 'up' | 'down' | undefined;
  /** How often torud gave it up. */
  givenUp: number;
  /** A person has stopped it, and nobody started it since: what needs it may not start it again. */
  isHeldDown: boolean;
}

const STARTING_VERBS: ReadonlySet<ActionVerb> = new Set(['start', 'enable', 'restart', 'tryRestart']);
const STOPPING_VERBS: ReadonlySet<ActionVerb> = new Set(['stop', 'disable', 'restart', 'tryRestart']);
/** How much later than its deadline a restart may come. */
const LATE_MS = 100;
/** How much longer a plugin without its shim may seem to live. */
const UNSEEN_MS = 1_000;

export class Ledger {
  readonly violations: string[] = [];
  readonly #clock: VirtualClock;
  readonly #accounts: ReadonlyMap<string, Account>;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
    this.#accounts = new Map(PLUGINS.map((id) => [id, newAccount(id)]));
  }

  violate(text: string): void {
    this.violations.push(`${formatTime(this.#clock.now())} ${text}`);
  }

  /** Who is needed, and whether each of them is ready; asked at each begin. */
  needs: (id: string) => readonly { readonly plugin: string; readonly isReady: boolean }[] = () => [];

  /** All that cannot be without a plugin by the metadata of now, near or far. */
  nowNeededBy: (id: string) => readonly string[] = () => [];
  /** Who needs a plugin that is being stopped as somebody asked, and still lives; asked at each first order to stop. */
  stillNeeding: (id: string) => readonly string[] = () => [];
  /** Whether something that a plugin needs, near or far, is being stopped just now. */
  isNeedEnding: (id: string) => boolean = () => false;

  /** Before an action is tried; returns what is to be called with its result, or not at all when torud died in it. */
  onAct(
    verb: ActionVerb,
    before: PluginStatus | undefined,
    id: string,
    current: SimProcess | undefined,
  ): (result: { readonly ok: boolean; readonly changed: boolean }) => void {
    const account = this.#of(id);
    const { licence, enabled, wanted } = account;
    const orders = current?.orders ?? 0;
    const mayBeStopped = current?.mayBeStopped;
    const mayStart = STARTING_VERBS.has(verb);
    account.wanted = undefined;
    // With a clock that was set back, each look at the deadline begins the wait anew.
    if (!account.isDueExact) account.waitsFrom = this.#clock.monotonic();
    if (/able/.test(verb)) account.enabled = undefined;
    if (mayStart) account.licence = 'asked';
    if (STOPPING_VERBS.has(verb)) for (const other of neededBy(id)) this.#onTakenDown(other);
    if (current !== undefined && STOPPING_VERBS.has(verb)) current.mayBeStopped = true;
    const related = mayStart ? (NEEDS[id] ?? []) : [];
    const undo = this.#prepareNeeds(related);
    return ({ ok, changed }) => {
      if (!ok) undo();
      const hasStarted = mayStart && account.licence === undefined;
      const isUp = before?.state === 'running' || before?.state === 'starting';
      if (!ok || !changed || (isUp && !STOPPING_VERBS.has(verb))) {
        if (!hasStarted) account.licence = licence;
      }
      if (ok) {
        this.#acknowledge(account, verb, before, { enabled, wanted }, changed);
        if (related.length > 0 && changed) for (const needed of related) this.#of(needed).isHeldDown = false;
        return;
      }
      account.enabled = enabled;
      account.wanted = wanted;
      if (hasStarted) this.violate(`${id}: ${verb} failed, but it was started`);
      if (current === undefined) return;
      if (current.orders > orders) this.violate(`${id}: ${verb} failed, but it was stopped`);
      current.mayBeStopped = mayBeStopped ?? false;
    };
  }

  /** A spec was written. */
  onBegin(id: string, living: readonly SimProcess[]): void {
    const account = this.#of(id);
    for (const other of living) this.violate(`${id}: begun while run ${other.runId} is alive`);
    this.#allowNeeded(account);
    if (account.wanted === 'down') this.violate(`${id}: begun although it was stopped`);
    if (account.licence === undefined) this.violate(`${id}: begun for no reason`);
    for (const { plugin, isReady } of this.needs(id)) {
      if (!isReady) this.violate(`${id}: begun while ${plugin}, which it needs, is not ready`);
    }
    const { licence } = account;
    if (licence === 'crash') {
      account.crashStarts += 1;
      const { limit } = restartOf(id);
      if (limit !== null && account.crashStarts > limit) {
        this.violate(`${id}: restarted ${account.crashStarts} times, the limit is ${limit}`);
      }
      const earlyMs =
        account.isDueExact && account.dueAt !== undefined ? account.dueAt - this.#clock.now() : 0;
      if (earlyMs > 0.01) this.violate(`${id}: restarted ${earlyMs} ms before its deadline`);
    } else if (licence !== 'never-began' && licence !== 'catalog') account.crashStarts = 0;
    account.licence = undefined;
    account.dueAt = undefined;
    account.isDueExact = true;
  }

  /** @param isCrash as its restart policy sees it; `never-began` when the spec was never claimed */
  onEnd(process: SimProcess, how: 'crash' | 'done' | 'never-began'): void {
    const account = this.#of(process.plugin);
    const { policy, stableAfterMs } = restartOf(process.plugin);
    const wasSeen = process.events.some((event) => event.event === 'exited');
    const livedMs = this.#clock.monotonic() - (process.startedAt ?? this.#clock.monotonic());
    if (livedMs + (wasSeen ? 0 : UNSEEN_MS) >= stableAfterMs) {
      account.crashStarts = 0;
    }
    if (how === 'never-began') account.licence ??= 'never-began';
    else if (how === 'crash' || policy === 'always') account.licence ??= 'crash';
  }

  onOrder(process: SimProcess, order: string, bootId: string): void {
    process.orders += 1;
    const name = `${process.plugin}: run ${process.runId}`;
    if (process.bootId !== bootId) this.violate(`${name} of another boot was sent ${order}`);
    if (!process.mayBeStopped && !this.isNeedEnding(process.plugin))
      this.violate(`${name} was sent ${order} for no reason`);
    if (order !== 'stop' || process.orders > 1) return;
    for (const other of this.stillNeeding(process.plugin)) {
      this.violate(`${name} was told to end while ${other}, which needs it, lives`);
    }
  }

  /** @param times how often torud has given it up, as far as is known; undefined: once more */
  onGaveUp(id: string, times?: number): void {
    const account = this.#of(id);
    if (times !== undefined && times <= account.givenUp) return;
    account.givenUp = times ?? account.givenUp + 1;
    // Whatever starts it again, it begins anew.
    account.crashStarts = 0;
    account.enabled = undefined;
    account.wanted = undefined;
  }

  onCatalogEntry(id: string, isAlive: boolean): void {
    const account = this.#of(id);
    if (!isAlive && account.licence !== 'asked') account.licence = 'catalog';
  }

  /** @param isUnsaved torud died with state that it had not been able to write */
  onDaemonGone(isUnsaved: boolean): void {
    if (!isUnsaved) return;
    for (const account of this.#accounts.values()) {
      account.crashStarts = 0;
      account.dueAt = undefined;
    }
  }

  /** A fork failed, and torud died before it could write that down: it looks like a run that has never been. */
  onForkForgotten(id: string): void {
    const account = this.#of(id);
    if (account.licence === 'crash') account.licence = 'never-began';
    account.dueAt = undefined;
  }

  /** It ended without its shim and while torud was away: for all that anybody knows it lived until now. */
  onUnseenEnd(id: string): void {
    this.#of(id).crashStarts = 0;
  }

  onDaemonStart(): void {
    for (const account of this.#accounts.values()) {
      account.waitsFrom = this.#clock.monotonic();
      // Enabled without being started: the next torud begins it.
      if (account.wanted === undefined) account.licence = 'torud';
    }
  }

  /** torud stops all plugins and leaves; they stay wanted. */
  onSuspend(): void {
    for (const account of this.#accounts.values()) account.licence = 'torud';
  }

  onReboot(): void {
    for (const account of this.#accounts.values()) {
      account.isHeldDown = false;
      account.wanted = account.enabled === undefined ? undefined : account.enabled ? 'up' : 'down';
      account.licence = account.enabled === false ? undefined : 'boot';
      account.crashStarts = 0;
      account.dueAt = undefined;
    }
  }

  onClockSet(): void {
    for (const account of this.#accounts.values()) {
      account.isDueExact = false;
      account.waitsFrom = this.#clock.monotonic();
      account.crashStarts = Math.min(0, account.crashStarts);
    }
  }

  /** What torud says of a plugin, whenever that may be another thing. */
  onStatus(status: PluginStatus): void {
    const account = this.#of(status.id);
    if (status.state !== 'backoff') return;
    if (status.nextRestartAt === null) {
      this.violate(`${status.id}: waits for a restart without a deadline`);
      return;
    }
    const dueAt = parseTime(status.nextRestartAt);
    if (account.dueAt === undefined) account.waitsFrom = this.#clock.monotonic();
    else if (Math.abs(dueAt - account.dueAt) > 0.01) {
      this.violate(`${status.id}: the deadline moved by ${dueAt - account.dueAt} ms`);
    }
    account.dueAt = dueAt;
  }

  /** While torud is up and nothing is going on. @param isLeaving torud was told to end, and starts nothing again */
  check(status: PluginStatus, isLeaving = false): void {
    const account = this.#of(status.id);
    const { id } = status;
    if (status.wanted === 'up') this.#allowNeeded(account);
    if (account.enabled !== undefined && status.enabled !== account.enabled) {
      this.violate(`${id}: enabled is ${status.enabled}, acknowledged was ${account.enabled}`);
    }
    if (account.wanted !== undefined && status.wanted !== account.wanted) {
      this.violate(`${id}: wanted is ${status.wanted}, acknowledged was ${account.wanted}`);
    }
    if (isLeaving || status.state !== 'backoff' || account.dueAt === undefined) return;
    const waitedMs = this.#clock.monotonic() - account.waitsFrom;
    const { delaysMs, jitter } = restartOf(id);
    const isLate = account.isDueExact && waitedMs > LATE_MS && this.#clock.now() > account.dueAt + LATE_MS;
    if (isLate || waitedMs > Math.max(...delaysMs) * (1 + jitter) + LATE_MS) {
      this.violate(`${id}: the restart is overdue since ${status.nextRestartAt}`);
    }
  }

  /** What a start pulls in may begin, whatever was said of it before. Returns what takes that back. */
  #prepareNeeds(ids: readonly string[]): () => void {
    const before = ids.map((id) => [this.#of(id), { ...this.#of(id) }] as const);
    for (const [account] of before) {
      account.licence = 'asked';
      account.wanted = undefined;
    }
    return () => {
      for (const [account, { licence, wanted }] of before) {
        if (account.licence === undefined)
          this.violate(`${account.id}: started for a start that was refused`);
        account.licence = licence;
        account.wanted = wanted;
      }
    };
  }

  /** torud starts what something that may be up needs, unless a person has stopped it. */
  #allowNeeded(account: Account): void {
    if (account.isHeldDown) return;
    const dependents = [...neededBy(account.id), ...this.nowNeededBy(account.id)];
    if (!dependents.some((id) => this.#of(id).wanted !== 'down')) return;
    if (account.wanted === 'down') account.wanted = undefined;
    account.licence ??= 'asked';
  }

  /** A stop of what it needs takes it down, and it may come back. */
  #onTakenDown(id: string): void {
    const account = this.#of(id);
    // It has crashed, and whether torud saw that before the stop decides if the next start counts as a restart.
    if (account.licence === 'crash') account.crashStarts -= 1;
    account.licence ??= 'asked';
  }

  #acknowledge(
    account: Account,
    verb: ActionVerb,
    before: PluginStatus | undefined,
    was: Pick<Account, 'enabled' | 'wanted'>,
    changed: boolean,
  ): void {
    if (/able/.test(verb)) account.enabled = verb.startsWith('enable');
    if (verb === 'start' || verb === 'restart' || verb === 'enable') account.wanted = 'up';
    else if (verb === 'stop' || verb === 'disable') account.wanted = 'down';
    else if (verb === 'tryRestart') account.wanted = changed ? 'up' : was.wanted;
    else if (verb === 'resetFailed') account.wanted = before?.state === 'failed' ? 'down' : was.wanted;
    else account.wanted = verb === 'enable-only' && changed && was.wanted !== 'up' ? undefined : was.wanted;
    if (account.wanted === 'up') account.isHeldDown = false;
    const isReset = verb === 'resetFailed' && before?.state === 'failed';
    if (changed && (verb === 'stop' || verb === 'disable' || isReset)) account.isHeldDown = true;
    // The restart that is waited for was counted before.
    if (verb === 'resetFailed') account.crashStarts = before?.state === 'backoff' ? -1 : 0;
  }

  #of(id: string): Account {
    const account = this.#accounts.get(id);
    if (account === undefined) throw new Error(`no plugin ${id}`);
    return account;
  }
}

function newAccount(id: string): Account {
  return {
    id,
    licence: undefined,
    crashStarts: 0,
    dueAt: undefined,
    isDueExact: true,
    waitsFrom: 0,
    enabled: false,
    wanted: 'down',
    givenUp: 0,
    isHeldDown: false,
  };
}
