/** Runs the cases against one plugin: what depends on nothing runs side by side, a few at a time. */

import { statsOf } from '../daemon/catalog/file-identity.ts';
import type { CatalogEntry } from '../daemon/catalog/settings.ts';
import { type ErrorBody, errorBody } from '../protocol/errors.ts';
import type {
  CheckCase,
  CheckedCase,
  CheckedPlugin,
  CheckReport,
  CheckRequest,
} from '../protocol/programs.ts';
import type { Result } from '../protocol/result.ts';
import { errnoOf, failure, messageOf, success } from '../protocol/result.ts';
import { CheckStore } from './check-store.ts';
import { CORE_CASES } from './core-cases.ts';
import { END_CASES } from './end-cases.ts';
import { HOSTILE_CASES } from './hostile-cases.ts';
import { lastCases, listing } from './last-cases.ts';
import { MESSAGE_CASES } from './message-cases.ts';
import { dependencyVerdict, METADATA_CASES, metadataVerdict, stableVerdict } from './metadata-cases.ts';
import { lookAtPlugin, type PluginSource } from './plugin-source.ts';
import { type CommonNotes, Stage } from './stage.ts';
import { START_CASES } from './start-cases.ts';
import { STORE_CASES } from './store-cases.ts';
import { type ConformanceCase, fail, inTime, skip, type Verdict } from './verdict.ts';
import { Workplace } from './workplace.ts';

/** Cases of one plugin that run at a time: most of their time is waiting. */
const AT_ONCE = 4;
/** Beside the plugin's own times to start and to end: for what a case has to say. */
const CASE_MS = 30_000;

function runningCases(
  folder: string | null,
  before: ReadonlyMap<string, string> | undefined,
): readonly ConformanceCase[] {
  return [
    ...START_CASES,
    ...MESSAGE_CASES,
    ...HOSTILE_CASES,
    ...CORE_CASES,
    ...STORE_CASES,
    ...END_CASES,
    ...lastCases(folder, before),
  ];
}

/** In the order of the report. */
export const ALL_CASES: readonly CheckCase[] = [...METADATA_CASES, ...runningCases(null, undefined)].map(
  ({ name, does }) => ({ name, does }),
);

/** @param shimFile toru-shim's program */
export async function checkPlugin(
  request: CheckRequest,
  shimFile: string,
): Promise<Result<CheckReport, ErrorBody>> {
  let workplace: Workplace;
  try {
    workplace = new Workplace(shimFile);
  } catch (thrown) {
    return failure(errorBody('failed', `no temporary folder can be made: ${messageOf(thrown)}`));
  }
  try {
    const source = await lookAtPlugin(request.path, request.dropIn, workplace.folder);
    return source.ok ? success(await new Suite(request, workplace, source.value).run()) : source;
  } catch (thrown) {
    // The temporary folder's file system: a full disk, …
    if (errnoOf(thrown) === undefined) throw thrown;
    return failure(errorBody('failed', `the check cannot work: ${messageOf(thrown)}`));
  } finally {
    workplace.close();
  }
}

class Suite {
  readonly #request: CheckRequest;
  readonly #workplace: Workplace;
  readonly #source: PluginSource;
  readonly #store: CheckStore;
  readonly #notes: CommonNotes = { faults: [], runs: [] };
  readonly #done = new Map<string, Promise<CheckedCase>>();
  /** Of a case that could not be tried: the one that failed before it. */
  readonly #blockedBy = new Map<string, string>();
  #running = 0;
  readonly #queue: (() => void)[] = [];

  constructor(request: CheckRequest, workplace: Workplace, source: PluginSource) {
    this.#request = request;
    this.#workplace = workplace;
    this.#source = source;
    this.#store = new CheckStore(workplace.folder);
  }

  async run(): Promise<CheckReport> {
    const { found, path } = this.#source;
    if (!found.ok) return this.#refused(found.failure.id, found.failure.reason);
    const entry = found.value;
    const folder = statsOf(entry.path)?.isDirectory() === true ? entry.folder : null;
    const before = folder === null ? undefined : listing(folder);
    const cases = runningCases(folder, before).filter(({ name }) => this.#isWanted(name));
    const first = await this.#metadata(entry);
    for (const one of cases.filter(({ isLast }) => isLast !== true)) this.#begin(one, entry);
    await Promise.all(this.#done.values());
    for (const one of cases.filter(({ isLast }) => isLast === true)) this.#begin(one, entry);
    const rest = await Promise.all(cases.map(({ name }) => this.#done.get(name)));
    this.#store.close();
    const checked = [...first, ...rest.flatMap((one) => (one === undefined ? [] : [one]))];
    return { plugin: pluginOf(entry, path), cases: checked, refusal: null };
  }

  /** Nothing of a plugin that torud refuses can be run. */
  #refused(id: string, reason: string): CheckReport {
    const plugin = { id, name: null, version: null, transport: null, runtime: null, path: this.#source.path };
    const cases = ALL_CASES.filter(({ name }) => name === 'metadata' || this.#isWanted(name)).map(
      ({ name }) =>
        name === 'metadata'
          ? checked(name, fail(reason), 0)
          : checked(name, skip('torud would not take the plugin'), 0),
    );
    return { plugin, cases, refusal: reason };
  }

  async #metadata(entry: CatalogEntry): Promise<readonly CheckedCase[]> {
    const looks: Readonly<Record<string, () => Verdict | Promise<Verdict>>> = {
      metadata: () => metadataVerdict(entry),
      'metadata-stable': () => stableVerdict(entry, this.#source.again),
      dependencies: () => dependencyVerdict(entry),
    };
    const done: CheckedCase[] = [];
    for (const [name, look] of Object.entries(looks)) {
      if (!this.#isWanted(name)) continue;
      const startedAt = performance.now();
      done.push(checked(name, await look(), performance.now() - startedAt));
    }
    return done;
  }

  #begin(one: ConformanceCase, entry: CatalogEntry): void {
    this.#done.set(one.name, this.#checkOne(one, entry));
  }

  async #checkOne(one: ConformanceCase, entry: CatalogEntry): Promise<CheckedCase> {
    const { transport } = entry.metadata;
    if (!one.transports.includes(transport)) return checked(one.name, skip(`transport is ${transport}`), 0);
    for (const need of one.needs) {
      const before = await this.#done.get(need);
      const failed = before?.result === 'fail' ? need : this.#blockedBy.get(need);
      if (failed === undefined) continue;
      this.#blockedBy.set(one.name, failed);
      return checked(one.name, skip(`${failed} failed`), 0);
    }
    await this.#turn();
    try {
      return await this.#perform(one, entry);
    } finally {
      this.#running -= 1;
      this.#queue.shift()?.();
    }
  }

  async #perform(one: ConformanceCase, entry: CatalogEntry): Promise<CheckedCase> {
    const { caseTimeoutMs, wantsExchange } = this.#request;
    const owner = one.name;
    const stage = new Stage(this.#workplace, entry, this.#notes, caseTimeoutMs, (type, payload) =>
      this.#store.serve(owner, type, payload, entry.settings.kv),
    );
    const { start, stop } = entry.settings;
    const limitMs =
      caseTimeoutMs > 0 ? caseTimeoutMs : CASE_MS + start.timeoutMs + start.aliveMs + stop.graceMs;
    const startedAt = performance.now();
    const timeUp = Promise.withResolvers<Verdict>();
    const timer = setTimeout(
      () => timeUp.resolve(fail(`not done within ${inTime(limitMs)}`, 'see --timeout')),
      limitMs,
    );
    const verdict = await Promise.race([this.#look(one, stage), timeUp.promise]);
    clearTimeout(timer);
    const durationMs = performance.now() - startedAt;
    await stage.close();
    const kept = { exchange: stage.exchange, output: stage.output };
    return checked(
      one.name,
      verdict,
      durationMs,
      wantsExchange && verdict.result === 'fail' ? kept : undefined,
    );
  }

  /** A fault of the suite is told as such, and costs one case. */
  async #look(one: ConformanceCase, stage: Stage): Promise<Verdict> {
    try {
      return await one.run(stage);
    } catch (thrown) {
      const hint = errnoOf(thrown) === undefined ? 'this is a bug in toru' : 'nothing is said of the plugin';
      return fail(`the check itself failed: ${messageOf(thrown)}`, hint);
    }
  }

  #isWanted(name: string): boolean {
    return this.#request.cases.length === 0 || this.#request.cases.includes(name);
  }

  async #turn(): Promise<void> {
    while (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#running += 1;
  }
}

function pluginOf(entry: CatalogEntry, path: string): CheckedPlugin {
  const { name, version, transport, runtime } = entry.metadata;
  return { id: entry.id, name, version, transport, runtime, path };
}

function checked(
  name: string,
  verdict: Verdict,
  durationMs: number,
  kept?: Pick<CheckedCase, 'exchange' | 'output'>,
): CheckedCase {
  const { result, detail, hint } = verdict;
  return {
    name,
    result,
    detail,
    durationMs: Math.round(durationMs * 1000) / 1000,
    hint: hint ?? null,
    ...kept,
  };
}
