/** A detail screen on a terminal that is only numbers, opened from the list, with a torud that answers when it is told to. */

import { type App, isTicking, type Now, update } from '../../src/cli/tui/app.ts';
import { doors } from '../../src/cli/tui/doors.ts';
import { type Line, textOf } from '../../src/cli/tui/frame.ts';
import { type Look, UNICODE } from '../../src/cli/tui/look.ts';
import type { CallEffect, Effect, Message } from '../../src/cli/tui/messages.ts';
import { newModel } from '../../src/cli/tui/model.ts';
import { listScreen } from '../../src/cli/tui/screens/list/list.ts';
import { view } from '../../src/cli/tui/view.ts';
import type { CrashSummary } from '../../src/protocol/control/crashes.ts';
import type { DependencyNode } from '../../src/protocol/control/dependencies.ts';
import type { PluginStatus, WhyResult } from '../../src/protocol/control/plugins.ts';
import type { ListedRun } from '../../src/protocol/control/runs.ts';
import { errorBody } from '../../src/protocol/errors.ts';
import { failure, success } from '../../src/protocol/result.ts';

export const WALL_MS = Date.parse('2026-11-20T14:30:00Z');
const PLAIN: Look = { colours: 'none', signs: UNICODE };

export class DetailStage {
  app: App;
  now: Now = { nowMs: 1_000_000, wallMs: WALL_MS };
  effects: Effect[] = [];

  /** The detail of the first of the plugins is open. */
  constructor(plugins: readonly PluginStatus[], size = { columns: 100, rows: 40 }, look: Look = PLAIN) {
    this.app = {
      model: newModel('web-03'),
      look,
      size,
      screens: [listScreen(doors)],
      prompt: undefined,
      confirm: undefined,
      notice: undefined,
    };
    this.connect();
    this.watch({ kind: 'snapshot', plugins });
    const ids = plugins.map(({ id }) => id).sort();
    this.press(...ids.slice(0, ids.indexOf(plugins[0]?.id ?? '')).map(() => 'j'), 'enter');
  }

  send(message: Message): void {
    const { app, effects } = update(this.app, message, this.now);
    this.app = app;
    this.effects.push(...effects);
  }

  connect(): void {
    const welcome = {
      protocol: 1,
      daemon: 'torud/1.0.0',
      instanceId: 'i',
      capabilities: [],
      role: 'admin',
    } as const;
    this.send({ type: 'connection', connection: { kind: 'connected', welcome } });
  }

  lose(): void {
    this.send({ type: 'connection', connection: { kind: 'away', sinceMs: this.now.nowMs } });
  }

  watch(item: (Message & { type: 'watched' })['item']): void {
    this.send({ type: 'watched', item });
  }

  changed(plugin: PluginStatus): void {
    this.watch({ kind: 'plugin', plugin });
  }

  /** Names of the questions of this plugin's screen since it was asked last, in their order. */
  asked(id = 'web'): readonly string[] {
    const calls = this.effects.filter((effect): effect is CallEffect => effect.type === 'call');
    this.effects = [];
    const prefix = `detail ${id}/`;
    return calls.filter(({ tag }) => tag.startsWith(prefix)).map(({ tag }) => tag.slice(prefix.length));
  }

  answer(name: string, value: unknown, id = 'web'): void {
    this.send({ type: 'answer', tag: `detail ${id}/${name}`, result: success(value) });
  }

  refuse(name: string, code: 'not_found' | 'unreachable', message: string): void {
    const result = failure(errorBody(code, message));
    this.send({ type: 'answer', tag: `detail web/${name}`, result });
  }

  pass(ms: number): void {
    this.now = { nowMs: this.now.nowMs + ms, wallMs: this.now.wallMs + ms };
  }

  press(...keys: readonly string[]): void {
    for (const key of keys) this.send({ type: 'key', key });
  }

  get isTicking(): boolean {
    return isTicking(this.app);
  }

  frame(): readonly Line[] {
    return view(this.app, this.now);
  }

  lines(): readonly string[] {
    return this.frame().map((one) => textOf(one).trimEnd());
  }

  text(): string {
    return this.lines().join('\n');
  }

  /** The line of the cursor. */
  cursor(): string | undefined {
    return this.lines().find((one) => /^[▸>]/.test(one));
  }
}

export function whyOf(plugin: PluginStatus, text: string, more: Partial<WhyResult> = {}): WhyResult {
  return {
    text,
    plugin,
    waitsFor: [],
    waitedForBy: [],
    nextRestartAt: plugin.nextRestartAt,
    restartsLeft: null,
    commands: [],
    ...more,
  };
}

export function node(
  plugin: string,
  nodes: readonly DependencyNode[] = [],
  more: Partial<DependencyNode> = {},
): DependencyNode {
  const status = {
    plugin,
    range: '*',
    required: true,
    state: 'running',
    version: '1.0.0',
    fits: true,
  } as const;
  return { ...status, isCycle: false, nodes, ...more };
}

/** A run that was asked to stop after a minute. */
export function listedRun(id: number, more: Partial<ListedRun> = {}): ListedRun {
  const startMs = WALL_MS - 3_600_000 + id * 60_000;
  return {
    id,
    plugin: 'web',
    version: '1.0.0',
    digest: 'aa',
    pid: 100 + id,
    startedAt: new Date(startMs).toISOString(),
    readyAt: null,
    endedAt: new Date(startMs + 60_000).toISOString(),
    cause: 'requested',
    exitCode: null,
    signal: 'SIGTERM',
    peakMemoryBytes: 1_048_576,
    cpuMs: 10,
    lines: 3,
    linesLost: 0,
    ...more,
  };
}

export function crashSummary(id: number, runId: number): CrashSummary {
  return {
    id,
    plugin: 'web',
    runId,
    at: new Date(WALL_MS - 5_000).toISOString(),
    uptimeMs: 2_100,
    exitCode: 7,
    signal: null,
    cause: 'exit',
    restart: 3,
    verdict: 'restart',
    delayMs: 4_000,
    peakMemoryBytes: null,
    cpuMs: null,
    coreDumped: false,
    version: '1.0.0',
    digest: 'aa',
  };
}
