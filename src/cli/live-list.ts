/** The list that keeps itself up to date (`toru list --watch`, and `toru` alone on a terminal). */

import type { PluginStatus } from '../protocol/control/plugins.ts';
import { errorBody } from '../protocol/errors.ts';
import { systemClock } from './clock.ts';
import { listParams } from './commands/list.ts';
import { follow } from './follow.ts';
import { LivePicture } from './live-picture.ts';
import type { Answer } from './output/answer.ts';
import { failed } from './output/answer.ts';
import { isPlainTerminal, runPlainWatch } from './plain-watch.ts';
import type { Session } from './session.ts';
import { TerminalScreen } from './terminal-screen.ts';

export async function runLiveList(session: Session): Promise<Answer> {
  if (!session.screen.isTerminal || session.globals.isJson) {
    const hint = 'for scripts there are "toru list", "toru events -f --json" and "toru wait"';
    return failed(errorBody('usage', 'the live list needs a terminal', { hint }));
  }
  if (isPlainTerminal(process.env.TERM)) return runPlainWatch(session);
  const params = listParams(session);
  if (!params.ok) return failed(params.failure);
  const { states, enabled } = params.value;
  const screen = new TerminalScreen();
  const picture = new LivePicture({
    clock: systemClock,
    canvas: screen,
    hasColour: session.screen.hasColour,
    selection: session.selection,
    isShown: (plugin: PluginStatus): boolean =>
      (states === undefined || states.includes(plugin.state)) &&
      (enabled === undefined || plugin.enabled === enabled),
  });
  const watched = watchAll(session, picture, () => screen.enter(() => picture.drawSoon()));
  const answer = await Promise.race([watched, screen.left.then((exitCode): Answer => ({ exitCode }))]);
  picture.end();
  screen.leave();
  return answer;
}

async function watchAll(session: Session, picture: LivePicture, onItem: () => void): Promise<Answer> {
  const params = session.selection;
  const items = follow(session.quietly(), {
    method: 'plugin.watch',
    params,
    resume: () => params,
    onConnection: (client) => picture.onConnection(client),
  });
  for (;;) {
    const step = await items.next();
    if (step.done === true) return step.value.ok ? {} : failed(step.value.failure);
    onItem();
    picture.onWatched(step.value);
  }
}
