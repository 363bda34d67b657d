/** The tasks that run: begins them, takes over those of a torud before, ends them, and notes how they ended. */

import { dirname } from 'node:path';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import type { Paths } from '../../protocol/paths.ts';
import { errnoOf, failure, messageOf, type Result, success } from '../../protocol/result.ts';
import type { Accounts } from '../base/accounts.ts';
import { type Clock, formatTime, parseTime, type Timer } from '../base/clock.ts';
import type { TaskSettings } from '../base/config-tasks.ts';
import { MAX_TIMER_MS } from '../base/config-values.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import { FolderEvents } from '../runs/folder-events.ts';
import type { RunOutcome } from '../runs/run-witness.ts';
import type { TaskEnding, TaskRecord } from '../store/task-store.ts';
import type { OutputFiles } from './output-files.ts';
import { OutputMeter } from './output-total.ts';
import type { ScriptFolder } from './script-folder.ts';
import { interpreterOf } from './script-text.ts';
import type { TaskBook } from './task-book.ts';
import { taskEnd } from './task-end.ts';
import { TaskRun, type TaskSurroundings } from './task-run.ts';
import { type SpecPlace, taskSpec } from './task-spec.ts';
import { personOf, surroundingsProblem } from './task-surroundings.ts';
import type { RunningFacts } from './task-view.ts';

export interface RunnerParts {
  readonly book: TaskBook;
  readonly output: OutputFiles;
  readonly scripts: ScriptFolder;
  readonly settings: () => TaskSettings;
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly log: SupervisorLog;
  readonly paths: Paths;
  readonly shimFile: string;
  readonly bootId: string;
  /** A task runs no longer: it has ended, or goes back into the queue because it never began. */
  readonly onGone: (id: string, isAgain: boolean) => void;
}

interface Active {
  readonly run: TaskRun;
  readonly meter: OutputMeter;
  pid: number | null;
  timeout: Timer | undefined;
}

const RUNS_FOLDER_MODE = 0o700;

export class TaskRunner {
  readonly #parts: RunnerParts;
  readonly #active = new Map<string, Active>();
  #around: TaskSurroundings | undefined;
  #whenIdle: (() => void) | undefined;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Undefined: it does not run, as far as this torud knows. */
  facts(id: string): RunningFacts | undefined {
    const active = this.#active.get(id);
    if (active === undefined) return undefined;
    return { pid: active.pid, output: active.meter.read() };
  }

  /** Why no script can be begun now, whichever it is; undefined when they can. */
  surroundings(): string | undefined {
    return surroundingsProblem(this.#parts.settings(), this.#parts.accounts);
  }

  /** What keeps the folder of the tasks' run files from being made again. */
  problem(): string | undefined {
    return this.#around?.runsFolder.problem();
  }

  /** Makes the folder of run files again when it was deleted; for whoever sees its parent. */
  checkFolder(): void {
    this.#around?.runsFolder.check();
  }

  /** Begins a task that may begin. Failure: it has not begun, and nothing is stored. */
  begin(queued: TaskRecord): Result<void, ErrorBody> {
    const { book, bootId, settings } = this.#parts;
    const script = this.#parts.scripts.find(queued.script);
    if (!script.ok) return script;
    const problem = this.surroundings();
    const person = personOf(settings(), this.#parts.accounts);
    if (problem !== undefined || !person.ok)
      return failure(errorBody('invalid', problem ?? '', { name: queued.script }));
    const spec = taskSpec(queued, this.#place(queued.id, script.value), settings(), person.value);
    const active = this.#prepare(queued, (run) => run.prepare(spec));
    if (!active.ok) return active;
    const stored = book.commit({ ...queued, state: 'running', bootId });
    if (!stored.ok) {
      this.#abandon(queued.id, active.value);
      return stored;
    }
    active.value.run.begin();
    return success(undefined);
  }

  /** Takes over a task that a torud before this one began. */
  adopt(record: TaskRecord): void {
    const { id, script, ending } = record;
    const ready = this.#prepare(record, () => undefined);
    if (!ready.ok) {
      this.#parts.log.write('error', 'task-not-adopted', { id, script, error: ready.failure.message });
      return;
    }
    ready.value.run.adopt();
    if (ending !== null) this.end(id, ending);
  }

  /** Asks a running task to end, for a reason that is stored already. */
  end(id: string, { force }: TaskEnding): void {
    const run = this.#active.get(id)?.run;
    if (force) run?.kill();
    else run?.stop(this.#parts.settings().graceMs);
  }

  checkShims(): void {
    for (const { run } of [...this.#active.values()]) run.checkShim();
  }

  /** Lets go of all tasks. @param keepsThem false: they are ended first */
  async leave(keepsThem: boolean): Promise<void> {
    if (!keepsThem && this.#active.size > 0) {
      const idle = new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
      for (const id of [...this.#active.keys()])
        this.#noteEnding(id, { kind: 'stop', actor: null, force: false });
      await idle;
    }
    for (const active of this.#active.values()) {
      active.timeout?.cancel();
      active.run.release();
    }
    this.#around?.runsFolder.close();
  }

  #place(id: string, scriptPath: string): SpecPlace {
    const { settings, paths, output, bootId } = this.#parts;
    return {
      scriptPath,
      workingFolder: settings().workingFolder ?? dirname(scriptPath),
      outputPrefix: output.prefix(id),
      controlSocket: paths.controlSocket,
      bootId,
    };
  }

  /** Failure: what the file system says. */
  #prepare(record: TaskRecord, work: (run: TaskRun) => void): Result<Active, ErrorBody> {
    const { id } = record;
    let run: TaskRun | undefined;
    try {
      run = new TaskRun(this.#surroundings(), id, {
        onStarted: (pid, at) => this.#onStarted(id, pid, at),
        onBare: () => this.#noteEnding(id, { kind: 'bare', actor: null, force: false }),
        onEnded: (outcome) => this.#onEnded(id, outcome),
      });
      work(run);
    } catch (thrown) {
      run?.release();
      if (errnoOf(thrown) === undefined) throw thrown;
      return failure(
        errorBody('unavailable', `the task cannot be prepared: ${messageOf(thrown)}`, {
          name: record.script,
        }),
      );
    }
    const meter = new OutputMeter(this.#parts.output, id);
    const active: Active = { run, meter, pid: null, timeout: undefined };
    this.#active.set(id, active);
    return success(active);
  }

  /** Folders and their watch are there from the first task on. */
  #surroundings(): TaskSurroundings {
    if (this.#around !== undefined) return this.#around;
    const { paths, clock, log, shimFile, output } = this.#parts;
    output.open();
    const runsPath = paths.taskRunsFolder;
    const runsFolder = new FolderEvents({ folder: runsPath, mode: RUNS_FOLDER_MODE, log, clock });
    runsFolder.open();
    this.#around = { shimFile, runsFolder, runsPath, clock };
    return this.#around;
  }

  #abandon(id: string, { run }: Active): void {
    this.#active.delete(id);
    run.release();
    run.forget();
  }

  #onStarted(id: string, pid: number, at: string): void {
    const active = this.#active.get(id);
    const record = this.#parts.book.liveOne(id);
    if (active === undefined || record === undefined) return;
    active.pid = pid;
    this.#armTimeout(id, at, record.timeoutMs);
    // It has its environment now, and nobody needs it any more.
    if (record.env === null && record.startedAt === at) this.#parts.book.tell(id);
    else this.#parts.book.note({ ...record, env: null, startedAt: at });
  }

  /** Ends a task for a reason that nobody can refuse. */
  #noteEnding(id: string, ending: TaskEnding): void {
    const record = this.#parts.book.liveOne(id);
    if (record === undefined) return;
    if (record.ending === null) this.#parts.book.note({ ...record, ending });
    this.end(id, ending);
  }

  /** The limit counts from when the script was started. */
  #armTimeout(id: string, startedAt: string, timeoutMs: number | null): void {
    const active = this.#active.get(id);
    if (active === undefined || timeoutMs === null) return;
    const { clock } = this.#parts;
    const leftMs = parseTime(startedAt) + timeoutMs - clock.now();
    const onDue = (): void => this.#noteEnding(id, { kind: 'timeout', actor: null, force: false });
    const again = (): void => this.#armTimeout(id, startedAt, timeoutMs);
    active.timeout =
      leftMs > MAX_TIMER_MS
        ? clock.setTimer(again, MAX_TIMER_MS)
        : clock.setTimer(onDue, Math.max(0, Math.ceil(leftMs)));
  }

  #onEnded(id: string, outcome: RunOutcome): void {
    const { book, clock, log } = this.#parts;
    const active = this.#active.get(id);
    const record = book.liveOne(id);
    if (active === undefined || record === undefined) return;
    active.timeout?.cancel();
    this.#active.delete(id);
    // No shim has claimed it: it can begin once more.
    const isAgain = outcome.kind === 'never-began' && record.ending === null && active.run.hasFiles();
    if (isAgain) {
      active.run.forget();
      book.note({ ...record, state: 'queued', startedAt: null, bootId: null });
    } else {
      const ended = this.#endedRecord(record, active, outcome, formatTime(clock.now()));
      log.write('info', 'task-ended', {
        id,
        script: record.script,
        state: ended.state,
        exitCode: ended.exitCode,
      });
      book.noteEnd(ended, () => active.run.forget());
    }
    this.#parts.onGone(id, isAgain);
    if (this.#active.size === 0) this.#whenIdle?.();
  }

  #endedRecord(record: TaskRecord, active: Active, outcome: RunOutcome, nowText: string): TaskRecord {
    const { scripts, settings } = this.#parts;
    const interpreter = (): string | undefined => {
      const path = scripts.find(record.script);
      return path.ok ? interpreterOf(path.value) : undefined;
    };
    const workingFolder = settings().workingFolder ?? scripts.path;
    return {
      ...record,
      ...taskEnd(record, outcome, { interpreter, workingFolder }, nowText),
      ...outputOf(outcome, active.meter),
      env: null,
    };
  }
}

/** As the shim has counted it; from the files where its last word is missing. */
function outputOf(
  outcome: RunOutcome,
  meter: OutputMeter,
): Pick<TaskRecord, 'outputBytes' | 'outputCut' | 'outputSegment'> {
  const gone = outcome.kind === 'exited' ? outcome.gone : undefined;
  if (gone?.outputBytes === undefined) {
    const { bytes, isCut, segment } = meter.read();
    return { outputBytes: bytes, outputCut: isCut, outputSegment: segment };
  }
  return {
    outputBytes: gone.outputBytes,
    outputCut: gone.outputCut ?? false,
    outputSegment: gone.outputSegment ?? 0,
  };
}
