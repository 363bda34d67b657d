/**
 * The life of one run, as the core directs it:
 *
 *   (process starts) ── init ──▶ ready ── shutdown | SIGTERM | stdin ends ──▶ ended
 *                                 │  ▲
 *                                 └──┘ init of the same run again: torud was restarted; reload
 */

import type { Server } from 'node:http';
import type { PluginError } from '../../src/protocol/plugin/envelope.ts';
import type { InitAnswer } from '../../src/protocol/plugin/messages.ts';
import { failure, type Result, success } from '../../src/protocol/result.ts';
import { PLUGIN_PROTOCOL } from '../../src/protocol/version.ts';
import type { Config, PluginContext, PluginDefinition, ShutdownReason } from './definition.ts';
import { listenForHttp } from './http-server.ts';
import type { Payload } from './kv-requests.ts';
import { pluginError } from './message.ts';

/** The part of the context that `init` and `reload` write. */
export type WritableContext = { -readonly [Key in keyof PluginContext]: PluginContext[Key] };

export class Lifecycle {
  readonly #definition: PluginDefinition;
  readonly #context: WritableContext;
  #init: Promise<void> | undefined;
  #end: Promise<void> | undefined;
  #server: Server | undefined;
  #runId: unknown;
  #isReady = false;

  constructor(definition: PluginDefinition, context: WritableContext) {
    this.#definition = definition;
    this.#context = context;
  }

  /** True from the moment on at which the `init` handler has returned. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** False for an `init` that means another life than the one that this process lives already. */
  isThisRun(payload: Payload): boolean {
    return this.#init === undefined || payload.run_id === this.#runId;
  }

  /** Runs the `init` handler the first time, and never again; what it throws comes out here. */
  async init(payload: Payload): Promise<Result<Payload, PluginError>> {
    const isFirst = this.#init === undefined;
    if (!this.isThisRun(payload)) {
      const text = `this process is run ${String(this.#runId)} and cannot be run ${String(payload.run_id)}`;
      return failure(pluginError('conflict', text));
    }
    if (this.#init === undefined) {
      this.#adoptFacts(payload);
      this.#init = this.#runInit();
    }
    await this.#init;
    this.#isReady = true;
    if (!isFirst) await this.#definition.adopted?.(this.#context);
    const protocol = typeof payload.protocol === 'number' ? payload.protocol : PLUGIN_PROTOCOL;
    const answer: InitAnswer = { ready: true, protocol: Math.min(protocol, PLUGIN_PROTOCOL) };
    return success({ ...answer });
  }

  /** What the handler throws comes out here; then the former settings stay. */
  async reload(payload: Payload): Promise<Result<Payload, PluginError>> {
    if (this.#definition.reload === undefined)
      return failure(pluginError('unknown_type', 'reload is not known here'));
    const former = this.#context.config;
    this.#context.config = readConfig(payload.config);
    try {
      await this.#definition.reload(this.#context);
    } catch (thrown) {
      this.#context.config = former;
      throw thrown;
    }
    return success({ ok: true });
  }

  /** Runs the `shutdown` handler once, however many ask for it; it is left out when `init` never came. */
  shutdown(reason: ShutdownReason): Promise<void> {
    this.#end ??= this.#runShutdown(reason);
    return this.#end;
  }

  async #runInit(): Promise<void> {
    await this.#definition.init?.(this.#context);
    this.#server = await this.#definition.httpServer?.(this.#context);
    if (this.#server !== undefined) await listenForHttp(this.#server, process.env.TORU_HTTP_SOCKET);
  }

  async #runShutdown(reason: ShutdownReason): Promise<void> {
    this.#server?.close();
    if (this.#init !== undefined) await this.#definition.shutdown?.(reason, this.#context);
  }

  #adoptFacts(payload: Payload): void {
    this.#runId = payload.run_id;
    this.#context.runId = Number(payload.run_id) || 0;
    if (typeof payload.instance_id === 'string') this.#context.instanceId = payload.instance_id;
    if (typeof payload.plugin_id === 'string') this.#context.pluginId = payload.plugin_id;
    if (typeof payload.data_dir === 'string') this.#context.dataDir = payload.data_dir;
    this.#context.config = readConfig(payload.config);
  }
}

function readConfig(config: unknown): Config {
  return typeof config === 'object' && config !== null ? { ...config } : {};
}
