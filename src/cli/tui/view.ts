/** The whole screen: a header that says where one is, the body of the screen, a footer that says what one can do. Pure. */

import { formatSize, formatSpan } from '../output/sizes.ts';
import { ACTION_KEYS, refusalOf } from './actions.ts';
import { type App, contextOf, FOOTER_ROWS, HEADER_ROWS, type Now, topScreen } from './app.ts';
import { confirmView } from './confirm.ts';
import { BLANK, type Frame, fitted, inRole, type Line, line, type Span, span, spread } from './frame.ts';
import { totals } from './model.ts';
import type { Context, KeyHelp } from './screen.ts';

/** Exactly as many lines as the terminal has rows, each exactly as wide as it is. */
export function view(app: App, now: Now): Frame {
  const context = contextOf(app, now);
  const { columns, rows } = app.size;
  const body = topScreen(app).view(context).slice(0, context.size.rows);
  const filled = [...body, ...Array.from({ length: context.size.rows - body.length }, () => BLANK)];
  const frame = [...header(app, context), ...over(filled, app, context), ...footer(app, context)];
  return frame.slice(0, rows).map((one) => fitted(one, columns));
}

function header(app: App, context: Context): Frame {
  const { model, look } = context;
  const version = model.welcome?.daemon.replace('/', ' ') ?? 'torud';
  const left = line(
    ' ',
    span('toru', 'title'),
    `  ${model.host} ${look.signs.between} ${version}`,
    ...pathOf(app, look.signs.between),
  );
  return [spread(left, rightOf(context), app.size.columns), ruleOf(context)].slice(0, HEADER_ROWS);
}

function pathOf(app: App, between: string): readonly Span[] {
  return app.screens.length < 2
    ? []
    : [span(` ${between} ${app.screens.map(({ title }) => title).join(' > ')}`, 'accent')];
}

function rightOf(context: Context): Line {
  const { model, look, nowMs } = context;
  if (model.connection.kind === 'away') {
    const away = formatSpan(Math.floor((nowMs - model.connection.sinceMs) / 1000) * 1000);
    return line(span(`torud is away since ${away} `, 'bad'));
  }
  const { running, backoff, failed } = totals(model);
  const { usage } = model;
  const host =
    usage === undefined
      ? ''
      : `load ${usage.load.toFixed(2)}  mem ${formatSize(usage.memoryUsedBytes)}/${formatSize(usage.memoryTotalBytes)}   `;
  const { signs } = look;
  return line(
    host,
    span(`${signs.running} ${running} running`, 'good'),
    '  ',
    span(`${signs.retry} ${backoff} backoff`, backoff > 0 ? 'busy' : 'dim'),
    '  ',
    span(`${signs.failed} ${failed} failed`, failed > 0 ? 'bad' : 'dim'),
    ' ',
  );
}

function ruleOf({ look, size }: Context): Line {
  return line(span(look.signs.rule.repeat(size.columns), 'dim'));
}

/** The question, in the middle of the body. */
function over(body: Frame, app: App, context: Context): Frame {
  if (app.confirm === undefined) return body;
  const { columns, rows } = context.size;
  const box = confirmView(app.confirm, context.look, columns);
  const from = Math.max(0, Math.floor((rows - box.length) / 2));
  return body.map((under, at) => box[at - from] ?? inRole(under, 'dim'));
}

function footer(app: App, context: Context): Frame {
  return [ruleOf(context), keysLine(app, context), lastLine(app, context)].slice(0, FOOTER_ROWS);
}

function keysLine(app: App, context: Context): Line {
  const screen = topScreen(app);
  const spans: Span[] = [];
  for (const one of screen.keys) spans.push(...keySpans(one, true));
  if (screen.chosen(context) !== undefined) {
    for (const action of Object.values(ACTION_KEYS).slice(0, 5))
      spans.push(...keySpans(action, refusalOf(action.needs, context) === undefined));
  }
  spans.push(...keySpans({ keys: '?', does: 'help' }, true));
  return line(' ', ...spans);
}

function keySpans({ keys, does }: KeyHelp, isAllowed: boolean): readonly Span[] {
  return [span(keys, isAllowed ? 'key' : 'dim'), span(` ${does}  `, 'dim')];
}

/** What is typed, or said, or the command that does the same. */
function lastLine(app: App, context: Context): Line {
  const { prompt, notice } = app;
  if (prompt !== undefined) {
    const under = prompt.text[prompt.at] ?? ' ';
    return line(
      ` ${prompt.lead}${prompt.text.slice(0, prompt.at)}`,
      span(under, 'selected'),
      prompt.text.slice(prompt.at + 1),
    );
  }
  if (notice !== undefined) return line(span(` ${notice}`, 'accent'));
  const words = (app.confirm?.argv ?? topScreen(app).command(context)).join(' ');
  return spread(line(span(` $ toru ${words}`, 'dim')), line(span('y copy ', 'dim')), app.size.columns);
}
