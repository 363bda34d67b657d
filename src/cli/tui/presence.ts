/** Whether torud is there, away or silent: told from its subscription, in which something comes each second. */

import type { Welcome } from '../../client/control-client.ts';
import type { Clock } from '../clock.ts';
import type { FollowClient } from '../follow.ts';
import type { Connection } from './model.ts';

/** Without a word for so long, torud does not answer. */
const SILENT_AFTER_MS = 4_000;
/** For so long it is said that torud is back. */
const NEWS_MS = 6_000;

export interface PresenceParts {
  readonly clock: Clock;
  readonly tell: (connection: Connection, client: FollowClient | undefined) => void;
}

export class Presence {
  readonly #parts: PresenceParts;
  #client: FollowClient | undefined;
  /** What the torud of now, or the last one, said of itself. */
  #welcome: Welcome | undefined;
  #goneSinceMs: number | undefined;
  #isSilent = false;
  #heardMs = 0;
  #silence: { cancel(): void } | undefined;
  #news: { cancel(): void } | undefined;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
  }

  /** The connection that is followed; undefined when it has ended. */
  async onConnection(client: FollowClient | undefined): Promise<void> {
    this.#client = client;
    this.#silence?.cancel();
    this.#news?.cancel();
    if (client === undefined) {
      // Where it was silent before, it is away since then.
      this.#goneSinceMs ??= this.#parts.clock.monotonic();
      this.#isSilent = false;
      this.#parts.tell({ kind: 'away', sinceMs: this.#goneSinceMs }, undefined);
      return;
    }
    const welcome = await client.welcome();
    if (!welcome.ok || this.#client !== client) return;
    const before = this.#welcome;
    this.#welcome = welcome.value;
    this.#heardMs = this.#parts.clock.monotonic();
    this.#listen(SILENT_AFTER_MS);
    this.#tellThere(before);
  }

  /** Something has come from torud. */
  onHeard(): void {
    this.#heardMs = this.#parts.clock.monotonic();
    if (!this.#isSilent) return;
    this.#listen(SILENT_AFTER_MS);
    this.#tellThere(this.#welcome);
  }

  end(): void {
    this.#client = undefined;
    this.#silence?.cancel();
    this.#news?.cancel();
  }

  #tellThere(before: Welcome | undefined): void {
    const welcome = this.#welcome;
    if (welcome === undefined) return;
    const { clock, tell } = this.#parts;
    const goneSinceMs = this.#goneSinceMs;
    const wasSilent = this.#isSilent;
    this.#goneSinceMs = undefined;
    this.#isSilent = false;
    if (goneSinceMs === undefined) {
      tell({ kind: 'connected', welcome }, this.#client);
      return;
    }
    const back = { awayMs: clock.monotonic() - goneSinceMs, before, wasSilent };
    tell({ kind: 'connected', welcome, back }, this.#client);
    this.#news = clock.setTimer(() => tell({ kind: 'connected', welcome }, this.#client), NEWS_MS);
  }

  /** One timer that looks when it was last heard, and not one a message. */
  #listen(delayMs: number): void {
    const { clock } = this.#parts;
    const plannedMs = clock.monotonic() + delayMs;
    this.#silence?.cancel();
    this.#silence = clock.setTimer(() => {
      const nowMs = clock.monotonic();
      const leftMs = this.#heardMs + SILENT_AFTER_MS - nowMs;
      // We ourselves were stopped: what has come meanwhile is still to be read.
      const wasAsleep = nowMs - plannedMs > SILENT_AFTER_MS / 4;
      if (leftMs > 0 || wasAsleep) this.#listen(wasAsleep ? SILENT_AFTER_MS : leftMs);
      else this.#onSilence();
    }, delayMs);
  }

  #onSilence(): void {
    this.#isSilent = true;
    this.#goneSinceMs = this.#heardMs;
    this.#news?.cancel();
    this.#parts.tell({ kind: 'away', sinceMs: this.#heardMs, isSilent: true }, this.#client);
  }
}
