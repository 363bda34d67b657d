/** What is being done and what came of it: lines over the footer. Pure. */

import { sanitiseField } from '../output/sanitise.ts';
import { formatSpan } from '../output/sizes.ts';
import { wrap } from '../output/wrap.ts';
import { progressText } from '../progress-text.ts';
import { actText } from './command-text.ts';
import type { Desk, Outcome, Underway } from './desk.ts';
import { type Frame, type Line, line, type Role, span } from './frame.ts';
import type { Context } from './screen.ts';

/** Lines of one outcome; `m` shows all of them. */
const MAX_LINES = 4;

const PARTICIPLES: Readonly<Record<string, string>> = {
  start: 'starting',
  stop: 'stopping',
  restart: 'restarting',
  'try-restart': 'restarting',
  reload: 'reloading',
  enable: 'enabling',
  disable: 'disabling',
  kill: 'signalling',
  edit: 'editing',
  install: 'installing',
  remove: 'removing',
};

/** Rows at the bottom of the body that what is being done may take. */
export const MAX_NEWS_ROWS = 8;

/** At most `rows` lines, the newest at the bottom; each begins with the reason why it stands there. */
export function deskLines(desk: Desk, context: Context, rows: number): Frame {
  const shown = desk.outcomes.filter(({ isShown }) => isShown);
  const lines = [
    ...shown.flatMap((one) => outcomeLines(one, context)),
    ...desk.underway.map((one) => underwayLine(one, context)),
  ];
  return lines.slice(Math.max(0, lines.length - rows));
}

/** What tab could mean, in lines over the prompt. */
export function candidateLines(candidates: readonly string[], columns: number, rows: number): Frame {
  const lines = wrap(candidates.map((one) => sanitiseField(one)).join(' '), Math.max(1, columns - 2));
  const shown =
    lines.length > rows ? [...lines.slice(0, rows - 1), `and ${lines.length - rows + 1} more lines`] : lines;
  return shown.map((one) => line(span(` ${one}`, 'accent')));
}

function underwayLine(one: Underway, { model, nowMs }: Context): Line {
  const seconds = Math.floor(Math.max(0, nowMs - one.sinceMs) / 1000);
  const participle = PARTICIPLES[one.argv[0] ?? ''];
  if (participle === undefined) return line(span(` ${actText(one.argv)}: ${seconds} s`, 'busy'));
  const plugins = one.argv.slice(1).flatMap((word) => model.plugins.get(word)?.plugin ?? []);
  const subject = actText(one.argv.slice(1));
  const facts = { participle, subject, seconds, plugins, ...one };
  const text = progressText(facts) || `${participle} ${subject}: ${seconds} s`;
  return line(span(` ${sanitiseField(text)}`, 'busy'));
}

function outcomeLines(outcome: Outcome, { size }: Context): readonly Line[] {
  const text = outcomeText(outcome);
  const role: Role = outcome.code === 0 ? 'good' : 'bad';
  const wrapped = text.flatMap((one) => hardWrapped(one, Math.max(10, size.columns - 2)));
  const kept =
    wrapped.length <= MAX_LINES
      ? wrapped
      : [
          ...wrapped.slice(0, MAX_LINES - 1),
          `and ${wrapped.length - MAX_LINES + 1} more lines: m shows them`,
        ];
  return kept.map((one) => line(span(` ${one}`, role)));
}

/** `stop db: done (0.3 s)`, `start web: needs db ^2.0, which is missing (exit 153)`; each text safe for a terminal. */
export function outcomeText({ argv, code, lines, tookMs }: Outcome): readonly string[] {
  const what = actText(argv);
  const verb = `${argv[0] ?? ''}: `;
  const said = lines.map((one) => {
    const told = sanitiseField(one.replace(/^toru: /, ''));
    return told.startsWith(verb) ? told.slice(verb.length) : told;
  });
  if (code === 0) {
    const took = `${what}: done (${formatSpan(tookMs)})`;
    return said.length === 0 ? [took] : said.length === 1 ? [`${took}: ${said[0]}`] : [took, ...said];
  }
  const end = code === null ? 'did not end by itself' : `exit ${code}`;
  const [first = ''] = said;
  if (said.length === 1) return [first.startsWith(what) ? `${first} (${end})` : `${what}: ${first} (${end})`];
  return [`${what}: ${end}`, ...said];
}

/** Words longer than a line are cut apart as well. */
export function hardWrapped(text: string, columns: number): readonly string[] {
  return wrap(text, columns).flatMap((one) => {
    const parts: string[] = [];
    for (let at = 0; at < one.length; at += columns) parts.push(one.slice(at, at + columns));
    return parts;
  });
}
