/** `toru system --watch`: the figures, anew each second, on a screen of their own. */

import type { SystemReadParams } from '../protocol/control/system.ts';
import { errorBody } from '../protocol/errors.ts';
import type { Answer } from './output/answer.ts';
import { failed } from './output/answer.ts';
import { cutTo } from './output/width.ts';
import { isPlainTerminal } from './plain-watch.ts';
import type { Session } from './session.ts';
import { systemText } from './system-block.ts';
import { TerminalScreen } from './terminal-screen.ts';

/** torud takes the figures as often. */
const TICK_MS = 1_000;
const FOOT_ROWS = 2;

export async function runLiveSystem(session: Session, params: SystemReadParams): Promise<Answer> {
  if (!session.screen.isTerminal || session.globals.isJson || isPlainTerminal(process.env.TERM)) {
    const hint = 'for scripts there are "toru system --json" and "toru metrics"';
    return failed(errorBody('usage', 'the live view needs a terminal', { hint }));
  }
  const first = await session.client.call('system.read', params, session.globals.timeoutMs);
  if (!first.ok) return failed(first.failure);
  const screen = new TerminalScreen();
  let read = first.value;
  let note = '';
  const draw = (): void => {
    const style = { hasColour: session.screen.hasColour, columns: screen.columns };
    const lines = systemText(read, style).split('\n');
    const foot = cutTo(` ${note}q leaves`, screen.columns);
    screen.draw([...lines.slice(0, Math.max(1, screen.rows - FOOT_ROWS)), '', foot]);
  };
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  let { client } = session.quietly();
  const tick = async (): Promise<void> => {
    const next = await client.call('system.read', params, TICK_MS * 5);
    if (isOver) return;
    if (next.ok) read = next.value;
    else {
      client.close();
      ({ client } = session.quietly());
    }
    note = next.ok ? '' : 'torud is away; ';
    draw();
    timer = setTimeout(() => void tick(), TICK_MS);
  };
  screen.enter(draw);
  draw();
  timer = setTimeout(() => void tick(), TICK_MS);
  const exitCode = await screen.left;
  isOver = true;
  clearTimeout(timer);
  client.close();
  screen.leave();
  return { exitCode };
}
