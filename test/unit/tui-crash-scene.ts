/** Crashes, capsules and events for the screens that show them. */

import { type Frame, textOf } from '../../src/cli/tui/frame.ts';
import { ASCII, UNICODE } from '../../src/cli/tui/look.ts';
import type { Effect, Key, ScreenMessage } from '../../src/cli/tui/messages.ts';
import { newModel } from '../../src/cli/tui/model.ts';
import type { Context, Doors, Screen, Step } from '../../src/cli/tui/screen.ts';
import type { Crash, CrashSummary } from '../../src/protocol/control/crashes.ts';
import type { PluginEvent } from '../../src/protocol/control/events.ts';
import { errorBody } from '../../src/protocol/errors.ts';
import { failure, success } from '../../src/protocol/result.ts';

export const NOON_MS = Date.parse('2026-11-21T12:00:00Z');

export function at(secondsAfterNoon: number): string {
  return new Date(NOON_MS + secondsAfterNoon * 1000).toISOString().replace('Z', '000Z');
}

export function newSummary(id: number, change: Partial<CrashSummary> = {}): CrashSummary {
  return {
    id,
    plugin: 'web',
    runId: 1000 + id,
    at: at(id),
    uptimeMs: 2100,
    exitCode: 7,
    signal: null,
    cause: 'exit',
    restart: 0,
    verdict: 'restart',
    delayMs: 4000,
    peakMemoryBytes: 61_400_000,
    cpuMs: 400,
    coreDumped: false,
    version: '1.4.0',
    digest: '41aa'.repeat(16),
    ...change,
  };
}

export function newCrash(id: number, change: Partial<Crash> = {}): Crash {
  return {
    ...newSummary(id),
    detail: 'it ended with exit code 7',
    lastLines: [
      { time: at(id - 1), stream: 'stdout', message: 'connecting to crm (attempt 3)' },
      { time: at(id), stream: 'stderr', message: 'fatal: no backend, exiting' },
    ],
    limits: {},
    settingsChanged: [],
    digestChanged: false,
    lastGoodRunId: null,
    ...change,
  };
}

/** Newest first: the ids count down to 1. */
export function summaries(count: number, change: Partial<CrashSummary> = {}): readonly CrashSummary[] {
  return Array.from({ length: count }, (_, index) => newSummary(count - index, change));
}

export function newEvent(id: number, change: Partial<PluginEvent> = {}): PluginEvent {
  return { id, at: at(0), plugin: 'web', type: 'crashed', reason: 'x', actor: null, details: {}, ...change };
}

export function newContext(columns = 100, rows = 25, isAscii = false): Context {
  return {
    model: { ...newModel('host'), connection: { kind: 'connecting' }, isLoaded: true },
    look: { colours: 'none', signs: isAscii ? ASCII : UNICODE },
    size: { columns, rows },
    nowMs: 5_000,
    wallMs: NOON_MS + 3_600_000,
  };
}

/** What was opened, in words; the screens behind are not of interest. */
export interface Opened {
  readonly doors: Doors;
  readonly places: string[];
}

export function newDoors(): Opened {
  const places: string[] = [];
  const note =
    (name: string) =>
    (...about: readonly unknown[]): Screen => {
      places.push(`${name} ${JSON.stringify(about)}`);
      return blank;
    };
  const doors: Doors = {
    detail: note('detail'),
    logs: note('logs'),
    crashes: note('crashes'),
    crash: note('crash'),
    compare: note('compare'),
    events: note('events'),
    tasks: note('tasks'),
    taskOutput: note('task output'),
    quickActions: note('quick actions'),
    scripts: note('scripts'),
    schedules: note('schedules'),
  };
  return { doors, places };
}

const blank: Screen = {
  title: 'blank',
  tag: 'blank',
  keys: [],
  isTicking: false,
  open: () => ({ screen: blank }),
  onKey: () => undefined,
  onMessage: () => ({ screen: blank }),
  onPrompt: () => ({ screen: blank }),
  chosen: () => undefined,
  view: () => [],
  command: () => [],
  close: () => [],
};

/** Drives one screen as the interface does, and keeps what it asked for. */
export class Driver {
  screen: Screen;
  readonly effects: Effect[] = [];
  notice: string | undefined;
  context: Context;

  constructor(screen: Screen, context: Context = newContext()) {
    this.context = context;
    this.screen = screen;
    this.take(screen.open(context));
  }

  take(step: Step | undefined): Step | undefined {
    if (step === undefined) return undefined;
    this.screen = step.screen;
    this.notice = step.notice;
    this.effects.push(...(step.effects ?? []));
    return step;
  }

  keys(...keys: readonly Key[]): Step | undefined {
    let last: Step | undefined;
    for (const key of keys) last = this.take(this.screen.onKey(key, this.context));
    return last;
  }

  send(message: ScreenMessage): void {
    this.take(this.screen.onMessage(message, this.context));
  }

  /** Answers the newest question whose tag ends so. */
  answer(about: string, value: unknown): void {
    this.send({ type: 'answer', tag: this.tag(about), result: success(value) });
  }

  refuse(about: string, code: 'not_found' | 'unreachable', message: string): void {
    const result = failure(errorBody(code, message));
    this.send({ type: 'answer', tag: this.tag(about), result });
  }

  events(about: 'crashed' | 'changes', ...events: readonly PluginEvent[]): void {
    this.send({ type: 'items', tag: this.tag(about), items: [{ events }] });
  }

  /** Questions of so far whose tag ends so, with what they ask. */
  asked(about: string): readonly unknown[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'call' && effect.tag === this.tag(about) ? [effect.params] : [],
    );
  }

  tag(about: string): string {
    return `${this.screen.tag}/${about}`;
  }

  rows(): readonly string[] {
    return texts(this.screen.view(this.context));
  }

  text(): string {
    return this.rows().join('\n');
  }

  /** The row of the cursor. */
  cursor(): string {
    return this.rows().find((row) => row.startsWith(this.context.look.signs.cursor)) ?? '';
  }
}

export function texts(frame: Frame): readonly string[] {
  return frame.map(textOf);
}
