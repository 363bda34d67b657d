/** WebSockets (RFC 6455): after both sides have agreed, bytes go through as they come. */

import { type IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Dispatcher, Pool } from 'undici';
import { type AnswerFields, answerFields } from './answer-headers.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { ForwardContext, ForwardLimits, ForwardOutcome, ForwardTarget } from './contract.ts';
import { refuseJob } from './forward-job.ts';
import { HttpExchange } from './http-exchange.ts';
import type { RequestFields } from './request-headers.ts';

export interface UpgradeJob {
  readonly target: ForwardTarget;
  readonly request: IncomingMessage;
  /** The client's connection, which Node has let go of. */
  readonly socket: Duplex;
  /** What the client sent behind its request. */
  readonly head: Buffer;
  readonly context: ForwardContext;
  readonly fields: RequestFields;
  readonly limits: ForwardLimits;
  readonly budget: ByteBudget;
  readonly hiddenCookies: readonly string[];
}

/** A response on a connection that asked for an upgrade and does not get it; the connection ends with it. */
export function responseOn(socket: Duplex, request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  // A client that vanishes is no fault; 'close' follows.
  socket.on('error', () => socket.destroy());
  if (socket instanceof Socket) response.assignSocket(socket);
  response.once('finish', () => socket.end());
  return response;
}

/** Never rejects. */
export function upgradeToPlugin(job: UpgradeJob, pool: Pool | undefined): Promise<ForwardOutcome> {
  const { request, socket, target, fields } = job;
  const response = responseOn(socket, request);
  const refuse = (status: number, detail: string) =>
    Promise.resolve(refuseJob(response, { status, code: 'usage', detail }));
  if (request.method !== 'GET' || request.headers.upgrade?.toLowerCase() !== 'websocket')
    return refuse(400, 'the only upgrade is GET to websocket');
  if (pool === undefined) return refuse(501, `${target.id} takes no WebSocket`);
  delete fields['content-length'];
  const exchange = new UpgradeExchange(job, response);
  try {
    pool.dispatch({ path: target.path, method: 'GET', headers: fields, upgrade: 'websocket' }, exchange);
  } catch (thrown) {
    exchange.onResponseError(undefined, thrown instanceof Error ? thrown : new Error(String(thrown)));
  }
  return exchange.outcome;
}

/** An exchange as any other, unless the plugin agrees. */
class UpgradeExchange extends HttpExchange {
  readonly #job: UpgradeJob;
  readonly #response: ServerResponse;
  readonly #upgraded = Promise.withResolvers<ForwardOutcome>();

  constructor(job: UpgradeJob, response: ServerResponse) {
    super({ ...job, response, method: 'GET' });
    this.#job = job;
    this.#response = response;
    void super.outcome.then((outcome) => this.#upgraded.resolve(outcome));
  }

  override get outcome(): Promise<ForwardOutcome> {
    return this.#upgraded.promise;
  }

  onRequestUpgrade(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: object,
    upstream: Duplex,
  ): void {
    const { socket, head, hiddenCookies } = this.#job;
    const fields = answerFields(headers, hiddenCookies);
    if (status !== 101 || !fields.ok || socket.destroyed) {
      upstream.destroy();
      this.onResponseError(undefined, new Error('it agreed to the upgrade in words that make no sense'));
      return;
    }
    if (socket instanceof Socket) {
      this.#response.detachSocket(socket);
      socket.setTimeout(0);
      socket.setNoDelay(true);
    }
    socket.write(agreement(fields.value));
    if (head.length > 0) upstream.write(head);
    void connectBoth(socket, upstream).then(() => this.#upgraded.resolve({ status: 101 }));
  }
}

function agreement(fields: AnswerFields): string {
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => `${name}: ${one}\r\n`),
  );
  return `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n${lines.join('')}\r\n`;
}

/** Settles when both have ended. Each is read only as fast as the other one takes, and neither outlives the other. */
function connectBoth(one: Duplex, other: Duplex): Promise<void> {
  return new Promise((resolve) => {
    let open = 2;
    const join = (from: Duplex, to: Duplex) => {
      from.pipe(to);
      from.on('error', () => from.destroy());
      from.once('close', () => {
        if (to.writableFinished) to.destroy();
        else to.end(() => to.destroy());
        open -= 1;
        if (open === 0) resolve();
      });
    };
    join(one, other);
    join(other, one);
  });
}
