/** `toru top`: puts session, stage and terminal together, and leaves the terminal clean however it ends. */

import { hostname } from 'node:os';
import { errorBody } from '../../protocol/errors.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import type { Session } from '../session.ts';
import type { App } from './app.ts';
import { doors } from './doors.ts';
import { type InkScreen, openInkScreen } from './ink-screen.ts';
import { lookOf, paintLine } from './look.ts';
import { newModel } from './model.ts';
import { listScreen } from './screens/list.ts';
import { Stage } from './stage.ts';
import { view } from './view.ts';

export async function runTui(session: Session, toru: readonly [string, ...string[]]): Promise<Answer> {
  // Before the screen is taken: a torud that cannot be reached is one line, as for every verb.
  const welcome = await session.client.welcome();
  if (!welcome.ok) return failed(welcome.failure);
  const left = Promise.withResolvers<number>();
  const look = lookOf(process.env, session.globals.color);
  let screen: InkScreen | undefined;
  const first: App = {
    model: newModel(hostname()),
    look,
    size: { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 },
    screens: [listScreen(doors)],
    prompt: undefined,
    confirm: undefined,
    notice: undefined,
  };
  const stage = new Stage({
    session,
    first,
    toru,
    onDraw: (app, now) => screen?.draw(view(app, now).map((one) => paintLine(one, look))),
    onQuit: () => left.resolve(0),
    write: (text) => void process.stdout.write(text),
    record: () => undefined,
    lend: async (work) => {
      await screen?.close();
      await work();
      screen = open();
    },
  });
  const open = (): InkScreen =>
    openInkScreen({
      stdout: process.stdout,
      stdin: process.stdin,
      onKeys: (keys) => {
        for (const key of keys) stage.send({ type: 'key', key });
      },
      onSize: (size) => stage.send({ type: 'resized', size }),
    });
  screen = open();
  for (const [signal, number] of [
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ] as const)
    process.once(signal, () => left.resolve(128 + number));
  const watched = stage.run().then((error): Answer => (error === undefined ? {} : failed(error)));
  const answer = await Promise.race([watched, left.promise.then((exitCode): Answer => ({ exitCode }))]);
  stage.end();
  await screen.close();
  return answer;
}

export function noTerminal(): Answer {
  const hint = 'for scripts there are "toru list", "toru events -f --json" and "toru wait"';
  return failed(errorBody('usage', 'the live view needs a terminal', { hint }));
}
