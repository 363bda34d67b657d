/**
 * One run of the plugin under check. It is started by the real toru-shim with the spec that torud would write, so that
 * environment, working directory, descriptors, limits, log and the end of leftover processes are what they will be.
 */

import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { systemClock } from '../daemon/base/clock.ts';
import { oneLine } from '../daemon/base/one-line.ts';
import { isAlive, type ProcessIdentity, readBootId } from '../daemon/base/process-identity.ts';
import type { ExitedEvent } from '../daemon/runs/run-events.ts';
import { runFiles, writeSpec } from '../daemon/runs/run-files.ts';
import {
  preparePlace,
  type RunIdentity,
  type RunPlace,
  type RunPlan,
  runVariables,
  specOf,
} from '../daemon/runs/run-plan.ts';
import { type RunOutcome, RunWitness } from '../daemon/runs/run-witness.ts';
import type { ShimOrder } from '../daemon/runs/shim-process.ts';
import { parseFrame } from '../protocol/frames.ts';
import { errnoOf } from '../protocol/result.ts';
import { Exchange, type ExchangeReport } from './exchange.ts';
import type { Endable, Workplace } from './workplace.ts';

/** Between two tries to connect while the plugin does not listen yet. */
const CONNECT_AGAIN_MS = 5;
const INSTANCE_ID = randomUUID();

let lastRun = 0;

/** A line of the run's log. */
export interface LogLine {
  readonly message: string;
  readonly stream: string;
  readonly isCut: boolean;
}

export class CheckedRun implements Endable {
  readonly place: RunPlace;
  readonly identity: RunIdentity;
  readonly ended: Promise<RunOutcome>;
  /** Settles with the plugin's process, or with undefined when it never began. */
  readonly started: Promise<ProcessIdentity | undefined>;
  /** The main process has ended; what it left may still be there. */
  readonly exited: Promise<ExitedEvent | undefined>;
  #outcome: RunOutcome | undefined;
  readonly #exchanges: Exchange[] = [];
  readonly #witness: RunWitness;
  readonly #workplace: Workplace;

  /** Throws what the file system says of the temporary folder. */
  constructor(workplace: Workplace, plan: RunPlan) {
    this.#workplace = workplace;
    lastRun += 1;
    const runId = lastRun;
    const folder = join(workplace.folder, String(runId));
    this.place = {
      socketPath: join(folder, `${plan.plugin}.sock`),
      httpSocketPath: join(folder, `${plan.plugin}.http.sock`),
      logPath: join(folder, 'log', `${plan.plugin}.log`),
      dataFolder: join(folder, 'data', plan.plugin),
    };
    this.identity = { runId, bootId: readBootId(), instanceId: INSTANCE_ID };
    const files = runFiles(workplace.runsPath, { runId, plugin: plan.plugin });
    const started = Promise.withResolvers<ProcessIdentity | undefined>();
    const exited = Promise.withResolvers<ExitedEvent | undefined>();
    const ended = Promise.withResolvers<RunOutcome>();
    this.started = started.promise;
    this.exited = exited.promise;
    this.ended = ended.promise;
    const variables = runVariables(this.place, this.identity);
    this.#witness = new RunWitness(systemClock, workplace.runsFolder, files, variables, {
      onStarted: (identity) => started.resolve(identity),
      onMainExited: (exit) => exited.resolve(exit),
      onCaptureLost: () => undefined,
      onLinesLost: () => undefined,
      onEnded: (outcome) => {
        this.#outcome = outcome;
        this.#workplace.remove(this);
        started.resolve(undefined);
        exited.resolve(outcome.kind === 'exited' ? outcome.exit : undefined);
        ended.resolve(outcome);
      },
    });
    preparePlace(this.place, undefined);
    writeSpec(files, specOf(plan, this.place, this.identity, undefined));
    workplace.add(this);
    this.#witness.spawn(workplace.shimFile);
  }

  get shimPid(): number | null {
    return this.#witness.shimPid;
  }

  /** The plugin's main process, undefined before it has begun. */
  get plugin(): ProcessIdentity | undefined {
    return this.#witness.plugin;
  }

  get outcome(): RunOutcome | undefined {
    return this.#outcome;
  }

  /** False once the main process has ended, also when the shim has not said so yet. */
  get isRunning(): boolean {
    return this.#outcome === undefined && this.plugin !== undefined && isAlive(this.plugin);
  }

  order(order: ShimOrder): void {
    this.#witness.order(order);
  }

  kill(): void {
    this.order('kill-all');
    this.resumeShim();
  }

  /** With its shim stopped, nobody tidies up after the plugin, and nobody says that it has ended. */
  pauseShim(): void {
    if (this.shimPid !== null) process.kill(this.shimPid, 'SIGSTOP');
  }

  resumeShim(): void {
    // Our own child, so the pid is its own until Node has seen its end.
    if (this.#outcome === undefined && this.shimPid !== null) process.kill(this.shimPid, 'SIGCONT');
  }

  /**
   * Connects, and waits for the plugin to listen. Failure: why it cannot be done, as the rest of a sentence that begins
   * with the plugin.
   */
  async connect(report: ExchangeReport, timeoutMs: number): Promise<Exchange | string> {
    const deadline = performance.now() + timeoutMs;
    let refusal = 'made no socket at TORU_SOCKET';
    for (;;) {
      if (this.#outcome !== undefined) return endText(this.#outcome);
      if (existsSync(this.place.socketPath)) {
        const opened = await Exchange.open(this.place.socketPath, report);
        if (typeof opened !== 'string') {
          this.#exchanges.push(opened);
          return opened;
        }
        refusal = `takes no connection at TORU_SOCKET (${opened})`;
      }
      if (performance.now() >= deadline) return `${refusal} within ${Math.round(timeoutMs)} ms`;
      await Promise.race([after(CONNECT_AGAIN_MS), this.ended]);
    }
  }

  /** Kills what is left of it, and waits for that. */
  async end(): Promise<void> {
    if (this.#outcome === undefined) this.kill();
    await this.ended;
    for (const exchange of this.#exchanges) exchange.close();
  }

  /** What it wrote so far. */
  logLines(): readonly LogLine[] {
    let text: string;
    try {
      text = readFileSync(this.place.logPath, 'utf8');
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
      return [];
    }
    return text.split('\n').flatMap((line) => {
      const entry = parseFrame(Buffer.from(line));
      if (entry === undefined || typeof entry.message !== 'string') return [];
      return [{ message: entry.message, stream: String(entry.stream), isCut: entry.cut === true }];
    });
  }
}

/** How a run ended, as the rest of a sentence that begins with the plugin. */
export function endText(outcome: RunOutcome): string {
  switch (outcome.kind) {
    case 'exited':
      return outcome.exit.signal === null
        ? `ended with exit code ${outcome.exit.code}`
        : `was ended by ${outcome.exit.signal}`;
    case 'spawn-failed':
      return `could not be started: ${outcome.step}: ${oneLine(outcome.error, 200)}`;
    case 'never-began':
      return 'was never started';
    case 'lost':
      return `ended unseen: ${outcome.detail}`;
  }
}
