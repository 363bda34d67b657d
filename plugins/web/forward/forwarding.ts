/** Hands requests over to plugins: which one, by which level, with which fields, and what the client is told when it fails. */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WatchItem } from '../../../src/protocol/control/plugins.ts';
import { ByteBudget } from './byte-budget.ts';
import type {
  ForwardContext,
  Forwarding,
  ForwardLimits,
  ForwardMatch,
  ForwardOptions,
  ForwardOutcome,
  ForwardRequest,
  ForwardResponse,
  ForwardTarget,
} from './contract.ts';
import { type ForwardJob, refuseJob } from './forward-job.ts';
import { forwardByHttp } from './http-exchange.ts';
import { forwardByMessages } from './message-exchange.ts';
import { PluginLine } from './plugin-line.ts';
import { away, badPath, notFound, overloaded } from './problem.ts';
import { requestFields } from './request-headers.ts';
import { RouteTable } from './route-table.ts';
import { asksForWorker, NO_WORKER } from './service-worker.ts';
import { responseOn, upgradeToPlugin } from './upgrade.ts';

export const DEFAULT_LIMITS: ForwardLimits = {
  answerMs: 30_000,
  pieceMs: 60_000,
  maxRequests: 1024,
  maxHeldBytes: 24 * 1024 * 1024,
  maxHeadBytes: 32 * 1024,
};

/** What no plugin is asked (RFC 9110 §9.3.6, §9.3.8): a tunnel, and an echo of fields that are not the client's. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE']);

export class PluginForwarding implements Forwarding {
  readonly #options: ForwardOptions;
  readonly #limits: ForwardLimits;
  readonly #budget: ByteBudget;
  readonly #table = new RouteTable(Date.now);
  readonly #lines = new Map<string, PluginLine>();

  constructor(options: ForwardOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#budget = new ByteBudget(this.#limits.maxHeldBytes);
  }

  apply(item: WatchItem): void {
    this.#table.apply(item);
    if (item.kind === 'usage') return;
    if (item.kind === 'removed') this.#options.forgetKey?.(item.id);
    for (const [id, line] of this.#lines) {
      if (this.#table.runOf(id) === line.runId) continue;
      this.#lines.delete(id);
      line.retire();
    }
  }

  matchId(id: string, rest: string): ForwardMatch {
    return this.#table.matchId(id, rest);
  }

  matchRoute(base: string, rest: string): ForwardMatch {
    return this.#table.matchRoute(base, rest);
  }

  async forwardTo(
    target: ForwardTarget,
    request: ForwardRequest,
    response: ForwardResponse,
    context: ForwardContext,
  ): Promise<ForwardOutcome> {
    const method = request.method ?? '';
    if (REFUSED_METHODS.has(method))
      return refuseJob(response, { status: 405, code: 'usage', detail: `${method} is not handed on` });
    if (asksForWorker(request)) return refuseJob(response, NO_WORKER);
    const line = this.#lineTo(target);
    if (line === undefined) return refuseJob(response, away(target.id, 1));
    if (line.size >= this.#limits.maxRequests)
      return refuseJob(response, overloaded(`${target.id} answers as many requests as it may`));
    line.size += 1;
    try {
      if (context.user !== undefined && line.signer === undefined) await line.makeSigner(this.#options.keyOf);
      const job = this.#job(line, method, target, request, response, context);
      return await (line.http === undefined
        ? forwardByMessages(job, line.messages)
        : forwardByHttp(job, line.http));
    } finally {
      line.size -= 1;
    }
  }

  async upgradeTo(
    target: ForwardTarget,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    context: ForwardContext,
  ): Promise<ForwardOutcome> {
    const line = this.#lineTo(target);
    if (context.user !== undefined) await line?.makeSigner(this.#options.keyOf);
    const fields = this.#fields(line, 'GET', target, request, context);
    const { hiddenCookies } = this.#options;
    const [limits, budget] = [this.#limits, this.#budget];
    const job = { target, request, socket, head, context, fields, limits, budget, hiddenCookies };
    if (line === undefined) return refuseJob(responseOn(socket, request), away(target.id, 1));
    if (line.size >= this.#limits.maxRequests)
      return refuseJob(
        responseOn(socket, request),
        overloaded(`${target.id} answers as many requests as it may`),
      );
    line.size += 1;
    try {
      return await upgradeToPlugin(job, line.http);
    } finally {
      line.size -= 1;
    }
  }

  refuse(match: Exclude<ForwardMatch, { kind: 'target' }>, response: ForwardResponse): ForwardOutcome {
    if (match.kind === 'away') return refuseJob(response, away(match.id, match.retryAfterSeconds));
    return refuseJob(response, match.kind === 'bad-path' ? badPath() : notFound());
  }

  async close(): Promise<void> {
    const lines = [...this.#lines.values()];
    this.#lines.clear();
    await Promise.all(lines.map((line) => line.close()));
  }

  /** undefined: the run that was matched is not the one that there is now. */
  #lineTo(target: ForwardTarget): PluginLine | undefined {
    const known = this.#lines.get(target.id);
    if (known?.runId === target.runId) return known;
    if (this.#table.runOf(target.id) !== target.runId) return undefined;
    const line = new PluginLine(target, this.#limits);
    this.#lines.set(target.id, line);
    return line;
  }

  #job(
    line: PluginLine,
    method: string,
    target: ForwardTarget,
    request: ForwardRequest,
    response: ForwardResponse,
    context: ForwardContext,
  ): ForwardJob {
    return {
      target,
      request,
      response,
      context,
      method,
      fields: this.#fields(line, method, target, request, context),
      limits: this.#limits,
      budget: this.#budget,
      hiddenCookies: this.#options.hiddenCookies,
    };
  }

  /** With the user's fields, if there is a user and a key to sign with. */
  #fields(
    line: PluginLine | undefined,
    method: string,
    target: ForwardTarget,
    request: ForwardRequest,
    context: ForwardContext,
  ): ForwardJob['fields'] {
    const { hiddenCookies } = this.#options;
    const fields = requestFields(request.headers, request.httpVersion, target, context, hiddenCookies);
    if (context.user !== undefined) line?.signer?.sign(fields, context.user, method, target.path, Date.now());
    return fields;
  }
}
