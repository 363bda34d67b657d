/** What one case works with: runs of its own, a handshake, and a record of all that was said. */

import type { CatalogEntry } from '../daemon/catalog/settings.ts';
import { planOf, type RunPlan } from '../daemon/runs/run-plan.ts';
import type { PluginError } from '../protocol/plugin/envelope.ts';
import type { InitRequest } from '../protocol/plugin/messages.ts';
import { failure, type Result, success } from '../protocol/result.ts';
import { PLUGIN_PROTOCOL } from '../protocol/version.ts';
import { CheckedRun, endText } from './checked-run.ts';
import type { Exchange, ExchangeReport, Payload, Reply } from './exchange.ts';
import { fail, inTime, type Verdict } from './verdict.ts';
import type { Workplace } from './workplace.ts';

/** A run that has answered `init`. */
export interface ReadyRun {
  readonly run: CheckedRun;
  readonly core: Exchange;
  /** From `init` to its answer, in milliseconds. */
  readonly initMs: number;
}

/** What all cases have seen together. */
export interface CommonNotes {
  /** What torud would end the plugin for. */
  readonly faults: string[];
  readonly runs: CheckedRun[];
}

/** Serves what the plugin asks the core for; undefined: no answer. */
export type Serve = (type: string, payload: Payload) => Result<Payload, PluginError> | undefined;

/** How long an answer may take that needs no work. */
const ANSWER_MS = 5_000;
/** Of the case's time limit: what may be waited for inside it. */
const SHARE_OF_CASE = 0.9;
const MAX_LINES = 200;
const MAX_OUTPUT_LINES = 20;
/** A type that no version of the protocol has. */
export const UNKNOWN_TYPE = 'check_unknown';

export class Stage {
  readonly entry: CatalogEntry;
  readonly plan: RunPlan;
  readonly workplace: Workplace;
  readonly notes: CommonNotes;
  readonly #caseTimeoutMs: number;
  readonly #begunAt = performance.now();
  readonly #lines: string[] = [];
  readonly #runs: CheckedRun[] = [];
  /** What the plugin gets of the core unless the case says otherwise. */
  readonly defaultServe: Serve;
  #serve: Serve;
  #isOver = false;

  constructor(
    workplace: Workplace,
    entry: CatalogEntry,
    notes: CommonNotes,
    caseTimeoutMs: number,
    serve: Serve,
  ) {
    this.defaultServe = serve;
    this.#serve = serve;
    this.workplace = workplace;
    this.entry = entry;
    this.notes = notes;
    this.#caseTimeoutMs = caseTimeoutMs;
    const plan = planOf(entry);
    // The caller's own rights are all there are.
    this.plan = { ...plan, settings: { ...plan.settings, user: null, group: null } };
  }

  get isStdio(): boolean {
    return this.plan.transport === 'stdio';
  }

  /** A time limit inside the case: it ends before that of the case, so that the case can say what it waited for. */
  limited(ms: number): number {
    if (this.#caseTimeoutMs === 0) return ms;
    const leftMs = SHARE_OF_CASE * this.#caseTimeoutMs - (performance.now() - this.#begunAt);
    return Math.min(ms, Math.max(1, leftMs));
  }

  get answerMs(): number {
    return this.limited(ANSWER_MS);
  }

  get startMs(): number {
    return this.limited(this.plan.settings.start.timeoutMs);
  }

  /** From now on, on every connection of this stage. */
  serveWith(serve: Serve): void {
    this.#serve = serve;
  }

  /** Starts the plugin. */
  begin(): CheckedRun {
    if (this.#isOver) throw new Error('this case is over');
    const run = new CheckedRun(this.workplace, this.plan);
    this.#runs.push(run);
    this.notes.runs.push(run);
    return run;
  }

  /** Starts the plugin and waits until it is reached. */
  async reach(run: CheckedRun): Promise<Result<Exchange, Verdict>> {
    const opened = await run.connect(this.#report, this.startMs);
    if (typeof opened !== 'string') return success(opened);
    const hint = `listen on the path in TORU_SOCKET within the start timeout (${inTime(this.plan.settings.start.timeoutMs)})`;
    const isHintOfUse = !this.isStdio && run.outcome === undefined;
    return failure(fail(`it ${opened}${this.lastWords(run)}`, isHintOfUse ? hint : undefined));
  }

  /** Starts the plugin and brings it as far as a torud would. */
  async ready(): Promise<Result<ReadyRun, Verdict>> {
    const run = this.begin();
    const reached = await this.reach(run);
    if (!reached.ok) return reached;
    const core = reached.value;
    const reply = await this.init(run, core, false);
    const problem = initProblem(reply, core);
    if (problem !== undefined) return failure(fail(`${problem}${this.lastWords(run)}`, INIT_HINT));
    return success({ run, core, initMs: reply.ms });
  }

  init(run: CheckedRun, exchange: Exchange, isAdopted: boolean): Promise<Reply> {
    const request: InitRequest = {
      action: 'init',
      protocol: PLUGIN_PROTOCOL,
      instance_id: run.identity.instanceId,
      plugin_id: this.plan.plugin,
      run_id: run.identity.runId,
      socket_path: run.place.socketPath,
      log_path: run.place.logPath,
      data_dir: run.place.dataFolder,
      config: this.plan.settings.config,
      adopted: isAdopted,
    };
    return exchange.request('lifecycle', request, this.startMs);
  }

  /** A further connection to a plugin that listens. */
  another(run: CheckedRun): Promise<Exchange | string> {
    return run.connect(this.#report, this.answerMs);
  }

  /**
   * Whether the plugin still does its work: it answers one of two harmless requests. Undefined, or what is wrong, as the
   * rest of a sentence that begins with the plugin.
   */
  async lifeProblem(run: CheckedRun, exchange: Exchange): Promise<string | undefined> {
    const asked = [
      exchange.request('health', {}, this.answerMs),
      exchange.request(UNKNOWN_TYPE, {}, this.answerMs),
    ];
    const first = await Promise.any(
      asked.map(async (one) => {
        const reply = await one;
        if (reply.kind === 'silence' || reply.kind === 'closed') throw new Error(reply.kind);
      }),
    ).then(
      () => true,
      () => false,
    );
    if (run.isRunning) return first ? undefined : 'answers nothing any more';
    // Its end is written by the shim a moment after it has come.
    if (run.plugin !== undefined) await run.exited;
    return run.outcome === undefined ? 'has ended' : endText(run.outcome);
  }

  /** What the plugin last wrote, for a message about a start that failed. */
  lastWords(run: CheckedRun): string {
    const last = run.logLines().findLast((line) => line.message.trim() !== '');
    return last === undefined ? '' : `; its log ends with: ${last.message.slice(0, 200)}`;
  }

  get exchange(): readonly string[] {
    return this.#lines;
  }

  get output(): readonly string[] {
    return this.#runs.flatMap((run) => run.logLines().map((line) => line.message)).slice(-MAX_OUTPUT_LINES);
  }

  /** Ends all runs; the case begins no further one. */
  async close(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#runs.map((run) => run.end()));
  }

  readonly #report: ExchangeReport = {
    onLine: (text) => {
      if (this.#lines.length < MAX_LINES) this.#lines.push(text);
      else if (this.#lines.length === MAX_LINES) this.#lines.push('… and more');
    },
    onFault: (what) => {
      if (!this.notes.faults.includes(what)) this.notes.faults.push(what);
    },
    serve: (type, payload) => this.#serve(type, payload),
  };
}

/** The plugin names the version that it will speak: at most the one that it was offered. */
function isSpoken(version: unknown): boolean {
  return (
    typeof version === 'number' && Number.isInteger(version) && version >= 1 && version <= PLUGIN_PROTOCOL
  );
}

const INIT_HINT =
  'answer {"action":"init"} with {"ready":true,"protocol":1} under the same type and request_id';

/** What is wrong with an answer to `init`; undefined: nothing. */
export function initProblem(reply: Reply, exchange: Exchange): string | undefined {
  const [stray] = exchange.strays;
  const instead = stray === undefined ? '' : `; what came instead is ${stray}`;
  switch (reply.kind) {
    case 'silence':
      return `it did not answer init within ${inTime(reply.ms)}${instead}`;
    case 'closed':
      return `it closed the connection instead of answering init${instead}`;
    case 'error':
      return `it refused init: ${reply.code}: ${reply.message}`;
    case 'answer':
      if (reply.payload.ready !== true) return 'it answered init without "ready": true';
      return isSpoken(reply.payload.protocol)
        ? undefined
        : `it answered init with "protocol": ${JSON.stringify(reply.payload.protocol)}, and ${PLUGIN_PROTOCOL} is spoken`;
  }
}
