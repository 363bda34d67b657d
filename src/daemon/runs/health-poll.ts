/** Asks a running plugin for its health, and counts bad answers in a row. */

import type { Health } from '../../protocol/plugin-state.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { HealthSettings } from '../catalog/settings.ts';
import type { PluginAnswer } from './plugin-connection.ts';

export interface HealthPollOptions {
  readonly clock: Clock;
  readonly settings: HealthSettings;
  readonly ask: (timeoutMs: number) => Promise<PluginAnswer>;
  readonly onHealth: (health: Health, detail: string | undefined) => void;
  /** Bad answers reached the settings' `restartAfter`. */
  readonly onGivenUp: (detail: string) => void;
}

const MAX_DETAIL_LENGTH = 500;

export class HealthPoll {
  readonly #options: HealthPollOptions;
  #timer: Timer | undefined;
  #badInARow = 0;
  #isStopped = false;

  /** Asks at once and then each `intervalMs` after an answer. */
  constructor(options: HealthPollOptions) {
    this.#options = options;
    if (options.settings.intervalMs > 0) void this.#poll();
  }

  /** Bad answers since the last good one. */
  get badInARow(): number {
    return this.#badInARow;
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #poll(): Promise<void> {
    const { clock, settings, ask } = this.#options;
    const answer = await ask(settings.timeoutMs);
    if (this.#isStopped) return;
    this.#judge(answer);
    if (this.#isStopped) return;
    this.#timer = clock.setTimer(() => void this.#poll(), settings.intervalMs);
  }

  #judge(answer: PluginAnswer): void {
    const { settings, onHealth, onGivenUp } = this.#options;
    // A plugin without a health check says so with unknown_type: that is no illness.
    if (!answer.ok && answer.failure.code === 'unknown_type') {
      this.stop();
      return;
    }
    if (answer.ok && answer.value.status === 'healthy') {
      this.#badInARow = 0;
      onHealth('healthy', detailOf(answer));
      return;
    }
    this.#badInARow += 1;
    const detail = detailOf(answer) ?? 'unhealthy';
    if (this.#badInARow >= settings.unhealthyAfter) onHealth('unhealthy', detail);
    if (settings.restartAfter !== null && this.#badInARow >= settings.restartAfter) {
      this.stop();
      onGivenUp(detail);
    }
  }
}

function detailOf(answer: PluginAnswer): string | undefined {
  if (!answer.ok) return answer.failure.message;
  const { status, detail } = answer.value;
  if (typeof detail === 'string' && detail !== '') return detail.slice(0, MAX_DETAIL_LENGTH);
  return status === 'healthy' || status === 'unhealthy' ? undefined : 'its answer has no "status"';
}
