/** A stage whose folders can lie on small disks, and that ends with a look for bugs in torud's own log. */

import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { DaemonStatus } from '../../src/protocol/control/daemon.ts';
import { type CliResult, runToru } from './cli-rig.ts';
import { untilTrue } from './plugin-processes.ts';
import { PluginStage } from './plugin-stage.ts';
import { SmallDisk } from './small-disk.ts';

/** Folders of a root that can be given a disk of their own. */
export type DiskFolder = 'state' | 'log' | 'run';

export interface FaultStageOptions {
  /** Kibibytes of each disk. */
  readonly disks?: Readonly<Partial<Record<DiskFolder, number>>>;
  readonly plugins?: Readonly<Record<string, string>>;
  /** Appended to torud.toml. */
  readonly config?: string;
}

export class FaultStage implements AsyncDisposable {
  readonly stage: PluginStage;
  readonly #disks: ReadonlyMap<DiskFolder, SmallDisk>;

  private constructor(stage: PluginStage, disks: ReadonlyMap<DiskFolder, SmallDisk>) {
    this.stage = stage;
    this.#disks = disks;
  }

  static async open(options: FaultStageOptions = {}): Promise<FaultStage> {
    const stage = await PluginStage.make(options.config);
    const disks = new Map<DiskFolder, SmallDisk>();
    const made = new FaultStage(stage, disks);
    try {
      for (const [name, kibibytes] of Object.entries(options.disks ?? {})) {
        const disk = new SmallDisk(kibibytes);
        disks.set(name as DiskFolder, disk);
        // Linked, not mounted there: the root can be removed while the disk is still in use.
        symlinkSync(disk.folder, join(stage.folder, name));
      }
      for (const [id, dropIn] of Object.entries(options.plugins ?? {})) await stage.install(id, dropIn);
      await stage.rig.start();
      return made;
    } catch (thrown) {
      await made[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  disk(name: DiskFolder): SmallDisk {
    const disk = this.#disks.get(name);
    if (disk === undefined) throw new Error(`${name} has no disk of its own`);
    return disk;
  }

  /** `problems` of `daemon.status`. */
  async problems(): Promise<readonly string[]> {
    const { daemon } = (await this.stage.call('daemon.status')) as unknown as { daemon: DaemonStatus };
    return daemon.problems;
  }

  /** Waits for a problem with this text. */
  async untilProblem(text: string): Promise<string> {
    return this.#untilProblems(`a problem says "${text}"`, (problems) =>
      problems.find((problem) => problem.includes(text)),
    );
  }

  /** Waits until torud says that all is well. */
  async untilNoProblem(): Promise<void> {
    await this.#untilProblems('no problem is left', (problems) => (problems.length === 0 ? true : undefined));
  }

  toru(...args: readonly string[]): Promise<CliResult> {
    return runToru(this.stage.folder, args);
  }

  /** Entries of plugin-supervisor.log with this event. */
  logged(event: string): readonly Record<string, unknown>[] {
    const file = this.stage.paths.supervisorLog;
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.includes(`"event":"${event}"`))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  untilLogged(event: string): Promise<void> {
    return untilTrue(`torud logged ${event}`, () => this.logged(event).length > 0);
  }

  /** Restores the disks, stops everything, and throws when torud met a bug of its own. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const disk of this.#disks.values()) disk.restore();
    const bugs = ['torud-crashed', 'control-fault'].flatMap((event) => this.logged(event));
    const { stderr } = this.stage.rig;
    try {
      await this.stage[Symbol.asyncDispose]();
    } finally {
      for (const disk of this.#disks.values()) disk.remove();
    }
    if (bugs.length > 0) throw new Error(`torud met a bug: ${JSON.stringify(bugs, null, 1)}`);
    if (stderr.includes('a bug ended it')) throw new Error(stderr);
  }

  /** Nobody tells that a problem has come or gone: it is asked for. */
  async #untilProblems<Found>(
    what: string,
    find: (problems: readonly string[]) => Found | undefined,
  ): Promise<Found> {
    const deadline = performance.now() + 10_000;
    for (;;) {
      const problems = await this.problems();
      const found = find(problems);
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new Error(`not so: ${what}: ${JSON.stringify(problems)}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}
