/** Gathers what `toru why` explains: from the runner, the database and the other plugins. */

import type { CrashSummary } from '../../protocol/control/crashes.ts';
import type { PluginEvent } from '../../protocol/control/events.ts';
import type { PluginStatus } from '../../protocol/control/plugins.ts';
import { formatTime, parseTime } from '../base/clock.ts';
import { NO_BOOT } from '../store/records.ts';
import { startProblem } from './dependency-problems.ts';
import type { Landscape } from './landscape.ts';
import type { PluginRunner } from './plugin-runner.ts';
import type { RunnerSurroundings } from './runner-surroundings.ts';
import { explainGone, type WhyFacts } from './why.ts';
import { streakOf } from './why-crashes.ts';
import type { WhyRules } from './why-facts.ts';

/** Crashes that are looked at; more in a row are not counted. */
const MAX_STREAK = 200;
/** Events of a plugin that are looked at for one kind of news. */
const MAX_EVENTS = 200;
/** torud notes how the torud before it ended at most so long before it takes plugins over. */
const ADOPTION_MS = 60_000;
/** A signal that somebody sent counts as the cause of an end that followed within so long. */
const KILL_MS = 10_000;
/** The end is timed by the process's parent, the signal by torud when it was sent. */
const KILL_SKEW_MS = 100;

type Around = Pick<RunnerSurroundings, 'writer' | 'stores' | 'clock'>;

/** Without the database the facts lack history, and no more. */
export function gatherFacts(
  around: Around,
  runner: PluginRunner,
  statusOf: (id: string) => PluginStatus | undefined,
  land: Landscape,
): WhyFacts | undefined {
  const status = statusOf(runner.id);
  if (status === undefined) return undefined;
  const { record, machine, view } = runner;
  const { phase } = machine;
  const problem = startProblem(runner.id, land);
  const { enabledAt, enabledActor } = record;
  const history = around.writer.read(() => readHistory(around, runner, status)) ?? NO_HISTORY;
  return {
    status,
    nowMs: around.clock.now(),
    files: view.kind === 'entry' ? 'there' : view.kind,
    rules: rulesOf(runner),
    goal: phase.name === 'stopping' ? phase.goal.kind : undefined,
    isDueAtNextStart: record.wantedBootId === NO_BOOT,
    enabling: enabledAt === null ? undefined : { actor: enabledActor, at: enabledAt },
    badAnswers: runner.run?.badHealthAnswers,
    startProblem:
      problem === undefined ? undefined : [problem.message, problem.hint].filter(Boolean).join('; '),
    statusOf,
    ...history,
  };
}

/** What is known of a plugin that is not there any more; undefined: it never was. */
export function gatherGone(around: Around, id: string): string | undefined {
  const { writer, stores, clock } = around;
  return writer.read(() => {
    const record = stores.plugins.get(id);
    const removal = stores.events.read({ plugins: [id], types: ['removed'], limit: 1 })[0];
    if (record === undefined && removal === undefined) return undefined;
    const last = stores.events.read({ plugins: [id], limit: 1 })[0];
    const reason = 'its files are gone from the plugin folder';
    const known = removal ?? { at: last?.at ?? formatTime(clock.now()), actor: null, reason };
    return explainGone(known, record?.version ?? '', clock.now());
  });
}

type History = Pick<
  WhyFacts,
  | 'crash'
  | 'streak'
  | 'lastGood'
  | 'wasGood'
  | 'killedBy'
  | 'changedAt'
  | 'adoptedAt'
  | 'torudEnd'
  | 'unhealthySince'
>;

const NO_HISTORY: History = {
  crash: undefined,
  streak: [],
  lastGood: undefined,
  wasGood: false,
  killedBy: undefined,
  changedAt: undefined,
  adoptedAt: undefined,
  torudEnd: undefined,
  unhealthySince: undefined,
};

function readHistory(around: Around, runner: PluginRunner, status: PluginStatus): History {
  const { stores } = around;
  const { id } = runner;
  const crash = status.lastCrash === null ? undefined : stores.crashes.get(status.lastCrash.id);
  const streak = streakOf(
    status.lastCrash === null ? [] : stores.crashes.list({ plugins: [id], limit: MAX_STREAK }),
  );
  const good = crash?.lastGoodRunId == null ? undefined : stores.runs.get(crash.lastGoodRunId);
  const lastGood = good && { startedAt: good.startedAt, endedAt: good.end?.endedAt ?? null };
  const isOther = crash?.versionBefore !== undefined || crash?.digestChanged === true;
  return {
    ...NO_HISTORY,
    crash,
    streak,
    lastGood,
    wasGood: crash !== undefined && runner.record.lastGoodRunId === crash.runId,
    killedBy: crash === undefined ? undefined : killerOf(around, crash),
    changedAt: isOther ? changeTime(around, id, lastGood?.startedAt, streak) : undefined,
    ...(status.pid === null ? {} : adoption(around, runner, status)),
    unhealthySince: status.health === 'unhealthy' ? illnessTime(around, id) : undefined,
  };
}

/** Of a plugin that ended of a signal: who had sent just that one, shortly before. */
function killerOf({ stores }: Around, { plugin, at, signal, uptimeMs }: CrashSummary): string | undefined {
  if (signal === null) return undefined;
  const since = formatTime(parseTime(at) - Math.min(uptimeMs, KILL_MS));
  const events = stores.events.read({ plugins: [plugin], types: ['killed'], since, limit: MAX_EVENTS });
  const isIt = ({ actor, details }: PluginEvent): boolean =>
    actor?.kind === 'user' && details.signal === signal;
  return events.findLast((event) => isIt(event) && parseTime(event.at) - KILL_SKEW_MS <= parseTime(at))
    ?.reason;
}

/** When files came that were not those of the last good run: the newest change before the first crash of the row. */
function changeTime(
  { stores }: Around,
  id: string,
  since: string | undefined,
  streak: readonly CrashSummary[],
): string | undefined {
  const first = streak.at(-1);
  const events = stores.events.read({
    plugins: [id],
    types: ['installed', 'changed'],
    limit: MAX_EVENTS,
    ...(since === undefined ? {} : { since }),
  });
  const isChange = (event: PluginEvent): boolean =>
    (event.type === 'installed' || event.details.to !== undefined || event.details.version !== undefined) &&
    (first === undefined || event.at <= first.at);
  return events.findLast(isChange)?.at;
}

function adoption(
  { stores }: Around,
  runner: PluginRunner,
  { runId }: PluginStatus,
): Pick<History, 'adoptedAt' | 'torudEnd'> {
  const events = stores.events.read({ plugins: [runner.id], types: ['adopted'], limit: 1 });
  const adopted = events.find((event) => event.details.runId === runId);
  if (adopted === undefined) return { adoptedAt: undefined, torudEnd: undefined };
  const since = formatTime(parseTime(adopted.at) - ADOPTION_MS);
  const told = stores.events
    .read({ types: ['changed'], since, limit: 1_000 })
    .find((event) => event.plugin === null && event.details.isUncleanEnd === true && event.at <= adopted.at);
  return { adoptedAt: adopted.at, torudEnd: told?.reason };
}

function illnessTime({ stores }: Around, id: string): string | undefined {
  const events = stores.events.read({ plugins: [id], types: ['changed'], limit: MAX_EVENTS });
  const newest = events.findLast((event) => event.details.health !== undefined);
  return newest?.details.health === 'unhealthy' ? newest.at : undefined;
}

/** Of the run that is, or of the files that a start would take. */
function rulesOf(runner: PluginRunner): WhyRules | undefined {
  const { plan, view } = runner;
  const entry = view.kind === 'entry' ? view.entry : undefined;
  const isLive = runner.run !== undefined && plan !== undefined;
  const settings = isLive ? plan.settings : entry?.settings;
  if (settings === undefined) return undefined;
  const transport = isLive ? plan.transport : entry?.metadata.transport;
  return {
    // How often it is tried is decided by the files of now, also for a run that is older than they are.
    limit: entry?.settings.restart.limit ?? null,
    stableAfterMs: settings.restart.stableAfterMs,
    graceMs: settings.stop.graceMs,
    aliveMs: transport === 'none' ? settings.start.aliveMs : null,
    startTimeoutMs: settings.start.timeoutMs,
    restartAfter: settings.health.restartAfter,
  };
}
