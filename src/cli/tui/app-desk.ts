/** Commands in the life of the interface: typed behind `:`, carried out, told of. Pure. */

import type { App, Change, Now } from './app.ts';
import { commandStep } from './command-line.ts';
import { confirmReconnected, isStale, openConfirm } from './confirm.ts';
import { type ActionNews, type Desk, NEW_DESK, onAction, onDeskKey, remembered, taken } from './desk.ts';
import type { Effect, Key } from './messages.ts';
import { completed } from './prompt.ts';
import type { Context, Screen } from './screen.ts';
import { outputScreen } from './screens/output.ts';

export interface DeskChange {
  readonly app: App;
  readonly effects: readonly Effect[];
  /** Where it leads. */
  readonly open?: Screen;
}

/** What was said stands until a key is pressed. */
export function keyPressed(app: App, key: Key, { nowMs }: Now): App {
  const { desk, ...rest } = { ...app, notice: undefined };
  return desk === undefined ? rest : { ...rest, desk: onDeskKey(desk, key, nowMs) };
}

/** Asks once which verbs there are, when somebody begins to type one. */
export function withVerbs(change: Change): Change {
  const isKnown = deskOf(change.app).verbs !== undefined;
  return isKnown ? change : { ...change, effects: [...change.effects, { type: 'ask-verbs' }] };
}

/** `:` and words. */
export function typedCommand(app: App, text: string, context: Context): DeskChange {
  const { notice, open, ask, effects = [] } = commandStep(text, context);
  const next: App = {
    ...app,
    desk: remembered(deskOf(app), text),
    ...(notice === undefined ? {} : { notice }),
  };
  if (ask !== undefined) {
    const asked = openConfirm(ask.argv, ask.plugins, context, ask);
    return { app: { ...next, confirm: asked.confirm }, effects: asked.effects };
  }
  return { app: next, effects, ...(open === undefined ? {} : { open }) };
}

/** What a typed command has to say at length has a screen of its own, unless somebody is typing. */
export function onNews(app: App, news: ActionNews, { nowMs, wallMs }: Now): DeskChange {
  const desk = onAction(deskOf(app), news, app.model, nowMs, wallMs);
  const next: App = { ...app, desk, ...(news.kind === 'told' ? { notice: news.text } : {}) };
  if (news.kind === 'verbs' && app.prompt?.awaitsVerbs === true)
    return { app: { ...next, prompt: completed(app.prompt, app.model, desk) }, effects: [] };
  if (news.kind !== 'ended' || news.lines.length < 2) return { app: next, effects: [] };
  const begun = deskOf(app).underway.find(({ id }) => id === news.id);
  const isBusy = app.prompt !== undefined || app.confirm !== undefined;
  if (begun?.isTyped !== true || isBusy) return { app: next, effects: [] };
  const { argv } = begun;
  const open = outputScreen({ title: argv[0] ?? '', argv, ...news }, `output-${news.id}`);
  return { app: { ...next, desk: taken(desk, news.id) }, effects: [], open };
}

/** Somebody else has done something meanwhile: what was said of it is not true any more. */
export function askedIfStale(change: Change): Change {
  const { confirm, model } = change.app;
  return confirm !== undefined && isStale(confirm, model) ? askedAgain(change) : change;
}

/** An open question is asked anew of the torud that has come. */
export function askedAgain(change: Change): Change {
  const { app, effects } = change;
  if (app.confirm === undefined || app.model.connection.kind !== 'connected') return change;
  const asked = confirmReconnected(app.confirm);
  return { app: { ...app, confirm: asked.confirm }, effects: [...effects, ...asked.effects] };
}

function deskOf({ desk = NEW_DESK }: App): Desk {
  return desk;
}
