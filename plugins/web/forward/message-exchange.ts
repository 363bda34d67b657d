/**
 * One request by `http` messages:
 *
 *   (body read) ── begin ──▶ asked ── answer, inline ──────────────────────▶ over
 *                              │  └── answer, streamed ──▶ streaming ── last ──▶ over
 *                              └── refusal, timeout, nonsense, lost, client left ──▶ over   (from streaming as well)
 */

import { isUtf8 } from 'node:buffer';
import { MAX_INLINE_BODY_BYTES, STREAMED } from '../../../src/protocol/plugin/http.ts';
import { messageOf } from '../../../src/protocol/result.ts';
import { PieceReceiver } from '../../sdk/piece-receiver.ts';
import { PieceSender } from '../../sdk/piece-sender.ts';
import type { Share } from './byte-budget.ts';
import { sayContinue } from './continue.ts';
import type { ForwardOutcome, Problem } from './contract.ts';
import { type ForwardJob, isAbsence, isDelivered, isGone, refuseJob } from './forward-job.ts';
import { errorText, type MessageAnswer, readAnswer } from './message-answer.ts';
import type { LinkExchange, LinkSide, Payload } from './message-link.ts';
import type { MessagePool } from './message-pool.ts';
import { notePassed } from './passing-buffers.ts';
import { away, badAnswer, late, overloaded } from './problem.ts';
import { hasBody, readBody } from './request-body.ts';
import { endAnswer, writeStream } from './response-writer.ts';

/** A word on a body; anything else is an answer, or was meant to be one. */
function isWord({ status, error, piece, credit, abort }: Payload): boolean {
  const isAnswer = status !== undefined || error !== undefined;
  return !isAnswer && (piece !== undefined || credit !== undefined || abort !== undefined);
}

/** Never rejects. */
export async function forwardByMessages(job: ForwardJob, pool: MessagePool): Promise<ForwardOutcome> {
  const { request, response, budget } = job;
  if (!hasBody(request)) return new MessageExchange(job).run(pool, undefined, undefined);
  const share = budget.share();
  try {
    sayContinue(request, response);
    const body = await readBody(request, MAX_INLINE_BODY_BYTES, share);
    if (body.kind === 'cut') return { status: 0, fault: 'the client left' };
    if (body.kind === 'full') return refuseJob(response, overloaded('too much is being uploaded at once'));
    const exchange = new MessageExchange(job);
    if (body.kind === 'whole') return await exchange.run(pool, body.bytes, undefined);
    return await exchange.run(pool, undefined, body.chunks, share);
  } finally {
    share.release();
  }
}

async function* noted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of chunks) {
    notePassed(chunk.length);
    yield chunk;
  }
}

class MessageExchange implements LinkExchange {
  readonly #job: ForwardJob;
  readonly #outcome = Promise.withResolvers<ForwardOutcome>();
  #side: LinkSide | undefined;
  #sender: PieceSender | undefined;
  #receiver: PieceReceiver | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(job: ForwardJob) {
    this.#job = job;
  }

  /** @param held what is counted for chunks that were read already: given back once they are on their way */
  run(
    pool: MessagePool,
    body: Buffer | undefined,
    chunks: AsyncIterable<Buffer> | undefined,
    held?: Share,
  ): Promise<ForwardOutcome> {
    const { response } = this.#job;
    if (isGone(response)) return Promise.resolve({ status: 0, fault: 'the client left' });
    this.#side = pool.begin(this.#payload(body, chunks !== undefined), this);
    if (this.#side === undefined) {
      this.#refuse(overloaded('the plugin has too many requests before it'));
      return this.#outcome.promise;
    }
    this.#awaitAnswer();
    // Emitted once.
    response.on('close', () => this.#onResponseClosed());
    if (chunks !== undefined) void this.#upload(chunks, held);
    return this.#outcome.promise;
  }

  onMessage(payload: Payload): void {
    if (this.#isOver) return;
    if (isWord(payload)) this.#onWord(payload);
    else if (this.#receiver === undefined) this.#onAnswer(payload);
  }

  onLost(reason: string, errno: string | undefined): void {
    const { id } = this.#job.target;
    this.#side = undefined;
    if (this.#receiver !== undefined) this.#receiver.fail(reason);
    else this.#refuse(isAbsence(errno) ? away(id, 1) : badAnswer(id, reason));
  }

  #payload(body: Buffer | undefined, isStreamed: boolean): object {
    const { method, fields, target } = this.#job;
    const mark = target.path.indexOf('?');
    const head = {
      method,
      path: mark === -1 ? target.path : target.path.slice(0, mark),
      query: mark === -1 ? '' : target.path.slice(mark + 1),
      headers: fields,
    };
    if (isStreamed) return { ...head, body: STREAMED };
    if (body === undefined || body.length === 0) return head;
    const text = isUtf8(body) ? body.toString('utf8') : undefined;
    return text === undefined || text === STREAMED || text.includes('\0')
      ? { ...head, body_base64: body.toString('base64') }
      : { ...head, body: text };
  }

  /** A word on one of the bodies. What makes no sense is left alone: an exchange that gets no answer has its time limit. */
  #onWord({ piece, last, credit, abort }: Payload): void {
    if (piece !== undefined) {
      const fault = this.#receiver?.push(piece, last);
      if (fault !== undefined) this.#side?.send({ abort: fault });
    } else if (credit !== undefined) {
      this.#sender?.addCredit(credit);
      // An upload may take its time, as long as it goes on.
      if (this.#receiver === undefined) this.#awaitAnswer();
    } else if (typeof abort === 'string') {
      this.#sender?.stop();
      this.#receiver?.fail(`it gave up: ${abort.slice(0, 200)}`);
    }
  }

  #onAnswer(payload: Payload): void {
    clearTimeout(this.#timer);
    const { target, hiddenCookies } = this.#job;
    const answer = readAnswer(target.id, payload, hiddenCookies);
    if (!answer.ok) {
      const fault = payload.error === undefined ? answer.failure.detail : errorText(payload);
      this.#refuse(answer.failure, fault);
    } else if (answer.value.body === undefined) void this.#stream(answer.value);
    else {
      this.#stopUpload('the request was answered');
      this.#leave();
      const fault = endAnswer(this.#job, answer.value, answer.value.body);
      // Else 'close' follows, when all of it is with the kernel.
      if (fault !== undefined) this.#refuse(badAnswer(target.id, 'its fields cannot be sent'), fault);
    }
  }

  async #stream(answer: MessageAnswer): Promise<void> {
    const receiver = new PieceReceiver((word) => this.#side?.send(word), this.#job.limits.pieceMs);
    this.#receiver = receiver;
    const fault = await writeStream(this.#job, answer, receiver);
    this.#stopUpload('the request was answered');
    if (!receiver.isOver) {
      this.#side?.send({ abort: fault ?? 'its body is not wanted' });
      receiver.fail('not wanted');
    }
    this.#leave();
    if (fault !== undefined) this.#refuse(badAnswer(this.#job.target.id, 'it broke off'), fault);
  }

  async #upload(chunks: AsyncIterable<Buffer>, held: Share | undefined): Promise<void> {
    const sender = new PieceSender((word) => this.#side?.send(word));
    this.#sender = sender;
    try {
      await sender.send(noted(chunks));
    } catch (thrown) {
      // The client left in the middle of its body; 'close' of the response follows, or has come.
      this.#side?.send({ abort: messageOf(thrown) });
    } finally {
      held?.release();
    }
  }

  #stopUpload(reason: string): void {
    if (this.#sender === undefined || this.#sender.isStopped) return;
    this.#sender.stop();
    this.#side?.send({ abort: reason });
  }

  #awaitAnswer(): void {
    if (this.#timer !== undefined) {
      this.#timer.refresh();
      return;
    }
    const { answerMs } = this.#job.limits;
    this.#timer = setTimeout(() => {
      this.#side?.send({ abort: `no answer within ${answerMs} ms` });
      this.#refuse(late(this.#job.target.id, answerMs));
    }, answerMs);
  }

  #refuse(problem: Problem, fault?: string): void {
    if (this.#isOver) return;
    this.#sender?.stop();
    this.#leave();
    this.#finish(refuseJob(this.#job.response, problem, fault));
  }

  #onResponseClosed(): void {
    const { response } = this.#job;
    if (isDelivered(response)) {
      this.#finish({ status: response.statusCode });
      return;
    }
    this.#side?.send({ abort: 'the client left' });
    this.#sender?.stop();
    this.#receiver?.fail('the client left');
    this.#leave();
    this.#finish({ status: response.headersSent ? response.statusCode : 0, fault: 'the client left' });
  }

  #leave(): void {
    clearTimeout(this.#timer);
    this.#side?.leave();
    this.#side = undefined;
  }

  #finish(outcome: ForwardOutcome): void {
    this.#isOver = true;
    this.#outcome.resolve(outcome);
  }
}
