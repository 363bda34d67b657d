/** Cases: what a plugin asks of its store, and what it makes of refusals. */

import { setTimeout as after } from 'node:timers/promises';
import type { PluginError } from '../protocol/plugin/envelope.ts';
import { failure } from '../protocol/result.ts';
import type { Payload } from './exchange.ts';
import { httpRequest } from './message-cases.ts';
import type { ReadyRun, Serve, Stage } from './stage.ts';
import { type ConformanceCase, fail, pass, SPEAKING, skip, type Verdict } from './verdict.ts';

const READY = { transports: SPEAKING, needs: ['handshake'] } as const;

export const STORE_CASES: readonly ConformanceCase[] = [
  { ...READY, name: 'kv', does: 'what it asks of its store is well-formed', run: kv },
  {
    ...READY,
    name: 'kv-errors',
    does: 'refusals of its store (unavailable, conflict, too_large) do not end it',
    run: kvErrors,
  },
];

/** How long a plugin is watched that may ask for something. */
const WATCH_MS = 600;
const ENOUGH = 6;
const ERRORS: readonly PluginError[] = [
  { code: 'unavailable', message: 'the check says that the disk is full' },
  { code: 'conflict', message: 'the check says that the stored version is another one' },
  { code: 'too_large', message: 'the check says that the value has more than 1048576 bytes' },
];

async function kv(stage: Stage): Promise<Verdict> {
  const serve = stage.defaultServe;
  const ops: string[] = [];
  let refusal: string | undefined;
  const enough = Promise.withResolvers<void>();
  const ready = await watched(stage, enough.promise, (type, payload) => {
    const served = serve(type, payload);
    if (type !== 'kv') return served;
    ops.push(String(payload.op));
    if (served?.ok === false && served.failure.code === 'invalid') refusal ??= served.failure.message;
    if (ops.length >= ENOUGH) enough.resolve();
    return served;
  });
  if ('result' in ready) return ready;
  if (refusal !== undefined) return fail(`torud refused a kv request of it: ${refusal}`);
  if (ops.length === 0) return skip('it asked its store for nothing');
  const problem = await stage.lifeProblem(ready.run, ready.core);
  return problem === undefined ? pass(`asked for ${[...new Set(ops)].join(', ')}`) : fail(`it ${problem}`);
}

async function kvErrors(stage: Stage): Promise<Verdict> {
  const serve = stage.defaultServe;
  const codes: string[] = [];
  const enough = Promise.withResolvers<void>();
  const ready = await watched(stage, enough.promise, (type: string, payload: Payload) => {
    if (type !== 'kv') return serve(type, payload);
    const error = ERRORS[codes.length % ERRORS.length];
    if (error === undefined) return serve(type, payload);
    codes.push(error.code);
    if (codes.length >= ENOUGH) enough.resolve();
    return failure(error);
  });
  if ('result' in ready) return ready;
  if (codes.length === 0) return skip('it asked its store for nothing');
  const problem = await stage.lifeProblem(ready.run, ready.core);
  const seen = [...new Set(codes)].join(', ');
  return problem === undefined
    ? pass(`lives on after ${seen}`)
    : fail(
        `after its store had answered ${seen} it ${problem}`,
        'any kv request may be answered with an error',
      );
}

/** Makes a plugin ready, gives it occasions to use its store, and waits until it has used it enough, or long enough. */
async function watched(stage: Stage, enough: Promise<void>, serve: Serve): Promise<ReadyRun | Verdict> {
  stage.serveWith(serve);
  const ready = await stage.ready();
  if (!ready.ok) return ready.failure;
  const { core, run } = ready.value;
  const { route } = stage.entry.metadata;
  const asked = [core.request('health', {}, stage.answerMs)];
  if (route !== undefined)
    for (let count = 0; count < 3; count += 1)
      asked.push(core.request('http', httpRequest(route), stage.answerMs));
  const quiet = Promise.all([...asked, after(WATCH_MS)]);
  await Promise.race([enough, quiet, run.ended]);
  return ready.value;
}
