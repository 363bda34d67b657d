/** The two lines on top: where one is, how the machine and its torud are, and what the list leaves out. Pure. */

import { sanitiseField } from '../output/sanitise.ts';
import { formatSize } from '../output/sizes.ts';
import { cutTo } from '../output/width.ts';
import { coarseAge } from './coarse-time.ts';
import { connectionNews } from './connection-text.ts';
import { type Frame, fitted, type Line, line, lineWidth, type Span, span, spread } from './frame.ts';
import { type Model, totals } from './model.ts';
import type { Context, Screen } from './screen.ts';

/** A part of the header; the greatest rank goes first when the terminal is narrow. */
interface Part {
  readonly spans: readonly Span[];
  readonly rank: number;
}

export function header(screens: readonly Screen[], context: Context): Frame {
  const { columns } = context.size;
  let left = leftParts(screens, context);
  let right = rightParts(context);
  const width = (): number => lineWidth(lineOf(left)) + lineWidth(lineOf(right)) + 3;
  while (width() > columns) {
    const worst = Math.max(...[...left, ...right].map(({ rank }) => rank));
    if (worst === 0) break;
    left = left.filter(({ rank }) => rank !== worst);
    right = right.filter(({ rank }) => rank !== worst);
  }
  const end = line(...lineOf(right), ' ');
  const room = Math.max(0, columns - lineWidth(end) - 1);
  const begin = line(' ', ...lineOf(left));
  const top = spread(lineWidth(begin) > room ? fitted(begin, room) : begin, end, columns);
  return [top, ruleLine(screens, context)];
}

function lineOf(parts: readonly Part[]): Line {
  return parts.flatMap(({ spans }) => spans);
}

function leftParts(screens: readonly Screen[], { model, look, wallMs }: Context): readonly Part[] {
  const dot = ` ${look.signs.between} `;
  const version = model.welcome?.daemon.replace('/', ' ') ?? 'torud';
  const place = instanceOf(model);
  const titles = screens.map(({ title }) => sanitiseField(title));
  const here = titles.pop() ?? '';
  const up = model.daemon === undefined ? '' : coarseAge(wallMs - Date.parse(model.daemon.since));
  return [
    { rank: 0, spans: [span('toru', 'title')] },
    { rank: 2, spans: [span(`  ${sanitiseField(model.host)}`, 'strong')] },
    { rank: 4, spans: place === '' ? [] : [span(`${dot}${cutTo(place, 30)}`)] },
    { rank: 5, spans: [span(`${dot}${sanitiseField(version)}`)] },
    { rank: 6, spans: up === '' ? [] : [span(`${dot}up ${up}`)] },
    { rank: 0, spans: titles.length === 0 ? [] : [span(dot)] },
    { rank: 2, spans: titles.map((title) => span(`${title} > `, 'accent')) },
    { rank: 0, spans: titles.length === 0 ? [] : [span(here, 'accent')] },
  ];
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
    { rank: 3, spans: usage === undefined ? [] : [span(`load ${usage.load.toFixed(1)}  `)] },
    { rank: 3, spans: [span(memory)] },
    ...totalParts(model, look),
  ];
}

/** `3.1/23.5G`; with both units where they differ: `840M/23.5G`. */
function partOf(part: number, all: number): string {
  const [own, whole] = [formatSize(part), formatSize(all)];
  return `${own.at(-1) === whole.at(-1) ? own.slice(0, -1) : own}/${whole}`;
}

function totalParts(model: Model, { signs }: Context['look']): readonly Part[] {
  if (!model.isLoaded) return [];
  const { running, backoff, failed, all } = totals(model);
  // The words go before the figures do.
  const total = (count: number, sign: string, word: string, role: Span['role']): readonly Part[] => [
    { rank: 0, spans: [span(`${sign} ${count}`, role)] },
    { rank: 1, spans: [span(` ${word}`, role)] },
  ];
  const gap: Part = { rank: 0, spans: [span('  ')] };
  return [
    { rank: 0, spans: [span(`${signs.running} ${running}`)] },
    { rank: 7, spans: running === all ? [] : [span(` of ${all}`)] },
    { rank: 1, spans: [span(' running')] },
    gap,
    ...total(backoff, signs.retry, 'backoff', backoff > 0 ? 'busy' : 'dim'),
    gap,
    ...total(failed, signs.failed, 'failed', failed > 0 ? 'bad' : 'dim'),
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
