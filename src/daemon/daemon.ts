/** torud as a whole: opens its parts in order, says how it is, and closes them in the reverse order. */

import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DependencyContainer } from 'tsyringe';
import type { DaemonStatus } from '../protocol/control/daemon.ts';
import type { PluginEvent } from '../protocol/control/events.ts';
import type { Paths } from '../protocol/paths.ts';
import { failure, messageOf, type Result, success } from '../protocol/result.ts';
import { CONTROL_PROTOCOL, PLUGIN_PROTOCOL, VERSION } from '../protocol/version.ts';
import { type Clock, formatTime } from './base/clock.ts';
import type { EventBus } from './base/event-bus.ts';
import { Shutdown } from './base/shutdown.ts';
import type { WinstonSupervisorLog } from './base/winston-log.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { ConfigHolder } from './config-holder.ts';
import type { DaemonControl } from './control/handlers/daemon.ts';
import { acquireInstance } from './control/instance-lock.ts';
import type { ControlServer } from './control/server.ts';
import type { RunSurroundings } from './runs/plugin-run.ts';
import type { Database } from './store/database.ts';
import { openDatabase, type SetAside } from './store/open-database.ts';
import type { Recovered } from './supervisor/recovery.ts';
import type { Stores } from './supervisor/runner-surroundings.ts';
import type { StateWriter } from './supervisor/state-writer.ts';
import type { Supervisor } from './supervisor/supervisor.ts';
import * as tokens from './tokens.ts';

export class Daemon implements DaemonControl {
  readonly #container: DependencyContainer;
  readonly #paths: Paths;
  readonly #config: ConfigHolder;
  readonly #clock: Clock;
  readonly #shutdown = new Shutdown();
  readonly #since: number;
  #problems: string[] = [];
  #keepPlugins = false;
  #ending: Promise<number> | undefined;
  #onEnded: ((exitCode: number) => void) | undefined;
  /** Settles with the exit code when torud has ended. */
  readonly ended: Promise<number>;

  constructor(container: DependencyContainer) {
    this.#container = container;
    this.#paths = container.resolve(tokens.PATHS);
    this.#config = container.resolve(tokens.CONFIG);
    this.#clock = container.resolve(tokens.CLOCK);
    this.#since = this.#clock.now();
    this.ended = new Promise((resolve) => {
      this.#onEnded = resolve;
    });
  }

  /** Failure: one line that says what keeps torud from starting; everything that was opened is closed again. */
  async start(): Promise<Result<void, string>> {
    const started = await this.#open();
    if (started.ok) this.#log.write('info', 'torud-started', { version: VERSION, pid: process.pid });
    else {
      const failures = await this.#shutdown.run();
      for (const line of failures) process.stderr.write(`torud: ${line}\n`);
    }
    return started;
  }

  status(): DaemonStatus {
    return {
      version: VERSION,
      pid: process.pid,
      since: formatTime(this.#since),
      instanceId: this.#instanceId(),
      protocol: { control: CONTROL_PROTOCOL, plugin: PLUGIN_PROTOCOL },
      plugins: this.#supervisor.counts(),
      paths: this.#paths,
      memoryBytes: process.memoryUsage.rss(),
      problems: this.#allProblems(),
    };
  }

  async reload() {
    const done = await this.#config.reload(this.#container.resolve<Catalog>(tokens.CATALOG));
    if (done.ok) this.#log.write('info', 'settings-reloaded', { changed: done.value.changed });
    else this.#log.write('error', 'settings-refused', { error: done.failure.message });
    return done;
  }

  stop(params: { readonly keepPlugins?: boolean }): void {
    this.#keepPlugins = params.keepPlugins ?? false;
    void this.end(0);
  }

  /** Ends torud once; later calls wait for the same end. */
  end(exitCode: number): Promise<number> {
    this.#ending ??= this.#end(exitCode);
    return this.#ending;
  }

  /** Opens torud's own log and the logs of all plugins again, for logrotate. */
  reopenLogs(): void {
    this.#log.reopen();
    this.#supervisor.reopenLogs();
    this.#log.write('info', 'logs-reopened');
  }

  /** For a bug that nobody caught: what is known goes to the log, now. */
  noteCrash(thrown: unknown): void {
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    this.#log.write('error', 'torud-crashed', { error: messageOf(thrown), stack });
    this.#log.flushSync();
  }

  async #end(exitCode: number): Promise<number> {
    this.#log.write('info', 'torud-stopping', { keepPlugins: this.#keepPlugins });
    await this.#supervisor.leave(this.#keepPlugins);
    const failures = await this.#shutdown.run();
    for (const line of failures) process.stderr.write(`torud: ${line}\n`);
    const code = failures.length === 0 ? exitCode : 1;
    this.#onEnded?.(code);
    return code;
  }

  async #open(): Promise<Result<void, string>> {
    const folders = this.#makeFolders();
    if (!folders.ok) return folders;
    const lock = await acquireInstance(this.#paths);
    if (!lock.ok) return failure(lock.failure.message);
    this.#shutdown.add('lock', () => lock.value.release());
    this.#shutdown.add('log', () => this.#log.close());
    const setAside = this.#openDatabase();
    if (!setAside.ok) return setAside;
    this.#instanceId();
    const catalog = this.#container.resolve<Catalog>(tokens.CATALOG);
    this.#shutdown.add('catalogue', () => catalog.stop());
    await catalog.start();
    this.#openRunFolders();
    const recovered = this.#container.resolve<Recovered>(tokens.RECOVERED);
    if (setAside.value !== undefined) this.#noteSetAside(setAside.value);
    this.#supervisor.adopt(recovered);
    const server = this.#container.resolve<ControlServer>(tokens.CONTROL_SERVER);
    const listening = await server.listen();
    if (!listening.ok) return failure(listening.failure);
    this.#shutdown.add('control socket', () => server.close());
    void this.#supervisor.startWanted();
    return success(undefined);
  }

  #makeFolders(): Result<void, string> {
    const { stateFolder, dataFolder, logFolder, pluginLogFolder, runFolder } = this.#paths;
    const folders: readonly (readonly [string, number])[] = [
      [stateFolder, 0o755],
      [dataFolder, 0o755],
      [logFolder, 0o755],
      [pluginLogFolder, 0o755],
      [runFolder, 0o755],
    ];
    for (const [folder, mode] of folders) {
      try {
        mkdirSync(folder, { recursive: true, mode });
      } catch (thrown) {
        return failure(`${folder} cannot be made: ${messageOf(thrown)}; make it, or choose another --root`);
      }
    }
    return success(undefined);
  }

  #openDatabase(): Result<SetAside | undefined, string> {
    const opened = openDatabase({
      file: this.#paths.databaseFile,
      reserveFile: `${dirname(this.#paths.databaseFile)}/reserve`,
      clock: this.#clock,
      log: this.#log,
    });
    if (!opened.ok) return failure(opened.failure.message);
    const { database, setAside } = opened.value;
    this.#container.register<Database>(tokens.DATABASE, { useValue: database });
    this.#shutdown.add('database', () => {
      const closed = database.close();
      if (!closed.ok) throw new Error(closed.failure.message);
    });
    const writer = this.#container.resolve<StateWriter>(tokens.STATE_WRITER);
    this.#shutdown.add('state', () => {
      const closed = writer.close();
      if (!closed.ok) throw new Error(closed.failure.message);
    });
    return success(setAside);
  }

  #openRunFolders(): void {
    const { runsFolder, socketFolder } = this.#container.resolve<RunSurroundings>(tokens.RUN_SURROUNDINGS);
    for (const folder of [runsFolder, socketFolder]) {
      folder.open();
      this.#shutdown.add('run folders', () => folder.close());
    }
    chmodSync(this.#paths.runFolder, 0o755);
  }

  /** A database that could not be used is told to everybody who looks: log, events, status. */
  #noteSetAside(setAside: SetAside): void {
    const reason = `the state database was set aside as ${setAside.path}: ${setAside.reason}`;
    this.#problems.push(reason);
    this.#log.write('error', 'database-set-aside', { ...setAside });
    const { events } = this.#container.resolve<Stores>(tokens.STORES);
    const bus = this.#container.resolve<EventBus>(tokens.EVENT_BUS);
    const event: Omit<PluginEvent, 'id'> = {
      at: formatTime(this.#clock.now()),
      plugin: null,
      type: 'changed',
      reason,
      actor: { kind: 'daemon' },
      details: { ...setAside },
    };
    this.#container.resolve<StateWriter>(tokens.STATE_WRITER).record(() => {
      const written = events.append(event);
      return () => bus.publish('event-written', written);
    });
  }

  #allProblems(): readonly string[] {
    const logProblem = this.#log.problem();
    return [
      ...this.#problems,
      ...this.#supervisor.problems(),
      ...this.#container.resolve<ControlServer>(tokens.CONTROL_SERVER).problems(),
      ...(logProblem === undefined ? [] : [logProblem]),
    ];
  }

  #instanceId(): string {
    return this.#container.resolve<{ instanceId(): string }>(tokens.INSTANCE_SETTINGS).instanceId();
  }

  get #supervisor(): Supervisor {
    return this.#container.resolve(tokens.SUPERVISOR);
  }

  get #log(): WinstonSupervisorLog {
    return this.#container.resolve(tokens.SUPERVISOR_LOG);
  }
}
