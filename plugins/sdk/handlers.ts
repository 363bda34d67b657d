/** From a request to its answer: which handler of the author it is for, and what is refused without asking one. */

import type { PluginError, PluginErrorCode, PluginMessage } from '../../src/protocol/plugin/envelope.ts';
import { failure, messageOf, type Result, success } from '../../src/protocol/result.ts';
import type { PluginContext, PluginDefinition } from './definition.ts';
import type { Payload } from './kv-requests.ts';
import type { Lifecycle } from './lifecycle.ts';
import { pluginError } from './message.ts';

export type Reply = Result<Payload, PluginError>;

export class Handlers {
  readonly #definition: PluginDefinition;
  readonly #context: PluginContext;
  readonly #lifecycle: Lifecycle;

  constructor(definition: PluginDefinition, context: PluginContext, lifecycle: Lifecycle) {
    this.#definition = definition;
    this.#context = context;
    this.#lifecycle = lifecycle;
  }

  /**
   * Answers any request but `shutdown`, and `http` once the plugin is ready. Never rejects: what a handler throws is logged here and becomes `internal`.
   * @param isCore whether it came on the connection that sent `init`, or is that `init`
   */
  async reply(message: PluginMessage, isCore: boolean): Promise<Reply> {
    try {
      return await this.#choose(message, isCore);
    } catch (thrown) {
      this.#context.log.err(`${message.type}: ${messageOf(thrown)}`);
      return refusal('internal', messageOf(thrown));
    }
  }

  async #choose(message: PluginMessage, isCore: boolean): Promise<Reply> {
    const { type, payload } = message;
    if (type === 'lifecycle' && payload.action === 'init') return this.#lifecycle.init(payload);
    const isReload = type === 'lifecycle' && payload.action === 'reload';
    if (type !== 'health' && type !== 'http' && !isReload) return refusal('unknown_type', unknown(message));
    if (!this.#lifecycle.isReady) return refusal('unavailable', 'the plugin is not ready yet');
    if (type === 'health') return this.#onHealth();
    return isCore ? this.#lifecycle.reload(payload) : refusal('denied', 'only torud may send new settings');
  }

  async #onHealth(): Promise<Reply> {
    const health = (await this.#definition.health?.(this.#context)) ?? { status: 'healthy' };
    return success({ ...health });
  }
}

function refusal(code: PluginErrorCode, message: string): Reply {
  return failure(pluginError(code, message));
}

function unknown(message: PluginMessage): string {
  const action = message.type === 'lifecycle' ? ` with action ${String(message.payload.action)}` : '';
  return `${message.type}${action} is not known here`;
}
