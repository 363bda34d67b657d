/** The whole interface on a terminal that is only numbers, with a torud that answers when it is told to. */

import { type App, isTicking, type Now, update } from '../../src/cli/tui/app.ts';
import { doors } from '../../src/cli/tui/doors.ts';
import { textOf } from '../../src/cli/tui/frame.ts';
import { type Look, UNICODE } from '../../src/cli/tui/look.ts';
import type { ActEffect, CallEffect, Effect, FollowEffect, Message } from '../../src/cli/tui/messages.ts';
import { newModel } from '../../src/cli/tui/model.ts';
import type { Screen } from '../../src/cli/tui/screen.ts';
import { listScreen } from '../../src/cli/tui/screens/list/list.ts';
import { view } from '../../src/cli/tui/view.ts';
import type { Role } from '../../src/protocol/control/envelope.ts';
import type { PlanStep } from '../../src/protocol/control/plan.ts';
import type { ActionOutcome, PluginStatus } from '../../src/protocol/control/plugins.ts';
import { errorBody } from '../../src/protocol/errors.ts';
import { failure, success } from '../../src/protocol/result.ts';

export const WALL_MS = Date.parse('2026-11-20T14:30:00Z');
const PLAIN: Look = { colours: 'none', signs: UNICODE };

export class ActionStage {
  app: App;
  now: Now = { nowMs: 1_000_000, wallMs: WALL_MS };
  effects: Effect[] = [];

  constructor(
    plugins: readonly PluginStatus[],
    more: {
      readonly size?: { readonly columns: number; readonly rows: number };
      readonly look?: Look;
      readonly screen?: Screen;
      readonly meant?: readonly string[];
      readonly role?: Role;
    } = {},
  ) {
    this.app = {
      model: { ...newModel('web-03'), meant: more.meant ?? [] },
      look: more.look ?? PLAIN,
      size: more.size ?? { columns: 100, rows: 30 },
      screens: [listScreen(doors)],
      prompt: undefined,
      confirm: undefined,
      notice: undefined,
    };
    this.connect(more.role);
    this.send({ type: 'watched', item: { kind: 'snapshot', plugins } });
    if (more.screen !== undefined) this.#open(more.screen);
  }

  /** As a key that leads there would. */
  #open(screen: Screen): void {
    const context = { model: this.app.model, look: this.app.look, size: this.app.size, ...this.now };
    const step = screen.open(context);
    this.app = { ...this.app, screens: [...this.app.screens, step.screen] };
    this.effects.push(...(step.effects ?? []));
  }

  send(message: Message): void {
    const { app, effects } = update(this.app, message, this.now);
    this.app = app;
    this.effects.push(...effects);
  }

  connect(role: Role = 'admin'): void {
    const welcome = { protocol: 1, daemon: 'torud/1.0.0', instanceId: 'i', capabilities: [], role };
    this.send({ type: 'connection', connection: { kind: 'connected', welcome } });
  }

  lose(): void {
    this.send({ type: 'connection', connection: { kind: 'away', sinceMs: this.now.nowMs } });
  }

  pass(ms: number): void {
    this.now = { nowMs: this.now.nowMs + ms, wallMs: this.now.wallMs + ms };
  }

  press(...keys: readonly string[]): this {
    for (const key of keys) this.send({ type: 'key', key });
    return this;
  }

  /** Types a text into the prompt. */
  type(text: string): this {
    return this.press(...text);
  }

  get plans(): readonly CallEffect[] {
    return this.effects.filter((one) => one.type === 'call').filter(({ tag }) => tag.startsWith('confirm/'));
  }

  /** The newest plan that was asked for is answered. */
  answerPlan(plan: readonly PlanStep[], outcomes: readonly ActionOutcome[] = []): void {
    const tag = this.plans.at(-1)?.tag ?? 'no plan was asked for';
    this.send({ type: 'answer', tag, result: success({ plan, outcomes }) });
  }

  refusePlan(message: string): void {
    const tag = this.plans.at(-1)?.tag ?? 'no plan was asked for';
    this.send({ type: 'answer', tag, result: failure(errorBody('failed', message)) });
  }

  get acts(): readonly ActEffect[] {
    return this.effects.filter((one) => one.type === 'act');
  }

  get follows(): readonly FollowEffect[] {
    return this.effects.filter((one) => one.type === 'follow');
  }

  /** The newest follow of this part and feed. */
  followOf(part: string): FollowEffect {
    const found = this.follows.findLast(({ tag }) => tag.includes(part));
    if (found === undefined) throw new Error(`nothing follows ${part}`);
    return found;
  }

  /** What the stage tells of a command that is carried out. */
  begin(id: number, argv: readonly string[], isTyped = false, gracesMs = new Map<string, number>()): void {
    this.send({ type: 'action', news: { kind: 'began', id, argv, isTyped, gracesMs } });
  }

  finish(id: number, code: number | null, lines: readonly string[] = []): void {
    this.send({ type: 'action', news: { kind: 'ended', id, code, lines } });
  }

  get isTicking(): boolean {
    return isTicking(this.app);
  }

  lines(): readonly string[] {
    return view(this.app, this.now).map((one) => textOf(one).trimEnd());
  }

  text(): string {
    return this.lines().join('\n');
  }

  /** The lines of the box, without its sides; empty where there is none. */
  box(): readonly string[] {
    return this.lines().flatMap((one) => /^[┌│+|][─ -]?(.*?)[─ -]*[┐│+|]$/.exec(one)?.[1]?.trim() ?? []);
  }
}

export function planStep(plugin: string, action: PlanStep['action'], more: Partial<PlanStep> = {}): PlanStep {
  return { plugin, action, level: 0, because: 'asked for', state: 'running', lastMs: [], ...more };
}
