/** torud as a whole: opens its parts in order, says how it is, and closes them in the reverse order. */

import { chmodSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { DependencyContainer } from 'tsyringe';
import type { DaemonStatus, DaemonUpgradeResult } from '../protocol/control/daemon.ts';
import type { MethodName } from '../protocol/control/methods.ts';
import type { Actor } from '../protocol/control/plugins.ts';
import type { ErrorBody } from '../protocol/errors.ts';
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
import { acquireInstance, type InstanceLock } from './control/instance-lock.ts';
import { socketPathProblem } from './control/ipc-server.ts';
import { systemProcesses } from './control/lock-identity.ts';
import type { ControlServer } from './control/server.ts';
import { SocketKeeper } from './control/socket-keeper.ts';
import { makeFolders } from './daemon-folders.ts';
import { DaemonNotes } from './daemon-notes.ts';
import { careForDatabase } from './database-care.ts';
import { clearUpInstalls } from './install/clear-up.ts';
import type { Host } from './metrics/host/host.ts';
import { readPredecessor } from './predecessor.ts';
import { FolderEvents } from './runs/folder-events.ts';
import type { RunSurroundings } from './runs/plugin-run.ts';
import type { Scheduler } from './schedules/scheduler.ts';
import type { ServiceNotifier } from './service/service-notifier.ts';
import { traceStates } from './state-trace.ts';
import type { Database } from './store/database.ts';
import type { InstanceSettings } from './store/instance-settings.ts';
import { openDatabase, type SetAside } from './store/open-database.ts';
import type { StoreWatch } from './store/store-watch.ts';
import type { Recovered } from './supervisor/recovery.ts';
import type { StateWriter } from './supervisor/state-writer.ts';
import type { Supervisor } from './supervisor/supervisor.ts';
import type { Tasks } from './tasks/tasks.ts';
import * as tokens from './tokens.ts';
import type { Handover, Inheritance } from './upgrade/handover.ts';
import type { InstalledProgram } from './upgrade/installed-version.ts';
import type { KernelCalls } from './upgrade/kernel-calls.ts';
import { acceptListener, socketInode } from './upgrade/listener.ts';
import { Upgrade } from './upgrade/upgrade.ts';

/** How a torud ends: for good, or to be replaced by the version that is installed. */
export type DaemonEnd =
  | { readonly kind: 'exit'; readonly exitCode: number }
  | { readonly kind: 'replace'; readonly handover: Handover };

export class Daemon implements DaemonControl {
  readonly #container: DependencyContainer;
  readonly #paths: Paths;
  readonly #config: ConfigHolder;
  readonly #clock: Clock;
  readonly #shutdown = new Shutdown();
  readonly #inheritance: Inheritance | undefined;
  readonly #ended = Promise.withResolvers<DaemonEnd>();
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly #notes: DaemonNotes;
  #upgrade: Upgrade | undefined;
  #instanceId = '';
  #storeWatch: StoreWatch | undefined;
  #socketKeeper: SocketKeeper | undefined;
  #keepPlugins = false;
  #ending: Promise<void> | undefined;
  #isHandingOver = false;
  #isToStop = false;

  constructor(container: DependencyContainer, inheritance?: Inheritance) {
    this.#container = container;
    this.#inheritance = inheritance;
    this.#notes = new DaemonNotes(container);
    this.#paths = container.resolve(tokens.PATHS);
    this.#config = container.resolve(tokens.CONFIG);
    this.#clock = container.resolve(tokens.CLOCK);
    this.since = inheritance?.failure?.since ?? this.#clock.now();
  }

  /** Settles when torud has ended and everything is closed. */
  get ended(): Promise<DaemonEnd> {
    return this.#ended.promise;
  }

  /** Failure: one line that says what keeps torud from starting; everything that was opened is closed again. */
  async start(): Promise<Result<void, string>> {
    const started = await this.#open();
    if (started.ok) {
      this.#log.write('info', 'torud-started', { version: VERSION, pid: process.pid });
      if (this.#inheritance !== undefined) this.#notes.inherited(this.#inheritance);
      this.#service?.serve(this.#container.resolve(tokens.EVENT_BUS), () => this.#supervisor.countStates());
      if (this.#inheritance?.handover.isToStop === true) void this.end(0);
    } else {
      const failures = await this.#shutdown.run();
      for (const line of failures) process.stderr.write(`torud: ${line}\n`);
    }
    return started;
  }

  status(): DaemonStatus {
    return {
      version: VERSION,
      pid: process.pid,
      since: formatTime(this.since),
      instanceId: this.#instanceId,
      protocol: { control: CONTROL_PROTOCOL, plugin: PLUGIN_PROTOCOL },
      plugins: this.#supervisor.counts(),
      paths: this.#paths,
      memoryBytes: process.memoryUsage.rss(),
      problems: this.#allProblems(),
      ...(this.#notes.reason === undefined ? {} : { reason: this.#notes.reason }),
    };
  }

  async reload() {
    this.#service?.reloading('reading the settings again');
    const done = await this.#config.reload(this.#container.resolve<Catalog>(tokens.CATALOG));
    if (done.ok) this.#applySettings(done.value.changed);
    else this.#log.write('error', 'settings-refused', { error: done.failure.message });
    this.#service?.ready();
    return done;
  }

  /** What is not asked for anew each time it is needed. */
  #applySettings(changed: readonly string[]): void {
    this.#log.setLevel(this.#config.current.logLevel);
    this.#log.write('info', 'settings-reloaded', { changed });
    this.#tasks.applySettings();
    this.#scheduler.apply(this.#config.current.schedules);
    const applied = this.#container.resolve<ControlServer>(tokens.CONTROL_SERVER).applyAccess();
    if (!applied.ok) this.#log.write('error', 'access-not-applied', { error: applied.failure });
  }

  previewReload() {
    return this.#config.preview(this.#container.resolve<Catalog>(tokens.CATALOG));
  }

  stop(params: { readonly keepPlugins?: boolean }): void {
    this.#keepPlugins = params.keepPlugins ?? false;
    void this.end(0);
  }

  /** Ends torud once; later calls wait for the same end. While it is being replaced, the next version ends instead. */
  end(exitCode: number): Promise<void> {
    this.#isToStop = true;
    if (!this.#isHandingOver) this.#ending ??= this.#end(exitCode);
    return this.#ending ?? Promise.resolve();
  }

  upgrade(actor: Actor): Promise<Result<DaemonUpgradeResult, ErrorBody>> {
    return this.#upgrader().begin(actor);
  }

  previewUpgrade(): Promise<Result<DaemonUpgradeResult, ErrorBody>> {
    return this.#upgrader().preview();
  }

  #upgrader(): Upgrade {
    const program = this.#container.resolve<InstalledProgram>(tokens.INSTALLED_PROGRAM);
    this.#upgrade ??= new Upgrade(program, this.#clock, this.#log, {
      since: formatTime(this.since),
      isEnding: () => this.#ending !== undefined,
      unwrittenState: () => this.#supervisor.problems()[0],
      handOver: (by) => {
        this.#ending ??= this.#handOver(by);
      },
    });
    return this.#upgrade;
  }

  /** Looks whether shims still live whose end nobody reports. */
  checkShims(): void {
    this.#supervisor.checkShims();
    this.#tasks.checkShims();
  }

  /** Opens torud's own log and the logs of all plugins again, for logrotate. */
  reopenLogs(): void {
    this.#log.reopen();
    this.#supervisor.reopenLogs();
    this.#log.write('info', 'logs-reopened');
  }

  /** Writes to the audit what a signal asks for; before the database is open there is nobody to tell. */
  noteSignal(signal: NodeJS.Signals, method: MethodName): void {
    if (this.#storeWatch !== undefined && this.#ending === undefined) this.#notes.signalled(signal, method);
  }

  /** For a bug that nobody caught: what is known goes to the log, now. */
  noteCrash(thrown: unknown): void {
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    this.#log.write('error', 'torud-crashed', { error: messageOf(thrown), stack });
    this.#log.flushSync();
  }

  async #end(exitCode: number): Promise<void> {
    this.#service?.stopping(this.#keepPlugins ? 'stopping, plugins go on' : 'stopping plugins');
    this.#log.write('info', 'torud-stopping', { keepPlugins: this.#keepPlugins });
    await this.#scheduler.close();
    await Promise.all([this.#tasks.leave(this.#keepPlugins), this.#supervisor.leave(this.#keepPlugins)]);
    const isClean = await this.#close();
    this.#ended.resolve({ kind: 'exit', exitCode: isClean ? exitCode : 1 });
  }

  /** Lets go of everything but the listening socket and the lock, which the next version in this process takes over. */
  async #handOver(actor: Actor): Promise<void> {
    this.#isHandingOver = true;
    this.#service?.reloading('being replaced by the installed version');
    this.#socketKeeper?.close();
    const server = this.#container.resolve<ControlServer>(tokens.CONTROL_SERVER);
    const fd = await server.handOver((open) => this.#calls?.duplicate(open));
    const inode = socketInode(this.#paths.controlSocket);
    if (fd === undefined) this.#log.write('warning', 'clients-cannot-wait', { reason: 'no kernel calls' });
    await this.#scheduler.close();
    await Promise.all([this.#tasks.leave(true), this.#supervisor.leave(true)]);
    await this.#close();
    const listener = fd === undefined || inode === undefined ? {} : { listener: { fd, inode } };
    const isToStop = this.#isToStop ? { isToStop: true } : {};
    this.#ended.resolve({ kind: 'replace', handover: { from: VERSION, actor, ...listener, ...isToStop } });
  }

  /** False when something could not be closed as it should; that is said. */
  async #close(): Promise<boolean> {
    const failures = await this.#shutdown.run();
    for (const line of failures) process.stderr.write(`torud: ${line}\n`);
    return failures.length === 0;
  }

  async #open(): Promise<Result<void, string>> {
    const tooLong = socketPathProblem(this.#paths.controlSocket);
    if (tooLong !== undefined) return failure(tooLong);
    const folders = makeFolders(this.#paths);
    if (!folders.ok) return folders;
    const inheritedFd = this.#acceptListener();
    const before =
      this.#inheritance === undefined ? readPredecessor(this.#paths, systemProcesses) : undefined;
    const lock = await acquireInstance(this.#paths, undefined, {
      hasLock: this.#inheritance !== undefined,
      hasSocket: inheritedFd !== undefined,
    });
    if (!lock.ok) return failure(lock.failure.message);
    this.#shutdown.add('lock', () => {
      if (!this.#isHandingOver) lock.value.release();
    });
    this.#shutdown.add('log', () => this.#log.close());
    const setAside = this.#openDatabase();
    if (!setAside.ok) return setAside;
    this.#careForDatabase();
    const catalog = this.#container.resolve<Catalog>(tokens.CATALOG);
    this.#shutdown.add('catalogue', () => catalog.stop());
    const installs = await clearUpInstalls(this.#paths, this.#log);
    await catalog.start();
    this.#openRunFolders();
    const recovered = this.#container.resolve<Recovered>(tokens.RECOVERED);
    if (setAside.value !== undefined) this.#notes.setAside(setAside.value);
    if (before !== undefined) this.#notes.died(before, this.since);
    this.#supervisor.adopt(recovered);
    for (const [id, change] of installs) this.#supervisor.recall(id, change);
    const server = this.#container.resolve<ControlServer>(tokens.CONTROL_SERVER);
    const listening = await server.listen(inheritedFd);
    if (!listening.ok) return failure(listening.failure);
    this.#shutdown.add('control socket', () => server.close());
    this.#keepSocket(lock.value, server);
    const bus = this.#container.resolve<EventBus>(tokens.EVENT_BUS);
    this.#shutdown.add(
      'state trace',
      traceStates(bus, this.#log, (id) => this.#supervisor.status(id)),
    );
    this.#shutdown.add('host figures', this.#container.resolve<Host>(tokens.HOST).start());
    this.#tasks.open();
    this.#scheduler.apply(this.#config.current.schedules);
    void this.#supervisor.startWanted();
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

  #careForDatabase(): void {
    const settings = this.#container.resolve<InstanceSettings>(tokens.INSTANCE_SETTINGS);
    this.#instanceId = settings.instanceId();
    const database = this.#container.resolve<Database>(tokens.DATABASE);
    const watch = careForDatabase(this.#container, database, this.#notes, this.#instanceId);
    watch.open();
    this.#storeWatch = watch;
    this.#shutdown.add('watch over the database', () => watch.close());
  }

  #keepSocket(lock: InstanceLock, server: ControlServer): void {
    const { runFolder } = this.#paths;
    const folder = new FolderEvents({ folder: runFolder, mode: 0o755, log: this.#log, clock: this.#clock });
    const keeper = new SocketKeeper({
      paths: this.#paths,
      folder,
      clock: this.#clock,
      log: this.#log,
      server,
      renewLock: () => lock.renew(),
    });
    keeper.open();
    const { runsFolder, socketFolder } = this.#container.resolve<RunSurroundings>(tokens.RUN_SURROUNDINGS);
    folder.listen(basename(this.#paths.runsFolder), () => runsFolder.check());
    folder.listen(basename(this.#paths.pluginSocketFolder), () => socketFolder.check());
    folder.listen(basename(this.#paths.taskRunsFolder), () => this.#tasks.checkFolder());
    folder.open();
    this.#socketKeeper = keeper;
    this.#shutdown.add('control files', () => {
      keeper.close();
      folder.close();
    });
  }

  /** The listening socket that was left to us, if there is one and it is what it should be. */
  #acceptListener(): number | undefined {
    const listener = this.#inheritance?.handover.listener;
    if (listener === undefined) return undefined;
    return acceptListener(listener, this.#paths.controlSocket, this.#calls);
  }

  #allProblems(): readonly string[] {
    const { runsFolder, socketFolder } = this.#container.resolve<RunSurroundings>(tokens.RUN_SURROUNDINGS);
    const state = this.#supervisor.problems();
    // State that waits is told with the same reason.
    const storeProblem = state.length > 0 ? undefined : this.#storeWatch?.problem();
    const others = [
      storeProblem,
      runsFolder.problem(),
      socketFolder.problem(),
      this.#socketKeeper?.problem(),
      this.#log.problem(),
      this.#service?.problem,
    ];
    return [
      ...this.#notes.problems,
      ...state,
      ...this.#tasks.problems(),
      ...this.#container.resolve<ControlServer>(tokens.CONTROL_SERVER).problems(),
      ...others.filter((problem) => problem !== undefined),
    ];
  }

  get #calls(): KernelCalls | undefined {
    return this.#container.resolve<{ readonly calls: KernelCalls | undefined }>(tokens.KERNEL_CALLS).calls;
  }

  get #service(): ServiceNotifier | undefined {
    return this.#container.resolve<{ readonly notifier: ServiceNotifier | undefined }>(tokens.SERVICE)
      .notifier;
  }

  get #supervisor(): Supervisor {
    return this.#container.resolve(tokens.SUPERVISOR);
  }

  get #scheduler(): Scheduler {
    return this.#container.resolve(tokens.SCHEDULER);
  }

  get #tasks(): Tasks {
    return this.#container.resolve(tokens.TASKS);
  }

  get #log(): WinstonSupervisorLog {
    return this.#container.resolve(tokens.SUPERVISOR_LOG);
  }
}
