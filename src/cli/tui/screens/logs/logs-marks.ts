/** What is said between the lines: where a run begins, where one has crashed, where lines are missing. */

import type { CrashSummary } from '../../../../protocol/control/crashes.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { formatClock, formatSpan } from '../../../output/sizes.ts';
import { causeText } from '../../../status-block.ts';
import { type Line, line, type Role, span } from '../../frame.ts';
import type { Context } from '../../screen.ts';
import { entryAt } from './logs-buffer.ts';
import { crashesBelow } from './logs-crashes.ts';
import { factsOf, type LogEntry } from './logs-line.ts';
import { isOne, isSelective, type LogsState } from './logs-state.ts';

/** So many lines of others a plugin's own are looked for behind. */
const MAX_LOOK = 4_096;
const MAX_CRASHES = 3;

export interface CrashesKnown {
  /** Oldest first. */
  readonly of: (plugin: string) => readonly CrashSummary[];
  readonly inTime: readonly CrashSummary[];
}

/** All crashes that are known, oldest first. */
export function allCrashes(state: LogsState, { model }: Context): readonly CrashSummary[] {
  const { ids } = state.wants;
  const known = new Map(state.crashes.map((crash) => [crash.id, crash]));
  for (const { plugin } of model.plugins.values()) {
    const { lastCrash } = plugin;
    if (lastCrash !== null && (ids.length === 0 || ids.includes(plugin.id)))
      known.set(lastCrash.id, lastCrash);
  }
  return [...known.values()].sort((one, other) => one.id - other.id);
}

interface Known {
  readonly loaded: readonly CrashSummary[];
  readonly plugins: Context['model']['plugins'];
  readonly ids: readonly string[];
  readonly crashes: CrashesKnown;
}

/** Asked for with every picture, and seldom another one. */
let lastKnown: Known | undefined;

export function knownCrashes(state: LogsState, context: Context): CrashesKnown {
  const { crashes: loaded, wants } = state;
  const { plugins } = context.model;
  const isSame = lastKnown?.loaded === loaded && lastKnown.plugins === plugins && lastKnown.ids === wants.ids;
  if (!isSame || lastKnown === undefined)
    lastKnown = { loaded, plugins, ids: wants.ids, crashes: crashIndex(allCrashes(state, context)) };
  return lastKnown.crashes;
}

function crashIndex(crashes: readonly CrashSummary[]): CrashesKnown {
  const found = new Map<string, CrashSummary[]>();
  for (const crash of crashes) {
    const own = found.get(crash.plugin);
    if (own === undefined) found.set(crash.plugin, [crash]);
    else own.push(crash);
  }
  const inTime = [...crashes].sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0));
  return { of: (plugin) => found.get(plugin) ?? [], inTime };
}

/** Rows above a line. */
export function marksBefore(state: LogsState, at: number, context: Context): readonly Line[] {
  const entry = entryAt(state.buffer, at);
  if (entry === undefined || entry.run === -1) return [];
  const before = sameBefore(state, at, entry);
  if (before === undefined) return isFirst(state, at, entry) ? [runLine(entry, state, context)] : [];
  if (before.run !== entry.run) return [runLine(entry, state, context)];
  if (isSelective(state.wants) || entry.seq === -1) return [];
  const lost = entry.seq - before.seq > 1 ? factsOf(entry).lost : 0;
  const missing = entry.seq - before.seq - 1 - lost;
  return missing > 0 ? [gapLine(missing, entry, state, context)] : [];
}

/** Rows below a line. */
export function marksAfter(
  state: LogsState,
  at: number,
  crashes: CrashesKnown,
  context: Context,
): readonly Line[] {
  const own = isOne(state.wants) ? ownBelow(state, at, crashes) : crashesBelow(state, at, crashes.inTime);
  const shown = own.slice(0, MAX_CRASHES).map((crash) => crashLine(crash, state, context));
  const more = own.length - shown.length;
  return more > 0 ? [...shown, rule(`${more} more crashes without a line`, 'bad', context)] : shown;
}

/** The first line of its run, or of all that there are. */
function isFirst({ buffer }: LogsState, at: number, { seq }: LogEntry): boolean {
  return seq === 1 || (at === buffer.from && buffer.isFromStart);
}

/** Of the plugin that is looked at: those of the runs that end below the line. */
function ownBelow(state: LogsState, at: number, crashes: CrashesKnown): readonly CrashSummary[] {
  const entry = entryAt(state.buffer, at);
  if (entry === undefined || entry.run === -1) return [];
  const own = crashes.of(entry.plugin);
  if (own.length === 0) return [];
  const next = runAfter(state, at);
  // While older lines are read, more of them will come.
  if (next === undefined && (state.live === undefined || state.live.backlog !== undefined)) return [];
  const endRun = next?.run ?? Number.POSITIVE_INFINITY;
  return own.filter(({ runId }) => runId >= entry.run && runId < endRun);
}

/** The next line that is one of a plugin. */
function runAfter({ buffer }: LogsState, at: number): LogEntry | undefined {
  for (let look = at + 1; look < buffer.to; look += 1) {
    const entry = entryAt(buffer, look);
    if (entry !== undefined && entry.run !== -1) return entry;
  }
  return undefined;
}

function sameBefore({ buffer }: LogsState, at: number, { plugin }: LogEntry): LogEntry | undefined {
  for (let look = at - 1; look >= Math.max(buffer.from, at - MAX_LOOK); look -= 1) {
    const entry = entryAt(buffer, look);
    if (entry?.plugin === plugin) return entry;
  }
  return undefined;
}

function runLine(entry: LogEntry, state: LogsState, context: Context): Line {
  return rule(`${ownerOf(entry.plugin, state)}run ${entry.run}`, 'dim', context);
}

function gapLine(missing: number, entry: LogEntry, state: LogsState, context: Context): Line {
  const lines = missing === 1 ? '1 line is' : `${missing} lines are`;
  return rule(`${ownerOf(entry.plugin, state)}${lines} not in the log any more`, 'busy', context);
}

function crashLine(crash: CrashSummary, state: LogsState, context: Context): Line {
  const at = formatClock(crash.at, context.wallMs);
  const owner = ownerOf(crash.plugin, state);
  const cause = `${causeText(crash)} after ${formatSpan(crash.uptimeMs)}`;
  const said = `${context.look.signs.failed} ${owner}crash #${crash.id} at ${at}: ${cause}, run ${crash.runId}`;
  return rule(said, 'bad', context);
}

function ownerOf(plugin: string, { wants }: LogsState): string {
  return isOne(wants) ? '' : `${plugin} `;
}

function rule(text: string, role: Role, { look, size }: Context): Line {
  const { rule: sign } = look.signs;
  const said = ` ${sign}${sign} ${sanitiseField(text)} `;
  return line(span(said, role), span(sign.repeat(Math.max(0, size.columns - said.length - 1)), 'dim'));
}
