/** What torud and a running plugin have to say to each other: readiness, health, shutdown. */

import { basename } from 'node:path';
import type { ShutdownRequest } from '../../protocol/plugin/messages.ts';
import type { Health } from '../../protocol/plugin-state.ts';
import { type Clock, parseTime, type Timer } from '../base/clock.ts';
import type { FolderEvents } from './folder-events.ts';
import { HealthPoll } from './health-poll.ts';
import type { PluginAnswer, ServePlugin } from './plugin-connection.ts';
import { PluginLink } from './plugin-link.ts';
import type { RunIdentity, RunPlace, RunPlan } from './run-plan.ts';
import type { SocketAccess } from './socket-access.ts';

export type TroubleCause = 'start-timeout' | 'protocol' | 'health';

export interface DialogueReport {
  onReady(): void;
  onHealth(health: Health, detail: string | undefined): void;
  /** The run cannot go on as it is; the process still lives. */
  onTrouble(cause: TroubleCause, detail: string): void;
}

export interface DialogueOptions {
  readonly clock: Clock;
  /** Where the plugin's sockets appear. */
  readonly socketFolder: FolderEvents;
  /** Where toru-shim makes the socket of a plugin that speaks over stdio. */
  readonly stdioFolder: FolderEvents;
  /** Given where plugins run as other users than torud. */
  readonly access: SocketAccess | undefined;
  readonly plan: RunPlan;
  readonly place: RunPlace;
  readonly identity: RunIdentity;
  readonly serve: ServePlugin;
  readonly report: DialogueReport;
  /** The run was ready under a torud before this one. */
  readonly wasReady: boolean;
}

const NOT_CONNECTED: PluginAnswer = {
  ok: false,
  failure: { code: 'unavailable', message: 'there is no connection to it' },
};

export class RunDialogue {
  readonly #options: DialogueOptions;
  #isReady: boolean;
  #isOver = false;
  #startTimer: Timer | undefined;
  #link: PluginLink | undefined;
  #health: HealthPoll | undefined;
  #forgetHttpSocket: (() => void) | undefined;

  constructor(options: DialogueOptions) {
    this.#options = options;
    this.#isReady = options.wasReady;
    if (!options.wasReady) this.#armTimeLimit();
  }

  /** In a row; undefined before health is asked for. */
  get badHealthAnswers(): number | undefined {
    return this.#health?.badInARow;
  }

  /** The process exists. @param at RFC 3339 */
  onStarted(at: string): void {
    this.#admitToHttp();
    if (this.#options.plan.transport !== 'none') this.#openLink();
    else if (!this.#isReady) this.#armAliveTimer(parseTime(at));
  }

  /** The run is being ended: nothing is asked any more but `shutdown`. */
  quieten(): void {
    this.#isOver = true;
    this.#startTimer?.cancel();
    this.#health?.stop();
  }

  close(): void {
    this.quieten();
    this.#forgetHttpSocket?.();
    this.#link?.close();
  }

  /** Sends `shutdown` and says whether the plugin agreed; undefined when there is nobody to ask. */
  get askToShutDown(): ((request: ShutdownRequest, timeoutMs: number) => Promise<boolean>) | undefined {
    const link = this.#link;
    if (!link?.isReady) return undefined;
    return async (request, timeoutMs) => (await link.request('lifecycle', request, timeoutMs)).ok;
  }

  /** Sends `reload`; once it is taken, a later `init` of this run says the same. Undefined when there is nobody to ask. */
  reload(config: Readonly<Record<string, unknown>>, timeoutMs: number): Promise<PluginAnswer> | undefined {
    const link = this.#link;
    return link?.isReady === true && !this.#isOver ? link.reload(config, timeoutMs) : undefined;
  }

  /** Whoever speaks the protocol has this long to answer `init`; a plain program's shim has it to start it. */
  #armTimeLimit(): void {
    const { clock, plan, report } = this.#options;
    const { timeoutMs } = plan.settings.start;
    this.#startTimer = clock.setTimer(() => {
      report.onTrouble('start-timeout', `it was not ready within ${timeoutMs} ms`);
    }, timeoutMs);
  }

  #armAliveTimer(startedAtMs: number): void {
    const { clock, plan } = this.#options;
    const { aliveMs } = plan.settings.start;
    this.#startTimer?.cancel();
    const elapsedMs = Math.min(aliveMs, Math.max(0, clock.now() - startedAtMs));
    this.#startTimer = clock.setTimer(() => this.#becomeReady(), aliveMs - elapsedMs);
  }

  /** The group of HTTP fronts is let in as soon as the plugin has made its HTTP socket, and before it counts as ready. */
  #admitToHttp(): void {
    const { access, place, socketFolder } = this.#options;
    if (access === undefined) return;
    const path = place.httpSocketPath;
    this.#forgetHttpSocket ??= socketFolder.listen(basename(path), () => access.admit(path));
    access.admit(path);
  }

  #becomeReady(): void {
    this.#admitToHttp();
    this.#isReady = true;
    this.#startTimer?.cancel();
    this.#options.report.onReady();
  }

  #openLink(): void {
    const { plan, place, identity, serve, report, clock, access } = this.#options;
    const isOfPlugin = plan.transport === 'socket';
    this.#link = new PluginLink({
      socketPath: place.socketPath,
      clock,
      socketFolder: isOfPlugin ? this.#options.socketFolder : this.#options.stdioFolder,
      // The bridge's socket is toru-shim's, and for torud alone.
      access: isOfPlugin ? access : undefined,
      serve,
      init: {
        instance_id: identity.instanceId,
        plugin_id: plan.plugin,
        run_id: identity.runId,
        socket_path: place.socketPath,
        log_path: place.logPath,
        data_dir: place.dataFolder,
        config: plan.settings.config,
      },
      isAdopted: this.#isReady,
      timeoutMs: plan.settings.start.timeoutMs,
      onReady: () => this.#onLinked(),
      onViolation: (detail) => {
        if (!this.#isOver) report.onTrouble('protocol', detail);
      },
    });
  }

  #onLinked(): void {
    if (this.#isOver) return;
    if (!this.#isReady) this.#becomeReady();
    const { clock, plan, report } = this.#options;
    this.#health ??= new HealthPoll({
      clock,
      settings: plan.settings.health,
      ask: async (timeoutMs) => (await this.#link?.request('health', {}, timeoutMs)) ?? NOT_CONNECTED,
      onHealth: (health, detail) => report.onHealth(health, detail),
      onGivenUp: (detail) => report.onTrouble('health', detail),
    });
  }
}
