/** Forwarding behind a plain HTTP server on a free port of the loopback, to plugins that a test names; no login, no torud. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deferContinue } from '../../plugins/web/forward/continue.ts';
import type { ForwardContext, ForwardOptions, ForwardOutcome } from '../../plugins/web/forward/contract.ts';
import { PluginForwarding } from '../../plugins/web/forward/forwarding.ts';
import type { PluginHttp, PluginStatus } from '../../src/protocol/control/plugins.ts';

const BASE = '/p';

/** A plugin as plugin.watch would show it. */
export function watchedPlugin(
  id: string,
  http: Partial<PluginHttp>,
  more: Partial<PluginStatus> = {},
): PluginStatus {
  return {
    id,
    name: id,
    version: '1.0.0',
    description: '',
    runtime: 'process',
    state: 'running',
    enabled: true,
    wanted: 'up',
    health: 'healthy',
    pid: 1,
    runId: 1,
    since: '2026-01-01T00:00:00.000000Z',
    uptimeMs: 0,
    restarts: 0,
    nextRestartAt: null,
    reason: '',
    actor: null,
    memoryBytes: null,
    cpuPercent: null,
    linesLost: 0,
    lastCrash: null,
    lastExit: null,
    problems: [],
    dependencies: [],
    neededBy: [],
    groups: [],
    http: { route: null, socket: null, httpSocket: null, ...http },
    ...more,
  };
}

export interface ForwardRigOptions extends Partial<ForwardOptions> {
  readonly context?: (request: IncomingMessage) => Partial<ForwardContext>;
}

export class ForwardRig implements AsyncDisposable {
  readonly forwarding: PluginForwarding;
  readonly server: Server;
  /** How each request went, in the order in which they ended. */
  readonly outcomes: ForwardOutcome[] = [];
  readonly #options: ForwardRigOptions;
  #outcomeWaiters: (() => void)[] = [];

  private constructor(options: ForwardRigOptions) {
    this.#options = options;
    this.forwarding = new PluginForwarding({
      hiddenCookies: ['toru_session'],
      keyOf: () => Promise.resolve(undefined),
      ...options,
    });
    this.server = createServer();
    deferContinue(this.server);
    this.server.on('request', (request, response) => {
      const match = this.forwarding.matchRoute(BASE, (request.url ?? '').slice(BASE.length));
      if (match.kind === 'target') {
        void this.forwarding
          .forwardTo(match.target, request, response, this.#context(request))
          .then((outcome) => this.#note(outcome));
      } else this.#note(this.forwarding.refuse(match, response));
    });
    this.server.on('upgrade', (request, socket, head) => {
      const match = this.forwarding.matchRoute(BASE, (request.url ?? '').slice(BASE.length));
      if (match.kind !== 'target') {
        socket.destroy();
        return;
      }
      void this.forwarding
        .upgradeTo(match.target, request, socket, head, this.#context(request))
        .then((outcome) => this.#note(outcome));
    });
  }

  static async open(plugins: readonly PluginStatus[], options: ForwardRigOptions = {}): Promise<ForwardRig> {
    const rig = new ForwardRig(options);
    rig.forwarding.apply({ kind: 'snapshot', plugins });
    rig.server.listen(0, '127.0.0.1');
    await once(rig.server, 'listening');
    return rig;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${BASE}${path}`;
  }

  /** Settles when so many requests have ended. */
  async ended(count: number): Promise<readonly ForwardOutcome[]> {
    while (this.outcomes.length < count)
      await new Promise<void>((resolve) => {
        this.#outcomeWaiters.push(resolve);
      });
    return this.outcomes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    const closed = once(this.server, 'close');
    this.server.close();
    await this.forwarding.close();
    await closed;
  }

  #context(request: IncomingMessage): ForwardContext {
    return {
      user: undefined,
      remote: {
        address: request.socket.remoteAddress ?? '',
        chain: [],
        protocol: 'http',
        host: request.headers.host ?? '',
      },
      hidesAuthorization: false,
      ...this.#options.context?.(request),
    };
  }

  #note(outcome: ForwardOutcome): void {
    this.outcomes.push(outcome);
    for (const wake of this.#outcomeWaiters.splice(0)) wake();
  }
}
