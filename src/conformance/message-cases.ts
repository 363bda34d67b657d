/** Cases: what a plugin answers to messages that keep to the protocol. */

import type { Exchange, Payload, Reply } from './exchange.ts';
import { isObject } from './exchange.ts';
import { type ReadyRun, type Stage, UNKNOWN_TYPE } from './stage.ts';
import { type ConformanceCase, fail, inTime, pass, SPEAKING, skip, type Verdict } from './verdict.ts';

const READY = { transports: SPEAKING, needs: ['handshake'] } as const;

export const MESSAGE_CASES: readonly ConformanceCase[] = [
  {
    ...READY,
    name: 'unknown-type',
    does: 'an unknown type is answered with error unknown_type',
    run: onceReady(unknownType),
  },
  {
    ...READY,
    name: 'unknown-field',
    does: 'fields that it does not know change nothing',
    run: onceReady(unknownField),
  },
  {
    ...READY,
    name: 'unknown-action',
    does: 'a lifecycle action that it does not know is answered with an error',
    run: onceReady(unknownAction),
  },
  {
    ...READY,
    name: 'small-pieces',
    does: 'a message in pieces of one byte, and many messages in one piece, are read alike',
    run: onceReady(smallPieces),
  },
  {
    ...READY,
    name: 'parallel-requests',
    does: '50 requests at once are all answered, each under its own request_id',
    run: onceReady(parallelRequests),
  },
  { ...READY, name: 'health', does: 'health is answered in form and in time', run: onceReady(health) },
  {
    ...READY,
    name: 'reload',
    does: 'reload is answered with ok:true, or with unknown_type, and it goes on',
    run: onceReady(reload),
  },
  {
    ...READY,
    name: 'http',
    does: 'a request below its route is answered with a status',
    run: onceReady(http),
  },
];

const PARALLEL = 50;
const HTTP_LIMIT_MS = 10_000;

/** A case that begins with a plugin that has answered `init`, and ends with one that still answers. */
export function onceReady(
  look: (stage: Stage, ready: ReadyRun) => Promise<Verdict>,
): (stage: Stage) => Promise<Verdict> {
  return async (stage) => {
    const ready = await stage.ready();
    if (!ready.ok) return ready.failure;
    const verdict = await look(stage, ready.value);
    if (verdict.result !== 'pass') return verdict;
    const problem = await stage.lifeProblem(ready.value.run, ready.value.core);
    return problem === undefined ? verdict : fail(`after that it ${problem}`);
  };
}

/** What is wrong when there is no answer at all; undefined: there is one. */
export function noAnswer(reply: Reply, what: string, exchange: Exchange): Verdict | undefined {
  if (reply.kind === 'closed') return fail(`it closed the connection instead of answering ${what}`);
  if (reply.kind !== 'silence') return undefined;
  const stray = exchange.strays.at(-1);
  const instead = stray === undefined ? '' : `; what came instead is ${stray}`;
  return fail(
    `it did not answer ${what} within ${inTime(reply.ms)}${instead}`,
    'answer every request under its own type and request_id',
  );
}

async function unknownType(stage: Stage, { core }: ReadyRun): Promise<Verdict> {
  const reply = await core.request(UNKNOWN_TYPE, {}, stage.answerMs);
  const missing = noAnswer(reply, `a request of type "${UNKNOWN_TYPE}"`, core);
  if (missing !== undefined) return missing;
  const hint = 'answer {"error":{"code":"unknown_type","message":"…"}}: a later torud may have more types';
  if (reply.kind !== 'error') return fail('it answered a type that does not exist as if it knew it', hint);
  return reply.code === 'unknown_type'
    ? pass('answered unknown_type')
    : fail(`it answered the error "${reply.code}", not unknown_type`, hint);
}

async function unknownField(stage: Stage, { core }: ReadyRun): Promise<Verdict> {
  const plain = await core.request('health', {}, stage.answerMs);
  const more = { check_field: { nested: [1, 'two', null] }, trace: 'check' };
  const reply = await core.request('health', more, stage.answerMs, more);
  const missing = noAnswer(reply, 'a request with a field that it does not know', core);
  if (missing !== undefined) return missing;
  return reply.kind === plain.kind &&
    (reply.kind !== 'error' || plain.kind !== 'error' || reply.code === plain.code)
    ? pass('answered as without it')
    : fail(`a field that it does not know changed its answer: ${shortReply(reply)}`, 'ignore unknown fields');
}

async function unknownAction(stage: Stage, { core }: ReadyRun): Promise<Verdict> {
  const reply = await core.request('lifecycle', { action: 'check_unknown' }, stage.answerMs);
  const missing = noAnswer(reply, 'a lifecycle action that it does not know', core);
  if (missing !== undefined) return missing;
  return reply.kind === 'error'
    ? pass(`answered ${reply.code}`)
    : fail(
        `it answered ${shortReply(reply)} to an action that does not exist`,
        'answer the error unknown_type',
      );
}

async function smallPieces(stage: Stage, { core }: ReadyRun): Promise<Verdict> {
  const cut = core.prepare(UNKNOWN_TYPE, { text: 'ä€😀' });
  const answered = core.answerTo(cut.id, UNKNOWN_TYPE, stage.answerMs);
  const bytes = Buffer.from(cut.frame);
  for (let at = 0; at < bytes.length; at += 1) await core.pour(bytes.subarray(at, at + 1));
  const missing = noAnswer(await answered, `a line of ${bytes.length} pieces of one byte`, core);
  if (missing !== undefined) return missing;
  const frames = Array.from({ length: 5 }, () => core.prepare('health', {}));
  const replies = frames.map(({ id }) => core.answerTo(id, 'health', stage.answerMs));
  core.send(frames.map(({ frame }) => frame).join(''));
  for (const reply of await Promise.all(replies)) {
    const lost = noAnswer(reply, 'one of 5 lines that came in one piece', core);
    if (lost !== undefined) return lost;
  }
  return pass(`read a line of ${bytes.length} pieces, and 5 lines of one piece`);
}

async function parallelRequests(stage: Stage, { core }: ReadyRun): Promise<Verdict> {
  const startedAt = performance.now();
  const straysBefore = core.strays.length;
  const types = Array.from({ length: PARALLEL }, (_, at) => (at % 2 === 0 ? 'health' : UNKNOWN_TYPE));
  const frames = types.map((type) => ({ type, ...core.prepare(type, {}) }));
  const replies = frames.map(({ id, type }) => core.answerTo(id, type, stage.answerMs));
  for (const { frame } of frames) core.send(frame);
  const all = await Promise.all(replies);
  const answered = all.filter(({ kind }) => kind === 'answer' || kind === 'error').length;
  if (answered < PARALLEL) {
    const stray = core.strays.at(-1);
    const instead = stray === undefined ? '' : `; it sent ${stray}`;
    return fail(
      `it answered ${answered} of ${PARALLEL} requests within ${inTime(stage.answerMs)}${instead}`,
      'answer every request under its own request_id, in any order',
    );
  }
  const stray = core.strays[straysBefore];
  if (stray !== undefined) return fail(`beside the answers it sent ${stray}`, 'answer each request once');
  return pass(`${PARALLEL} answered in ${inTime(performance.now() - startedAt)}`);
}

async function health(stage: Stage, { core }: ReadyRun): Promise<Verdict> {
  const { timeoutMs } = stage.plan.settings.health;
  const reply = await core.request('health', {}, stage.limited(timeoutMs));
  const missing = noAnswer(reply, 'health', core);
  if (missing !== undefined) return missing;
  if (reply.kind === 'error')
    return reply.code === 'unknown_type'
      ? pass('has no health check, and says so')
      : fail(`it answered health with the error "${reply.code}"`, 'answer "unhealthy" with a detail');
  return judgeHealth(reply.kind === 'answer' ? reply.payload : {}, reply.ms);
}

function judgeHealth({ status, detail }: Payload, ms: number): Verdict {
  const hint = 'answer {"status":"healthy"} or {"status":"unhealthy","detail":"why"}';
  if (status !== 'healthy' && status !== 'unhealthy')
    return fail(`its health has the status ${JSON.stringify(status) ?? 'of nothing'}`, hint);
  if (detail !== undefined && detail !== null && typeof detail !== 'string')
    return fail('the detail of its health is no text', hint);
  return pass(
    `${status} after ${inTime(ms)}${typeof detail === 'string' && detail !== '' ? `: ${detail}` : ''}`,
  );
}

async function reload(stage: Stage, { core }: ReadyRun): Promise<Verdict> {
  const request = { action: 'reload', config: stage.plan.settings.config };
  const reply = await core.request('lifecycle', request, stage.answerMs);
  const missing = noAnswer(reply, 'reload', core);
  if (missing !== undefined) return missing;
  const hint = 'answer {"ok":true}, or the error unknown_type to be restarted instead';
  if (reply.kind === 'error')
    return reply.code === 'unknown_type'
      ? pass('does not know reload, so it is restarted instead')
      : fail(`it answered reload with the error "${reply.code}": ${reply.message}`, hint);
  return reply.kind === 'answer' && reply.payload.ok === true
    ? pass(`reloaded in ${inTime(reply.ms)}`)
    : fail(`it answered reload with ${shortReply(reply)}`, hint);
}

/** A request as an HTTP front would pass it on. */
export function httpRequest(route: string): object {
  return { method: 'GET', path: route, query: {}, headers: { host: 'localhost', accept: '*/*' } };
}

async function http(stage: Stage, { core }: ReadyRun): Promise<Verdict> {
  const { route } = stage.entry.metadata;
  if (route === undefined) return skip('its metadata names no route');
  const reply = await core.request('http', httpRequest(route), stage.limited(HTTP_LIMIT_MS));
  const missing = noAnswer(reply, `GET ${route}`, core);
  if (missing !== undefined) return missing;
  const hint = 'answer {"status":200,"headers":{},"body":"…"}, or name no "route"';
  if (reply.kind === 'error') return fail(`it answered GET ${route} with the error "${reply.code}"`, hint);
  const problem = reply.kind === 'answer' ? httpProblem(reply.payload) : 'is none';
  return problem === undefined && reply.kind === 'answer'
    ? pass(`GET ${route}: ${String(reply.payload.status)} after ${inTime(reply.ms)}`)
    : fail(`its answer to GET ${route} ${problem}`, hint);
}

function httpProblem({ status, headers, body, body_base64: encoded }: Payload): string | undefined {
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 100 || status > 599)
    return `has the status ${JSON.stringify(status) ?? 'of nothing'}`;
  if (headers !== undefined && !isObject(headers)) return 'has "headers" that are no object';
  if (body !== undefined && body !== null && typeof body !== 'string') return 'has a "body" that is no text';
  if (encoded !== undefined && encoded !== null && typeof encoded !== 'string')
    return 'has a "body_base64" that is no text';
  return undefined;
}

function shortReply(reply: Reply): string {
  if (reply.kind === 'error') return `the error "${reply.code}"`;
  return reply.kind === 'answer' ? JSON.stringify(reply.payload).slice(0, 120) : reply.kind;
}
