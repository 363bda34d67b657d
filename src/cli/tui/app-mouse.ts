/** What the mouse does: each of it is what a key does as well. Pure. */

import type { App, Change } from './app.ts';
import { NEW_DESK } from './desk.ts';
import { deskLines, MAX_NEWS_ROWS } from './desk-view.ts';
import type { Key } from './messages.ts';
import type { Mouse } from './mouse-input.ts';
import type { Context, Step } from './screen.ts';
import { tooSmall } from './too-small.ts';

/** Lines that one notch of the wheel goes. */
const WHEEL_LINES = 3;

export const MOUSE_NOTICE = 'mouse on; Shift and drag selects text, ctrl-o turns it off';

export function mouseToggled(app: App): Change {
  const hasMouse = app.hasMouse !== true;
  const notice = hasMouse ? MOUSE_NOTICE : 'mouse off; the terminal selects text, ctrl-o turns it on';
  return { app: { ...app, hasMouse, notice }, effects: [{ type: 'mouse', isOn: hasMouse }] };
}

/** Keys to be pressed, or what the screen makes of a click. @param mouse with rows of the body */
export function mouseMeaning(
  app: App,
  { kind, row, column }: Mouse,
  context: Context,
): readonly Key[] | Step {
  // What is typed or asked has the keys; and reports are on their way when it is turned off.
  const isTaken = app.prompt !== undefined || app.confirm !== undefined || tooSmall(app.size) !== undefined;
  if (app.hasMouse !== true || isTaken) return [];
  if (kind === 'wheel-up') return Array<Key>(WHEEL_LINES).fill('up');
  if (kind === 'wheel-down') return Array<Key>(WHEEL_LINES).fill('down');
  if (kind === 'right-click') return ['escape'];
  const { rows } = context.size;
  const news = deskLines(app.desk ?? NEW_DESK, context, Math.min(MAX_NEWS_ROWS, rows)).length;
  if (row < 0 || row >= rows - news) return [];
  return app.screens.at(-1)?.onClick?.(row, context, column) ?? [];
}
