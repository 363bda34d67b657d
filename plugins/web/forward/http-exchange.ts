/**
 * One request by plain HTTP to TORU_HTTP_SOCKET, streamed both ways: neither side is read faster than the other one takes,
 * so that a body of any length needs the same memory.
 */

import type { Dispatcher, Pool } from 'undici';
import { errnoOf } from '../../../src/protocol/result.ts';
import { answerFields, trailerFields } from './answer-headers.ts';
import { awaitsContinue, sayContinue } from './continue.ts';
import type { ForwardOutcome, Problem } from './contract.ts';
import { type ForwardJob, isAbsence, isDelivered, isGone, refuseJob } from './forward-job.ts';
import { hasNoBody } from './message-answer.ts';
import { notePassed } from './passing-buffers.ts';
import { away, badAnswer, late } from './problem.ts';
import { chunksOf, hasBody } from './request-body.ts';

/** Why an exchange that nobody waits for any more was ended. */
const LEFT = new Error('the client left');

/** Never rejects. */
export function forwardByHttp(job: ForwardJob, pool: Pool): Promise<ForwardOutcome> {
  const exchange = new HttpExchange(job);
  const { method, target, fields, request } = job;
  const body = hasBody(request) ? bodyOf(job) : null;
  // A GET without a body must not say `content-length: 0`, which its sender may have said.
  if (body === null && method !== 'POST' && method !== 'PUT' && method !== 'PATCH')
    delete fields['content-length'];
  try {
    pool.dispatch({ path: target.path, method, headers: fields, body: body as never }, exchange);
  } catch (thrown) {
    // undici refuses what is no request, before anything was sent.
    exchange.onResponseError(undefined, thrown instanceof Error ? thrown : new Error(String(thrown)));
  }
  return exchange.outcome;
}

/** Read when the plugin's connection stands and wants the body, not before. */
async function* bodyOf({ request, response }: ForwardJob): AsyncGenerator<Buffer, void, void> {
  sayContinue(request, response);
  for await (const chunk of chunksOf(request)) {
    notePassed(chunk.length);
    yield chunk;
  }
}

export class HttpExchange implements Dispatcher.DispatchHandler {
  readonly #job: ForwardJob;
  readonly #outcome = Promise.withResolvers<ForwardOutcome>();
  #controller: Dispatcher.DispatchController | undefined;
  #hasBegun = false;
  #isSilent = false;

  constructor(job: ForwardJob) {
    this.#job = job;
    job.response.once('close', () => this.#onResponseClosed());
  }

  get outcome(): Promise<ForwardOutcome> {
    return this.#outcome.promise;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (isGone(this.#job.response)) controller.abort(LEFT);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: object): void {
    // Early hints and their like (RFC 9110 §15.2) are no answer yet: that follows. They are left out.
    if (status < 200) return;
    const { response, request, method, target, hiddenCookies } = this.#job;
    const fields = answerFields(headers, hiddenCookies);
    if (!fields.ok) {
      this.#refuse(badAnswer(target.id, fields.failure));
      controller.abort(new Error(fields.failure));
      return;
    }
    const { value } = fields;
    // Both would be two readings of one answer (RFC 9112 §6.3); the plugin's parser has gone by the coding.
    if ('transfer-encoding' in headers || hasNoBody(status)) delete value['content-length'];
    const hasLength = value['content-length'] !== undefined;
    this.#isSilent = method === 'HEAD' || hasNoBody(status);
    if (hasLength || this.#isSilent || request.httpVersion === '1.0') delete value.trailer;
    if (awaitsContinue(request) && request.httpVersionMajor === 1) value.connection = 'close';
    this.#hasBegun = true;
    response.writeHead(status, value);
    // Without a length nobody knows when something follows: events may be minutes away.
    if (!hasLength && !this.#isSilent) response.flushHeaders?.();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response } = this.#job;
    notePassed(chunk.length);
    if (this.#isSilent || response.write(chunk)) return;
    controller.pause();
    response.once('drain', () => controller.resume());
  }

  onResponseEnd(_controller: Dispatcher.DispatchController, trailers: object): void {
    const { response } = this.#job;
    const fields = trailerFields(trailers);
    if (!this.#isSilent && Object.keys(fields).length > 0) response.addTrailers(fields);
    response.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (error === LEFT) {
      // Known already, unless it left before anybody listened for that.
      this.#outcome.resolve({ status: 0, fault: LEFT.message });
      return;
    }
    this.#refuse(problemOf(this.#job, error), error.message);
  }

  #refuse(problem: Problem, fault?: string): void {
    this.#outcome.resolve(refuseJob(this.#job.response, problem, fault));
  }

  #onResponseClosed(): void {
    const { response } = this.#job;
    const status = this.#hasBegun || response.headersSent ? response.statusCode : 0;
    if (isDelivered(response)) {
      this.#outcome.resolve({ status });
      return;
    }
    this.#outcome.resolve({ status, fault: LEFT.message });
    this.#controller?.abort(LEFT);
  }
}

function problemOf({ target, limits }: ForwardJob, error: Error): Problem {
  const code = errnoOf(error);
  if (isAbsence(code)) return away(target.id, 1);
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_CONNECT_TIMEOUT')
    return late(target.id, limits.answerMs);
  return badAnswer(target.id, reasonOf(error));
}

/** Words of ours for what undici found: its texts may quote what the plugin sent. */
function reasonOf(error: Error): string {
  const code = errnoOf(error);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return 'its head is too long';
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE')
    return 'it closed the connection';
  return code?.startsWith('HPE_') ? 'it is no HTTP' : 'the exchange failed';
}
