/** The catalogue: every plugin that lies in the plugin folder, with its settings, and all that was refused and why. */

import { mkdirSync } from 'node:fs';
import type { Refusal, ScanResult } from '../../protocol/control/plugins.ts';
import type { Paths } from '../../protocol/paths.ts';
import { failure, messageOf, type Result, success } from '../../protocol/result.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { DaemonConfig, SettingsProblem } from '../base/config.ts';
import type { EventBus } from '../base/event-bus.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import { type DropIn, DropIns } from './drop-ins.ts';
import { FolderScan } from './folder-scan.ts';
import { FolderWatch } from './folder-watch.ts';
import { PluginGroups } from './plugin-groups.ts';
import { type CatalogContent, compareContent, EMPTY_CONTENT, isChange, newRefusals } from './scan-compare.ts';
import type { CatalogEntry } from './settings.ts';

export interface CatalogOptions {
  readonly paths: Paths;
  readonly log: SupervisorLog;
  readonly bus: EventBus;
  readonly clock: Clock;
  /** The configuration in force; asked at each scan. */
  readonly config: () => DaemonConfig;
  /** uid of torud; the process's own unless set. */
  readonly ownUid?: number;
  /** Folders in which a bare `command` is looked up, and PATH of a program that is asked for its metadata. */
  readonly searchPath?: string;
}

/** PATH of what torud starts: system folders alone, in the order that Debian's root has. */
export const SECURE_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export class Catalog {
  readonly #options: CatalogOptions;
  readonly #scan: FolderScan;
  readonly #dropIns: DropIns;
  readonly #watches: readonly FolderWatch[];
  /** Who is in which group. */
  readonly groups: PluginGroups;
  #content: CatalogContent = EMPTY_CONTENT;
  /** End of all work that was asked for so far: scans and reloads never overlap. */
  #tail: Promise<unknown> = Promise.resolve();
  /** The scan that was asked for and has not begun; whoever asks now gets it too. */
  #waiting: { readonly done: Promise<ScanResult>; wantsRetry: boolean } | undefined;
  #timer: Timer | undefined;
  #watching: Promise<void> = Promise.resolve();
  #isWatching = false;
  #isStopped = false;

  constructor(options: CatalogOptions) {
    this.#options = options;
    const { paths, clock, log } = options;
    const ownUid = options.ownUid ?? process.getuid?.() ?? 0;
    this.#dropIns = new DropIns(paths.dropInFolder, ownUid);
    this.#scan = new FolderScan({
      pluginFolder: paths.pluginFolder,
      socketFolder: paths.pluginSocketFolder,
      searchPath: options.searchPath ?? SECURE_PATH,
      ownUid,
      clock,
    });
    this.groups = new PluginGroups({
      declared: () => options.config().groups,
      entries: () => this.entries(),
      get: (id) => this.get(id),
    });
    const onChange = (): void => this.#scanUnasked();
    this.#watches = [
      new FolderWatch({ folder: paths.pluginFolder, hasSubfolders: true, clock, log, onChange }),
      new FolderWatch({ folder: paths.dropInFolder, hasSubfolders: false, clock, log, onChange }),
    ];
  }

  /** Makes the plugin folder if there is none, scans it, and begins to watch it. Rejects when it cannot be made. */
  async start(): Promise<void> {
    mkdirSync(this.#options.paths.pluginFolder, { recursive: true, mode: 0o755 });
    await this.scan();
    this.#watching = this.#beginToWatch();
    this.#armTimer();
  }

  /** Settles when the watch that start() began is complete, and what changed until then has been seen. */
  whenWatching(): Promise<void> {
    return this.#watching;
  }

  /**
   * Looks at the plugin folder and the drop-ins again. Asked for while a scan runs, it is the next one. A program that
   * gave no good metadata is asked again.
   */
  scan(): Promise<ScanResult> {
    return this.#enqueue(true);
  }

  /** As `scan`, but a program that gave no good metadata is not asked again: quick when nothing has changed. */
  refresh(): Promise<ScanResult> {
    return this.#enqueue(false);
  }

  /** Runs the work between two scans, so that none sees the plugin folder in the middle of it. */
  betweenScans<Value>(work: () => Value): Promise<Value> {
    return this.#inTurn(async () => work());
  }

  /** What `scan` would find and say; the catalogue stays as it is. */
  preview(): Promise<ScanResult> {
    return this.#inTurn(async () => {
      const content = await this.#look(true);
      return content === undefined
        ? { added: [], changed: [], removed: [], refused: this.#content.refusals }
        : compareContent(this.#content, content);
    });
  }

  get(id: string): CatalogEntry | undefined {
    return this.#content.entries.get(id);
  }

  /** In the order of the ids. */
  entries(): readonly CatalogEntry[] {
    return [...this.#content.entries.values()];
  }

  refusals(): readonly Refusal[] {
    return this.#content.refusals;
  }

  /**
   * Puts the configuration and the drop-ins, read again, into force for the plugins that are known. Success: ids whose
   * entry is another one now. Failure: all that is wrong in drop-ins; nothing was changed then.
   * @param previewed a configuration that is not in force: only says what it would change
   */
  reloadSettings(previewed?: DaemonConfig): Promise<Result<readonly string[], readonly SettingsProblem[]>> {
    return this.#inTurn(async () => {
      const dropIns = this.#dropIns.read();
      if (!dropIns.ok) return failure([dropIns.failure]);
      const problems = [...dropIns.value.values()].flatMap((dropIn) => (dropIn.ok ? [] : dropIn.failure));
      if (problems.length > 0) return failure(problems);
      const { defaults } = previewed ?? this.#options.config();
      const content = await this.#scan.again(defaults, dropIns.value, this.#content);
      const isPreview = previewed !== undefined;
      const result = isPreview ? compareContent(this.#content, content) : this.#take(content);
      return success([...result.added, ...result.changed].sort());
    });
  }

  /** Ends watching, and waits for a scan that runs. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    await Promise.all(this.#watches.map((folderWatch) => folderWatch.stop()));
    await this.#watching;
    await this.#tail;
  }

  #enqueue(wantsRetry: boolean): Promise<ScanResult> {
    if (this.#waiting !== undefined) {
      this.#waiting.wantsRetry ||= wantsRetry;
      return this.#waiting.done;
    }
    const done = this.#inTurn(async () => {
      const wants = this.#waiting?.wantsRetry ?? false;
      this.#waiting = undefined;
      return this.#scanNow(wants);
    });
    this.#waiting = { done, wantsRetry };
    return done;
  }

  /** For the watch and the timer; a fault is logged, for nobody waits for the answer. */
  #scanUnasked(): void {
    if (this.#isStopped) return;
    this.#enqueue(false).catch((thrown: unknown) => {
      this.#options.log.write('error', 'scan-failed', { error: messageOf(thrown) });
    });
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = this.#tail.then(work);
    this.#tail = done.catch(() => undefined);
    return done;
  }

  async #scanNow(wantsRetry: boolean): Promise<ScanResult> {
    if (this.#isWatching) await this.#checkWatches();
    const content = await this.#look(wantsRetry);
    if (content !== undefined) return this.#take(content);
    return { added: [], changed: [], removed: [], refused: this.#content.refusals };
  }

  /** What lies in the folders now; undefined when the plugin folder cannot be read. */
  async #look(wantsRetry: boolean): Promise<CatalogContent | undefined> {
    const folder = this.#options.paths.pluginFolder;
    const names = this.#scan.names();
    if (!names.ok) {
      // A folder that is away for a moment (renamed, not mounted) is no reason to give up what is known.
      this.#options.log.write('warning', 'plugin-folder-unreadable', { folder, error: names.failure });
      return undefined;
    }
    const { defaults } = this.#options.config();
    return this.#scan.look(names.value, defaults, this.#readDropIns(), this.#content, wantsRetry);
  }

  #readDropIns(): ReadonlyMap<string, DropIn> | SettingsProblem {
    const read = this.#dropIns.read();
    return read.ok ? read.value : read.failure;
  }

  /** Makes it the catalogue, and tells of it when it is another one. */
  #take(content: CatalogContent): ScanResult {
    const before = this.#content;
    const result = compareContent(before, content);
    this.#content = content;
    if (!isChange(before, content, result)) return result;
    const { log, bus } = this.#options;
    for (const { id, path, reason } of newRefusals(before, content))
      log.write('warning', 'refused', { plugin: id, path, reason });
    const { added, changed, removed, refused } = result;
    log.write('info', 'catalog-changed', { added, changed, removed, refused: refused.length });
    bus.publish('catalog-changed', result);
    return result;
  }

  async #beginToWatch(): Promise<void> {
    this.#isWatching = true;
    try {
      await this.#enqueue(false);
      await Promise.all(this.#watches.map((folderWatch) => folderWatch.ready()));
      // What changed between the first scan and the beginning of the watch.
      if (!this.#isStopped) await this.#enqueue(false);
    } catch (thrown) {
      this.#options.log.write('error', 'watch-failed', { error: messageOf(thrown) });
    }
  }

  async #checkWatches(): Promise<void> {
    await Promise.all(this.#watches.map((folderWatch) => folderWatch.check()));
  }

  #armTimer(): void {
    const { scanIntervalMs } = this.#options.config();
    if (this.#isStopped || scanIntervalMs === 0) return;
    this.#timer = this.#options.clock.setTimer(() => {
      this.#armTimer();
      this.#scanUnasked();
    }, scanIntervalMs);
  }
}
