/** The whole interface as a value: a stack of screens, a prompt or a question above them. `update` is its only way on. Pure. */

import type { ResultOf } from '../../protocol/control/methods.ts';
import { sanitiseField } from '../output/sanitise.ts';
import { AWAY, keyAction } from './actions.ts';
import {
  askedAgain,
  askedIfStale,
  type DeskChange,
  keyPressed,
  onNews,
  typedCommand,
  withVerbs,
} from './app-desk.ts';
import { mouseMeaning, mouseToggled } from './app-mouse.ts';
import { commandText } from './command-text.ts';
import { type Confirm, confirmAnswered, confirmKey, openConfirm } from './confirm.ts';
import { scrolled } from './confirm-view.ts';
import { type Desk, NEW_DESK } from './desk.ts';
import type { Size } from './frame.ts';
import type { Look } from './look.ts';
import {
  call,
  type Effect,
  type Key,
  type Message,
  type ModelMessage,
  type ScreenMessage,
} from './messages.ts';
import { type Model, onWatched } from './model.ts';
import type { Mouse } from './mouse-input.ts';
import { MAX_TYPED, type Prompt, promptKey } from './prompt.ts';
import type { Context, Navigation, Screen, Step } from './screen.ts';
import { helpScreen } from './screens/help.ts';
import { messagesScreen } from './screens/messages.ts';

export interface App {
  readonly model: Model;
  readonly look: Look;
  readonly size: Size;
  /** The last one is shown. Never empty. */
  readonly screens: readonly Screen[];
  readonly prompt: Prompt | undefined;
  readonly confirm: Confirm | undefined;
  readonly notice: string | undefined;
  /** The terminal tells of the mouse, instead of selecting text with it. */
  readonly hasMouse?: boolean;
  /** What was asked to be done; absent: nothing yet. */
  readonly desk?: Desk;
}

export interface Now {
  /** Monotonic. */
  readonly nowMs: number;
  /** Milliseconds since 1970. */
  readonly wallMs: number;
}

export interface Change {
  readonly app: App;
  readonly effects: readonly Effect[];
}

/** Each torud is asked once what it is: where it lies, and since when it runs. */
const ASK_DAEMON: Effect = call('app/daemon', 'daemon.status', {});

const TOO_LONG = `has more than ${MAX_TYPED} characters; it was not taken`;

/** Rows that header and footer take. */
export const HEADER_ROWS = 2;
export const FOOTER_ROWS = 3;

export function topScreen(app: App): Screen {
  const screen = app.screens.at(-1);
  if (screen === undefined) throw new Error('the interface has no screen');
  return screen;
}

export function contextOf(app: App, now: Now): Context {
  const rows = Math.max(1, app.size.rows - HEADER_ROWS - FOOTER_ROWS);
  return { model: app.model, look: app.look, size: { columns: app.size.columns, rows }, ...now };
}

/** True while what is shown changes with time alone; without that nothing wakes up. */
export function isTicking(app: App): boolean {
  const isActing = deskOf(app).underway.length > 0;
  return app.model.connection.kind === 'away' || isActing || topScreen(app).isTicking;
}

export function deskOf(app: App): Desk {
  return app.desk ?? NEW_DESK;
}

export function update(app: App, message: Message, now: Now): Change {
  switch (message.type) {
    case 'key':
      return onKey(keyPressed(app, message.key, now), message.key, now);
    case 'mouse':
      return onMouse(app, message, now);
    case 'pasted':
      return onPasted(app, message.text, now);
    case 'resized':
      return still({ ...app, size: message.size });
    case 'connection': {
      const { connection } = message;
      const welcome = connection.kind === 'connected' ? connection.welcome : app.model.welcome;
      const isOver = connection.kind === 'connected' && app.notice?.endsWith(AWAY) === true;
      const notice = isOver ? undefined : app.notice;
      const next = { ...app, notice, model: { ...app.model, connection, welcome } };
      const told = askedAgain(toldScreens(next, message, app.model, now));
      return connection.kind === 'connected' ? { ...told, effects: [ASK_DAEMON, ...told.effects] } : told;
    }
    case 'watched': {
      const model = onWatched(app.model, message.item, now.nowMs);
      const told = toldScreens({ ...app, model }, message, app.model, now);
      return message.item.kind === 'plugin' ? askedIfStale(told) : told;
    }
    case 'action':
      return led(onNews(app, message.news, now), now);
    case 'tick':
      return still(app);
    default:
      return onScreenMessage(app, message, now);
  }
}

function still(app: App): Change {
  return { app, effects: [] };
}

/** All of them, since each is to be right when the person comes back to it. They only ask: none leads elsewhere. */
function toldScreens(app: App, message: ModelMessage, before: Model, now: Now): Change {
  const context = contextOf(app, now);
  const effects: Effect[] = [];
  const screens = app.screens.map((screen) => {
    const step = screen.onModel?.(message, before, context);
    effects.push(...(step?.effects ?? []));
    return step?.screen ?? screen;
  });
  return { app: { ...app, screens }, effects };
}

function onScreenMessage(app: App, message: ScreenMessage, now: Now): Change {
  if (app.confirm !== undefined && message.type === 'answer' && message.tag === app.confirm.tag)
    return still({ ...app, confirm: confirmAnswered(app.confirm, message.result) });
  if (message.tag === 'app/daemon') return onDaemon(app, message);
  const at = app.screens.findIndex((screen) => message.tag.startsWith(`${screen.tag}/`));
  const screen = app.screens[at];
  // Its screen was closed meanwhile.
  if (screen === undefined) return still(app);
  return applied(app, screen.onMessage(message, contextOf(app, now)), at, now);
}

function onDaemon(app: App, message: ScreenMessage): Change {
  if (message.type !== 'answer' || !message.result.ok) return still(app);
  const { daemon } = message.result.value as ResultOf<'daemon.status'>;
  return still({ ...app, model: { ...app.model, daemon } });
}

function onKey(app: App, key: Key, now: Now): Change {
  if (key === 'ctrl-c') return { app, effects: [{ type: 'quit' }] };
  if (app.prompt !== undefined) return onPromptKey(app, app.prompt, key, now);
  if (app.confirm !== undefined) {
    const context = contextOf(app, now);
    const { confirm, effects } = confirmKey(app.confirm, key, context);
    return { app: { ...app, confirm: confirm && scrolled(confirm, context) }, effects };
  }
  const context = contextOf(app, now);
  const screen = topScreen(app);
  const own = screen.onKey(key, context);
  if (own !== undefined) return applied(app, own, app.screens.length - 1, now);
  return onCommonKey(app, key, now);
}

/** Keys as if they were pressed, or what the screen makes of a click. */
function onMouse(app: App, mouse: Mouse, now: Now): Change {
  const meaning = mouseMeaning(app, { ...mouse, row: mouse.row - HEADER_ROWS }, contextOf(app, now));
  if ('screen' in meaning)
    return applied(keyPressed(app, 'click', now), meaning, app.screens.length - 1, now);
  return inTurn(app, meaning, (next, key) => update(next, { type: 'key', key }, now));
}

function inTurn(app: App, keys: Iterable<Key>, press: (app: App, key: Key) => Change): Change {
  let change = still(app);
  for (const key of keys) {
    const next = press(change.app, key);
    change = { app: next.app, effects: [...change.effects, ...next.effects] };
  }
  return change;
}

/** Into what is being typed, as one line; never taken for keys, which could stop plugins. */
function onPasted(app: App, text: string, now: Now): Change {
  if (app.prompt === undefined)
    return still({ ...app, notice: 'pasted text goes where something is typed: after / or :' });
  // A part of a command may be another command.
  if (text.length > MAX_TYPED) {
    const { app: closed, effects } = onKey(app, 'escape', now);
    return { app: { ...closed, notice: `the pasted text ${TOO_LONG}` }, effects };
  }
  const typed = sanitiseField(text.replace(/\s+/g, ' ').trim());
  return inTurn(app, typed, (next, character) => onKey(next, character, now));
}

/** Keys that mean the same on every screen. */
function onCommonKey(app: App, key: Key, now: Now): Change {
  const screen = topScreen(app);
  const at = app.screens.length - 1;
  switch (key) {
    case 'q':
      return { app, effects: [{ type: 'quit' }] };
    case 'escape':
      if (app.screens.length === 1 && deskOf(app).underway.some(({ isTyped }) => isTyped))
        return { app, effects: [{ type: 'interrupt' }] };
      return applied(app, { screen, go: { kind: 'back' } }, at, now);
    case 'left':
    case 'backspace':
      return applied(app, { screen, go: { kind: 'back' } }, at, now);
    case '?':
      return applied(app, { screen, go: { kind: 'open', screen: helpScreen(screen) } }, at, now);
    case ':':
      return withVerbs(
        applied(app, { screen, go: { kind: 'prompt', name: 'command', lead: ':', text: '' } }, at, now),
      );
    case 'm': {
      const messages = messagesScreen(deskOf(app), app.model, now.wallMs);
      return applied(app, { screen, go: { kind: 'open', screen: messages } }, at, now);
    }
    case 'ctrl-o':
      return mouseToggled(app);
    case 'y': {
      const text = commandText(app.model, screen.command(contextOf(app, now)));
      return { app: { ...app, notice: `copied: ${text}` }, effects: [{ type: 'copy', text }] };
    }
    default: {
      const step = keyAction(key, screen, contextOf(app, now));
      return step === undefined ? still(app) : applied(app, step, at, now);
    }
  }
}

function onPromptKey(app: App, prompt: Prompt, key: Key, now: Now): Change {
  const context = contextOf(app, now);
  const next = promptKey(prompt, key, context, deskOf(app));
  const at = app.screens.length - 1;
  const told = (text: string | undefined, isDone: boolean): Step =>
    topScreen(app).onPrompt(prompt.name, text, isDone, context);
  // What is typed behind `:` is no screen's.
  const isCommand = prompt.name === 'command';
  if (next === 'cancelled' || (next === 'done' && prompt.isCut === true)) {
    const notice = next === 'done' ? `the line ${TOO_LONG}` : app.notice;
    const closed = { ...app, prompt: undefined, notice };
    return isCommand ? still(closed) : applied(closed, told(undefined, true), at, now);
  }
  if (next === 'done') {
    const closed = { ...app, prompt: undefined };
    if (isCommand) return led(typedCommand(closed, prompt.text, context), now);
    return applied(closed, told(prompt.text, true), at, now);
  }
  const typed = { ...app, prompt: next };
  return isCommand || next.text === prompt.text
    ? still(typed)
    : applied(typed, topScreen(app).onPrompt(next.name, next.text, false, context), at, now);
}

/** Goes where what was typed, or what came of it, leads. */
function led({ app, effects, open }: DeskChange, now: Now): Change {
  return open === undefined ? { app, effects } : navigated(app, { kind: 'open', screen: open }, now);
}

/** Puts a step's screen into its place, and goes where it leads. */
function applied(app: App, step: Step, at: number, now: Now): Change {
  const screens = app.screens.map((screen, index) => (index === at ? step.screen : screen));
  const next: App = { ...app, screens, ...(step.notice === undefined ? {} : { notice: step.notice }) };
  const effects = step.effects ?? [];
  if (step.go === undefined) return { app: next, effects };
  const gone = navigated(next, step.go, now);
  return { app: gone.app, effects: [...effects, ...gone.effects] };
}

function navigated(app: App, go: Navigation, now: Now): Change {
  switch (go.kind) {
    case 'open': {
      // One that is open already is gone back to, so that no two have the same tag.
      const at = app.screens.findIndex(({ tag }) => tag === go.screen.tag);
      const kept = at === -1 ? app.screens : app.screens.slice(0, at);
      const closed = at === -1 ? [] : app.screens.slice(at).flatMap((screen) => screen.close());
      const opened = go.screen.open(contextOf(app, now));
      return {
        app: { ...app, screens: [...kept, opened.screen] },
        effects: [...closed, ...(opened.effects ?? [])],
      };
    }
    case 'back':
      if (app.screens.length === 1) return still(app);
      return { app: { ...app, screens: app.screens.slice(0, -1) }, effects: topScreen(app).close() };
    case 'prompt':
      return still({ ...app, prompt: { name: go.name, lead: go.lead, text: go.text, at: go.text.length } });
    case 'confirm': {
      const { confirm, effects } = openConfirm(go.argv, go.plugins, contextOf(app, now), go.question);
      return { app: { ...app, confirm }, effects };
    }
  }
}
