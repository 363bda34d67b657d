/** A list on a terminal that is only numbers: what tests of the list, its header and its looks begin with. */

import { type App, type Now, update } from '../../src/cli/tui/app.ts';
import { doors } from '../../src/cli/tui/doors.ts';
import { textOf } from '../../src/cli/tui/frame.ts';
import { ASCII, type Look, UNICODE } from '../../src/cli/tui/look.ts';
import { newModel } from '../../src/cli/tui/model.ts';
import { listScreen } from '../../src/cli/tui/screens/list/list.ts';
import { FIRST_LIST, type ListState } from '../../src/cli/tui/screens/list/list-order.ts';
import { view } from '../../src/cli/tui/view.ts';
import type { HostUsage, PluginStatus, UsageRow } from '../../src/protocol/control/plugins.ts';

export const WALL_MS = Date.parse('2026-11-20T14:30:00Z');
export const PLAIN: Look = { colours: 'none', signs: UNICODE };
export const PLAIN_ASCII: Look = { colours: 'none', signs: ASCII };

export class ListStage {
  app: App;
  now: Now = { nowMs: 1_000_000, wallMs: WALL_MS };

  constructor(
    plugins: readonly PluginStatus[],
    size = { columns: 100, rows: 30 },
    look: Look = PLAIN,
    state: ListState = FIRST_LIST,
  ) {
    this.app = {
      model: newModel('web-03'),
      look,
      size,
      screens: [listScreen(doors, state)],
      prompt: undefined,
      confirm: undefined,
      notice: undefined,
    };
    this.#send({
      type: 'connection',
      connection: {
        kind: 'connected',
        welcome: { protocol: 1, daemon: 'torud/1.0.0', instanceId: 'i', capabilities: [], role: 'admin' },
      },
    });
    this.snapshot(plugins);
  }

  #send(message: Parameters<typeof update>[1]): void {
    this.app = update(this.app, message, this.now).app;
  }

  snapshot(plugins: readonly PluginStatus[]): void {
    this.#send({ type: 'watched', item: { kind: 'snapshot', plugins } });
  }

  changed(plugin: PluginStatus): void {
    this.#send({ type: 'watched', item: { kind: 'plugin', plugin } });
  }

  daemon(more: object): void {
    this.#send({
      type: 'answer',
      tag: 'app/daemon',
      result: { ok: true, value: { daemon: more } },
    });
  }

  /** A command was carried out, and has said nothing. */
  outcome(...argv: readonly string[]): void {
    this.#send({ type: 'action', news: { kind: 'began', id: 1, argv, isTyped: false, gracesMs: new Map() } });
    this.#send({ type: 'action', news: { kind: 'ended', id: 1, code: 0, lines: [] } });
  }

  /** A second passes, and a sample comes. */
  usage(rows: readonly UsageRow[], load = 0.4, usedGib = 3, more: Partial<HostUsage> = {}): void {
    this.pass(1_000);
    const host = { load, memoryUsedBytes: usedGib * 2 ** 30, memoryTotalBytes: 16 * 2 ** 30, ...more };
    this.#send({ type: 'watched', item: { kind: 'usage', rows, host } });
  }

  pass(ms: number): void {
    this.now = { nowMs: this.now.nowMs + ms, wallMs: this.now.wallMs + ms };
  }

  press(...keys: string[]): this {
    for (const key of keys) this.#send({ type: 'key', key });
    return this;
  }

  /** Types a text into the prompt. */
  type(text: string): this {
    return this.press(...text);
  }

  lines(): readonly string[] {
    return view(this.app, this.now).map((one) => textOf(one).trimEnd());
  }

  text(): string {
    return this.lines().join('\n');
  }

  /** The line of the row of this plugin; empty where it is not to be seen. */
  row(id: string): string {
    return this.lines().find((one) => new RegExp(`^[ ▸>][ ●*]${id}( |$)`).test(one)) ?? '';
  }

  /** Ids of the rows, from the top. */
  ids(): readonly string[] {
    return this.lines().flatMap((one) => {
      const [, id] = /^[ ▸>][ ●*](\S+) +[A-Za-z] \w+/.exec(one) ?? [];
      return id === undefined ? [] : [id];
    });
  }

  /** The id in the line of the cursor. */
  cursor(): string | undefined {
    return /^[▸>].(\S+)/m.exec(this.text())?.[1];
  }
}
