/** The two lines on top: where one is, how the machine and its torud are, and what the list leaves out. Pure. */

import type { HostUsage } from '../../protocol/control/plugins.ts';
import { sanitiseField } from '../output/sanitise.ts';
import { formatSize } from '../output/sizes.ts';
import { cutTo } from '../output/width.ts';
import { coarseAge } from './coarse-time.ts';
import { connectionNews } from './connection-text.ts';
import { type Frame, fitted, type Line, line, lineWidth, type Span, span, spread } from './frame.ts';
import { STATE_LETTERS, UNHEALTHY_LETTER } from './look.ts';
import { type Model, totals } from './model.ts';
import type { Context, Screen } from './screen.ts';

/** A part of the header; those with the least rank come first when the terminal is narrow. */
interface Part {
  readonly spans: readonly Span[];
  readonly rank: number;
  /** What stands in its place where there is room for that. */
  readonly longer?: Part;
}

/** Below this rank nothing is left out while something behind it stays. */
const FILLING_RANK = 3;

/** From so many columns on, the version of torud stays longer than the load does. */
const VERSION_COLUMNS = 100;

export function header(screens: readonly Screen[], context: Context): Frame {
  const { columns } = context.size;
  const left = leftParts(screens, context);
  const right = rightParts(context);
  const kept = keptRanks([...left, ...right], columns - 4);
  const end = line(...lineOf(right, kept), ' ');
  const room = Math.max(0, columns - lineWidth(end) - 1);
  const begin = line(' ', ...lineOf(left, kept));
  const top = spread(lineWidth(begin) > room ? fitted(begin, room) : begin, end, columns);
  return [top, ruleLine(screens, context)];
}

function keptRanks(parts: readonly Part[], columns: number): ReadonlySet<number> {
  const ranks = parts.flatMap(({ rank, longer }) => (longer === undefined ? [rank] : [rank, longer.rank]));
  const kept = new Set<number>([0]);
  for (const rank of [...new Set(ranks)].sort((one, other) => one - other)) {
    kept.add(rank);
    if (rank === 0 || lineWidth(lineOf(parts, kept)) <= columns) continue;
    kept.delete(rank);
    if (rank < FILLING_RANK) break;
  }
  return kept;
}

function lineOf(parts: readonly Part[], kept: ReadonlySet<number>): Line {
  return parts.flatMap(({ spans, rank, longer }) => {
    if (!kept.has(rank)) return [];
    return longer !== undefined && kept.has(longer.rank) ? longer.spans : spans;
  });
}

function leftParts(screens: readonly Screen[], { model, look, size, wallMs }: Context): readonly Part[] {
  const dot = ` ${look.signs.between} `;
  const version = model.welcome?.daemon.replace('/', ' ') ?? 'torud';
  const place = instanceOf(model);
  const titles = screens.map(({ title }) => sanitiseField(title));
  const here = titles.pop() ?? '';
  const up = model.daemon === undefined ? '' : coarseAge(wallMs - Date.parse(model.daemon.since));
  return [
    { rank: 0, spans: [span('toru', 'title')] },
    { rank: 1.5, spans: model.welcome?.role === 'view' ? [span(`${dot}view only`, 'busy')] : [] },
    { rank: 2.8, spans: [span(`  ${sanitiseField(model.host)}`, 'strong')] },
    placePart(place, dot),
    { rank: size.columns >= VERSION_COLUMNS ? 2.9 : 5, spans: [span(`${dot}${sanitiseField(version)}`)] },
    { rank: 6, spans: up === '' ? [] : [span(`${dot}up ${up}`)] },
    { rank: 0, spans: titles.length === 0 ? [] : [span(dot)] },
    // The first goes first: the last ones say what is seen.
    ...titles.map((title, at) => ({
      rank: 2 + (titles.length - at) / (2 * titles.length),
      spans: [span(`${title} > `, 'accent')],
    })),
    { rank: 0, spans: titles.length === 0 ? [] : [span(here, 'accent')] },
  ];
}

/** Of a long path at least its last part: `…/r`. */
function placePart(place: string, dot: string): Part {
  if (place === '') return { rank: 4, spans: [] };
  const whole = [span(`${dot}${cutTo(place, 30)}`)];
  if (!place.startsWith('/') || place.length <= 12) return { rank: 4, spans: whole };
  const short = cutTo(`…${place.slice(place.lastIndexOf('/'))}`, 20);
  return { rank: 4, spans: [span(`${dot}${short}`)], longer: { rank: 6.5, spans: whole } };
}

/** Where this torud lies, where that is not where it lies on every machine. */
function instanceOf({ daemon }: Model): string {
  if (daemon === undefined) return '';
  const { mode, pluginFolder } = daemon.paths;
  if (mode === 'root') return sanitiseField(pluginFolder.replace(/\/plugins$/, ''));
  return mode === 'user' ? 'user' : '';
}

function rightParts({ model, look, nowMs }: Context): readonly Part[] {
  const { connection, usage } = model;
  const news = connectionNews(connection, nowMs);
  if (news !== undefined) return [{ rank: 0, spans: [news] }];
  const memory = usage === undefined ? '' : `mem ${partOf(usage.memoryUsedBytes, usage.memoryTotalBytes)}   `;
  return [
    ...machineParts(usage),
    { rank: 3, spans: usage === undefined ? [] : [span(`load ${usage.load.toFixed(1)}  `)] },
    { rank: 3, spans: [span(memory)] },
    ...totalParts(model, look),
  ];
}

/** What is seldom worth a look has the least room; a disk that is full has it before anything else. */
function machineParts(usage: HostUsage | undefined): readonly Part[] {
  const cpu = usage?.cpuPercent ?? null;
  const [fullest] = usage?.fullDisks ?? [];
  const disk = fullest && `disk ${cutTo(sanitiseField(fullest.mount), 20)} ${fullest.usedPercent}% full  `;
  return [
    { rank: 2.7, spans: disk === undefined ? [] : [span(disk, 'bad')] },
    { rank: 5.5, spans: cpu === null ? [] : [span(`cpu ${Math.round(cpu)}%  `)] },
  ];
}

/** `3.1/23.5G`; with both units where they differ: `840M/23.5G`. */
function partOf(part: number, all: number): string {
  const [own, whole] = [formatSize(part), formatSize(all)];
  return `${own.at(-1) === whole.at(-1) ? own.slice(0, -1) : own}/${whole}`;
}

function totalParts(model: Model, { signs }: Context['look']): readonly Part[] {
  if (!model.isLoaded) return [];
  const { running, backoff, failed, invalid, unhealthy, all } = totals(model);
  // The words go before the figures do.
  const total = (count: number, sign: string, word: string, role: Span['role'], rank = 1): Part[] => [
    { rank: 0, spans: [span(`${sign} ${count}`, role)] },
    { rank, spans: [span(` ${word}`, role)] },
  ];
  const gap: Part = { rank: 0, spans: [span('  ')] };
  const seldom = (count: number, sign: string, word: string): readonly Part[] =>
    count === 0 ? [] : [gap, ...total(count, sign, word, 'bad', 2.6)];
  return [
    { rank: 0, spans: [span(`${signs.running} ${running}`)] },
    { rank: 7, spans: running === all ? [] : [span(` of ${all}`)] },
    { rank: 1, spans: [span(' running')] },
    gap,
    ...total(backoff, signs.retry, 'backoff', backoff > 0 ? 'busy' : 'dim'),
    gap,
    ...total(failed, signs.failed, 'failed', failed > 0 ? 'bad' : 'dim'),
    ...seldom(invalid, STATE_LETTERS.invalid, 'invalid'),
    ...seldom(unhealthy, UNHEALTHY_LETTER, 'unhealthy'),
  ];
}

/** A rule; where something is left out of what is shown, it says what. */
function ruleLine(screens: readonly Screen[], context: Context): Line {
  const { columns } = context.size;
  const { rule } = context.look.signs;
  const note = screens.at(-1)?.note?.(context) ?? '';
  if (note === '') return line(span(rule.repeat(columns), 'dim'));
  const shown = span(` ${cutTo(note, Math.max(1, columns - 6))} `, 'accent');
  const rest = Math.max(0, columns - 2 - lineWidth([shown]));
  return line(span(rule.repeat(2), 'dim'), shown, span(rule.repeat(rest), 'dim'));
}
