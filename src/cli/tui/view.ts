/** The whole screen: a header that says where one is, the body of the screen, a footer that says what one can do. Pure. */

import { type App, contextOf, deskOf, FOOTER_ROWS, HEADER_ROWS, type Now, topScreen } from './app.ts';
import { confirmView } from './confirm-view.ts';
import { candidateLines, deskLines, MAX_NEWS_ROWS } from './desk-view.ts';
import { footer } from './footer.ts';
import { BLANK, type Frame, fitted, inRole, type Line, lineWidth } from './frame.ts';
import { header } from './header.ts';
import type { Context } from './screen.ts';
import { tooSmall } from './too-small.ts';

/** Exactly as many lines as the terminal has rows, none wider than it is. */
export function view(app: App, now: Now): Frame {
  const small = tooSmall(app.size);
  if (small !== undefined) return small;
  const context = contextOf(app, now);
  const { columns, rows } = app.size;
  const screen = topScreen(app);
  const newsRows = Math.min(MAX_NEWS_ROWS, context.size.rows);
  const candidates = app.prompt?.candidates;
  const news =
    candidates === undefined
      ? deskLines(deskOf(app), context, newsRows)
      : candidateLines(candidates, columns, newsRows);
  const body = screen.view({ ...context, coveredRows: news.length }).slice(0, context.size.rows);
  const filled = [...body, ...Array.from({ length: context.size.rows - body.length }, () => BLANK)];
  const told = [...filled.slice(0, filled.length - news.length), ...news];
  const frame = [
    ...header(app.screens, context).slice(0, HEADER_ROWS),
    ...over(told, app, context),
    ...footer(app, screen, context).slice(0, FOOTER_ROWS),
  ];
  return frame.slice(0, rows).map((one) => inColumns(one, columns));
}

/** Blanks that nobody sees are not sent; the line of the cursor is seen to its end. */
function inColumns(of: Line, columns: number): Line {
  const last = of.at(-1);
  return lineWidth(of) < columns && last?.role !== 'selected' ? of : fitted(of, columns);
}

/** The question, in the middle of the body. */
function over(body: Frame, app: App, context: Context): Frame {
  if (app.confirm === undefined) return body;
  const { rows } = context.size;
  const box = confirmView(app.confirm, context);
  const from = Math.max(0, Math.floor((rows - box.length) / 2));
  return body.map((under, at) => box[at - from] ?? inRole(under, 'dim'));
}
