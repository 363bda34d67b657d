/** `toru top`: puts session, stage and terminal together, and leaves the terminal clean however it ends. */

import { hostname } from 'node:os';
import { limitText, within } from '../../client/time-limit.ts';
import { errorBody } from '../../protocol/errors.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import type { Session } from '../session.ts';
import type { App } from './app.ts';
import { MOUSE_NOTICE } from './app-mouse.ts';
import { awaitKey } from './await-key.ts';
import { actText, meantBy } from './command-text.ts';
import { doors } from './doors.ts';
import { type InkScreen, openInkScreen, sizeOf } from './ink-screen.ts';
import { type Look, lookOf, paintLine } from './look.ts';
import type { Key } from './messages.ts';
import { newModel } from './model.ts';
import { beginRecord, type Recorder } from './recorder.ts';
import { listScreen } from './screens/list/list.ts';
import { firstList } from './screens/list/list-first.ts';
import type { ListState } from './screens/list/list-order.ts';
import { keepMemorySmall } from './small-memory.ts';
import { Stage } from './stage.ts';
import { INTERRUPTED_EXIT, TerminalLife } from './terminal-life.ts';
import { view } from './view.ts';

/** A torud that is there answers at once. */
const WELCOME_LIMIT_MS = 10_000;

export async function runTui(session: Session, toru: readonly [string, ...string[]]): Promise<Answer> {
  const list = firstList(session);
  if (!list.ok) return failed(list.failure);
  // Before the screen is taken: a torud that cannot be reached is one line, as for every verb.
  const { timeoutMs, isTimeoutGiven } = session.globals;
  const limitMs = isTimeoutGiven ? timeoutMs : WELCOME_LIMIT_MS;
  const welcome = await within(session.client.welcome(), limitMs);
  if (welcome === undefined)
    return failed(errorBody('timeout', `no answer from torud within ${limitText(limitMs)}`));
  if (!welcome.ok) return failed(welcome.failure);
  const meant = meantBy(session.globals);
  const recorder = await beginRecord(session.value('record'), meant, (text) =>
    stage.send({ type: 'action', news: { kind: 'told', text } }),
  );
  if (!recorder.ok) return failed(recorder.failure);
  const hasMouse = session.has('mouse');
  const look = lookOf(process.env, session.globals.color);
  keepMemorySmall();
  let screen: InkScreen | undefined;
  const life = new TerminalLife({
    stdin: process.stdin,
    stdout: process.stdout,
    lend: (work) => (screen === undefined ? work() : screen.lend(work)),
  });
  const stage = new Stage({
    session,
    first: { ...firstApp(look, list.value, meant), ...(hasMouse ? { hasMouse, notice: MOUSE_NOTICE } : {}) },
    toru: [...toru, ...meant],
    onDraw: (app, now) => screen?.draw(view(app, now).map((one) => paintLine(one, look))),
    onQuit: () => life.leave({}),
    onFault: life.fail,
    hearMouse: (isOn) => screen?.hearMouse(isOn),
    write: (text) => void process.stdout.write(text),
    awaitKey,
    record: (argv, code, edited) => recorder.value?.add(argv, code, new Date(), edited),
    lend: (work) => life.lend(work),
  });
  life.begin();
  screen = openInkScreen({
    stdout: process.stdout,
    stdin: process.stdin,
    onKeys: (keys) => {
      for (const key of keys) if (!onTerminalKey(key, life, screen)) stage.press(key);
    },
    onMouse: (mouse) => stage.send({ type: 'mouse', ...mouse }),
    onPaste: (text) => stage.send({ type: 'pasted', text }),
    onSize: (size) => stage.send({ type: 'resized', size }),
    onFault: life.fail,
  });
  if (hasMouse) screen.hearMouse(true);
  const watched = stage.run().then((error): Answer => (error === undefined ? {} : failed(error)));
  const answer = await Promise.race([watched, life.left]);
  const goesOn = stage.end();
  const isGivenBack = await life.waitFor(screen.close());
  await recorder.value?.close();
  // Whatever else is to be said would wait for a terminal that takes nothing.
  if (!isGivenBack) return { exitCode: answer.exitCode ?? 1 };
  life.end();
  const hints = goesOn.map((argv) => `torud goes on with: ${actText(argv)}`);
  return { ...answer, ...unrecorded(answer, recorder.value), hints: [...(answer.hints ?? []), ...hints] };
}

/** Whoever asked for a record is not to find out later that there is none. */
function unrecorded(answer: Answer, recorder: Recorder | undefined): Pick<Answer, 'errors'> {
  const failure = recorder?.failure;
  if (failure === undefined) return {};
  const error = errorBody('failed', `not everything was recorded: ${failure}`);
  return { errors: [...(answer.errors ?? []), error] };
}

function firstApp(look: Look, list: ListState, meant: readonly string[]): App {
  return {
    model: { ...newModel(hostname()), meant },
    look,
    size: sizeOf(process.stdout),
    screens: [listScreen(doors, list)],
    prompt: undefined,
    confirm: undefined,
    notice: undefined,
  };
}

/** Keys that a terminal answers itself when it is not in raw mode, or should. @returns true when it was one */
function onTerminalKey(key: Key, life: TerminalLife, screen: InkScreen | undefined): boolean {
  switch (key) {
    case 'ctrl-c':
      life.leave({ exitCode: INTERRUPTED_EXIT });
      return true;
    case 'ctrl-z':
      life.stop();
      return true;
    case 'ctrl-l':
      screen?.redraw();
      return true;
    default:
      return false;
  }
}
