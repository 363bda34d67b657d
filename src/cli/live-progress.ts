/** The live line: who is left, and for how long it has been going on. Told by `plugin.watch`, drawn each second. */

import type { PluginStatus, WatchItem } from '../protocol/control/plugins.ts';
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import { sanitise } from './output/sanitise.ts';
import { cutTo } from './output/width.ts';
import type { Progress } from './progress.ts';
import { progressText } from './progress-text.ts';
import type { Session } from './session.ts';

const TICK_MS = 1_000;
/** An answer that comes later than this is of no use. */
const ANSWER_LIMIT_MS = 5_000;
const WIPE = '\r\x1b[K';

export interface LiveSpec {
  readonly participle: string;
  readonly subject: string;
  readonly clock: Clock;
  readonly columns: () => number;
  readonly write: (text: string) => void;
  /** How long a plugin that is being stopped has until it is killed, in milliseconds. Asked once a plugin. */
  readonly askGrace: (plugin: string) => Promise<number | undefined>;
}

/** The line itself; begins one second after the action. */
export class LiveProgress {
  readonly #spec: LiveSpec;
  readonly #plugins = new Map<string, PluginStatus>();
  readonly #firstRunIds = new Map<string, number | null>();
  readonly #graces = new Map<string, number>();
  readonly #asked = new Set<string>();
  #hasSnapshot = false;
  #seconds = 1;
  #isOver = false;
  #timer: { cancel(): void };

  constructor(spec: LiveSpec) {
    this.#spec = spec;
    this.#timer = spec.clock.setTimer(this.#tick, TICK_MS);
    this.#draw();
  }

  onWatched(item: WatchItem): void {
    if (this.#isOver) return;
    if (item.kind === 'removed') this.#plugins.delete(item.id);
    else if (item.kind === 'snapshot') for (const plugin of item.plugins) this.#take(plugin);
    else if (item.kind === 'plugin') this.#take(item.plugin);
    this.#hasSnapshot = true;
    this.#draw();
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer.cancel();
    this.#spec.write(WIPE);
  }

  #take(plugin: PluginStatus): void {
    this.#plugins.set(plugin.id, plugin);
    if (!this.#firstRunIds.has(plugin.id)) this.#firstRunIds.set(plugin.id, plugin.runId);
    if (plugin.state !== 'stopping' || this.#asked.has(plugin.id)) return;
    this.#asked.add(plugin.id);
    void this.#spec.askGrace(plugin.id).then((graceMs) => {
      if (graceMs === undefined) return;
      this.#graces.set(plugin.id, graceMs);
      this.#draw();
    });
  }

  readonly #tick = (): void => {
    this.#seconds += 1;
    this.#timer = this.#spec.clock.setTimer(this.#tick, TICK_MS);
    this.#draw();
  };

  #draw(): void {
    if (this.#isOver) return;
    const text = progressText({
      participle: this.#spec.participle,
      subject: this.#spec.subject,
      plugins: this.#hasSnapshot ? [...this.#plugins.values()] : undefined,
      firstRunIds: this.#firstRunIds,
      seconds: this.#seconds,
      gracesMs: this.#graces,
    });
    this.#spec.write(`${WIPE}${cutTo(sanitise(text), this.#spec.columns() - 1)}`);
  }
}

/** @param subject in the place of the operands: it is not about plugins */
export function showLive(session: Session, participle: string, subject: string | undefined): Progress {
  const quiet = session.quietly();
  const line = new LiveProgress({
    participle,
    subject: subject ?? (session.operands.join(' ') || 'all plugins'),
    clock: systemClock,
    columns: () => process.stderr.columns || 80,
    write: (text) => void process.stderr.write(text),
    askGrace: async (plugin) => {
      const shown = await quiet.client.call('plugin.show', { plugin }, ANSWER_LIMIT_MS);
      const graceMs = shown.ok ? shown.value.properties['stop.graceMs'] : undefined;
      return typeof graceMs === 'number' ? graceMs : undefined;
    },
  });
  const end = (): void => line.end();
  // Ctrl-C ends the process where it stands.
  process.once('exit', end);
  if (subject === undefined) void watch(quiet, line);
  return {
    end: () => {
      process.off('exit', end);
      end();
      quiet.client.close();
    },
  };
}

/** A connection that ends takes nothing from the line but its names. */
async function watch(session: Session, line: LiveProgress): Promise<void> {
  for await (const item of session.client.stream('plugin.watch', session.selection)) line.onWatched(item);
}
