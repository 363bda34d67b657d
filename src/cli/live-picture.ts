/** What the live list shows: the states as they are reported, and numbers that do not go stale between two reports. */

import type { CompactRow, PluginStatus, Selection, WatchItem } from '../protocol/control/plugins.ts';
import type { Clock } from './clock.ts';
import { listTable } from './commands/list.ts';
import type { FollowClient } from './follow.ts';
import { formatTable } from './output/table.ts';
import { cutTo } from './output/width.ts';

/** Redraws are put together: a start of 100 plugins is a few pictures, not hundreds. */
const REDRAW_AFTER_MS = 50;
/** How often UPTIME grows. */
const TICK_MS = 1_000;
/** Every so many ticks CPU and MEM are asked for. */
const TICKS_A_QUESTION = 2;
/** A question without an answer is given up, so that the next one can be asked. */
const QUESTION_LIMIT_MS = 10_000;

interface Size {
  readonly rows: number;
  readonly columns: number;
}

export interface LivePictureParts {
  readonly clock: Clock;
  readonly canvas: Size & { draw(lines: readonly string[]): void };
  readonly hasColour: boolean;
  readonly selection: Selection;
  readonly isShown: (plugin: PluginStatus) => boolean;
}

interface Shown {
  readonly plugin: PluginStatus;
  /** When its numbers were right, on the monotonic clock. */
  readonly atMs: number;
}

export class LivePicture {
  readonly #parts: LivePictureParts;
  readonly #plugins = new Map<string, Shown>();
  #client: Pick<FollowClient, 'call'> | undefined;
  /** When torud was last there; the numbers stand still from then on. */
  #awaySinceMs: number | undefined;
  #isAsking = false;
  #isOver = false;
  #ticks = 0;
  #ticker: { cancel(): void } | undefined;
  #redraw: { cancel(): void } | undefined;

  constructor(parts: LivePictureParts) {
    this.#parts = parts;
  }

  /** The connection that is followed; undefined while torud is away. */
  onConnection(client: Pick<FollowClient, 'call'> | undefined): void {
    this.#client = client;
    this.#awaySinceMs = client === undefined ? this.#parts.clock.monotonic() : undefined;
    if (this.#ticker !== undefined) this.drawSoon();
  }

  /** The first item starts the clock and the picture. */
  onWatched(item: WatchItem): void {
    if (item.kind === 'usage') return;
    const atMs = this.#parts.clock.monotonic();
    if (item.kind === 'removed') this.#plugins.delete(item.id);
    else {
      if (item.kind === 'snapshot') this.#plugins.clear();
      for (const plugin of item.kind === 'snapshot' ? item.plugins : [item.plugin])
        this.#plugins.set(plugin.id, { plugin, atMs });
    }
    if (!this.#isOver) this.#ticker ??= this.#parts.clock.setTimer(this.#tick, TICK_MS);
    this.drawSoon();
  }

  drawSoon(): void {
    if (this.#isOver) return;
    this.#redraw ??= this.#parts.clock.setTimer(() => {
      this.#redraw = undefined;
      this.#draw();
    }, REDRAW_AFTER_MS);
  }

  /** Draws no more: the screen is somebody else's. */
  end(): void {
    this.#isOver = true;
    this.#ticker?.cancel();
    this.#redraw?.cancel();
    this.#client = undefined;
  }

  readonly #tick = (): void => {
    this.#ticker = this.#parts.clock.setTimer(this.#tick, TICK_MS);
    this.#ticks += 1;
    if (this.#ticks % TICKS_A_QUESTION === 0) void this.#ask();
    this.#draw();
  };

  /** Over the connection that is followed anyway. What fails is asked again soon. */
  async #ask(): Promise<void> {
    const client = this.#client;
    if (client === undefined || this.#isAsking) return;
    this.#isAsking = true;
    const answer = await client.call('plugin.listCompact', this.#parts.selection, QUESTION_LIMIT_MS);
    this.#isAsking = false;
    if (!answer.ok || client !== this.#client) return;
    for (const row of answer.value.rows) this.#take(row);
    this.drawSoon();
  }

  /** The numbers of the process that is shown; what has changed otherwise is reported. */
  #take([id, , , , pid, uptimeMs, , cpuPercent, memoryBytes]: CompactRow): void {
    const shown = this.#plugins.get(id);
    if (shown === undefined || shown.plugin.pid !== pid) return;
    const plugin = { ...shown.plugin, uptimeMs, cpuPercent, memoryBytes };
    this.#plugins.set(id, { plugin, atMs: this.#parts.clock.monotonic() });
  }

  #draw(): void {
    const { canvas, hasColour, isShown, clock } = this.#parts;
    const nowMs = this.#awaySinceMs ?? clock.monotonic();
    const plugins = [...this.#plugins.values()].map(({ plugin, atMs }) => aged(plugin, nowMs - atMs));
    const note = this.#awaySinceMs === undefined ? '' : 'torud is away; ';
    canvas.draw(picture(plugins.filter(isShown), hasColour, canvas, note));
  }
}

function aged(plugin: PluginStatus, byMs: number): PluginStatus {
  return plugin.uptimeMs === null ? plugin : { ...plugin, uptimeMs: plugin.uptimeMs + Math.max(0, byMs) };
}

/** Lines of the screen, cut to its height and width. */
function picture(plugins: readonly PluginStatus[], hasColour: boolean, size: Size, note: string): string[] {
  const sorted = [...plugins].sort((left, right) => (left.id < right.id ? -1 : 1));
  const style = { hasLegend: true, hasColour, width: size.columns };
  const table = formatTable(listTable(sorted.map(compactRow)), style);
  const room = Math.max(1, size.rows - 2);
  const hidden = Math.max(0, table.length - room);
  const count = (state: string): number => plugins.filter((plugin) => plugin.state === state).length;
  const more = hidden === 0 ? '' : `  ${hidden} more below; a larger screen shows them.`;
  const foot = ` ${note}${plugins.length} plugins, ${count('running')} running, ${count('failed')} failed.${more}  q leaves`;
  return [...table.slice(0, room), '', cutTo(foot, size.columns)];
}

function compactRow(plugin: PluginStatus): CompactRow {
  const { id, state, enabled, runtime, pid, uptimeMs, restarts, cpuPercent, memoryBytes, name } = plugin;
  return [id, state, enabled, runtime, pid, uptimeMs, restarts, cpuPercent, memoryBytes, name];
}
