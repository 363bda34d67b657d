/** Cases: bytes that do not keep to the protocol. Whatever comes, the plugin lives on and serves its core. */

import { setTimeout as after } from 'node:timers/promises';
import { PAGE_BYTES, readProcess } from '../daemon/base/process-identity.ts';
import type { Exchange, Reaction } from './exchange.ts';
import { onceReady } from './message-cases.ts';
import { type ReadyRun, type Stage, UNKNOWN_TYPE } from './stage.ts';
import { type ConformanceCase, fail, pass, SPEAKING, type Verdict } from './verdict.ts';

const HOSTILE = { transports: SPEAKING, needs: ['handshake', 'second-connection'] } as const;

export const HOSTILE_CASES: readonly ConformanceCase[] = [
  {
    ...HOSTILE,
    name: 'not-json',
    does: 'a line that is not JSON costs at most its connection',
    run: onceReady((stage, ready) => brokenLine(stage, ready, '{"type":"health", oops\n')),
  },
  {
    ...HOSTILE,
    name: 'not-object',
    does: 'a line that is JSON but no object costs at most its connection',
    run: onceReady((stage, ready) => brokenLine(stage, ready, '[null]\n')),
  },
  {
    ...HOSTILE,
    name: 'oversize-line',
    does: 'a line without end is refused before it fills the memory',
    run: onceReady(oversizeLine),
  },
  {
    ...HOSTILE,
    name: 'half-line',
    transports: ['socket'],
    does: 'a peer that leaves inside a line holds up nobody',
    run: onceReady(halfLine),
  },
];

const MEBIBYTE = 1024 * 1024;
/** What is sent of a line that never ends. */
const ENDLESS_BYTES = 96 * MEBIBYTE;
/** Several times the longest line that the protocol has: what a runtime may need to copy it. */
const MAX_GROWTH_BYTES = 64 * MEBIBYTE;
const PIECE = Buffer.alloc(64 * 1024, 'x');
/** Over stdio toru-shim takes no longer lines than 8 MiB through, so one of ordinary size must do. */
const STDIO_BYTES = MEBIBYTE;
const SILENCE_MS = 50;
const REACTION_MS = 3_000;
const CLOSE_HINT = 'answer one error and close that connection; go on serving the others';

async function brokenLine(stage: Stage, { run, core }: ReadyRun, line: string): Promise<Verdict> {
  if (stage.isStdio) {
    core.send(line);
    const problem = await stage.lifeProblem(run, core);
    if (problem !== undefined) return fail(`after such a line it ${problem}`, 'skip the line and read on');
    return pass(core.strays.length > 0 ? 'answered an error and read on' : 'skipped it and read on');
  }
  const second = await stage.another(run);
  if (typeof second === 'string') return fail(`it ${second}`);
  const reacted = second.reaction(stage.limited(REACTION_MS));
  second.send(line);
  return judge(await reacted, stage, { run, core, second });
}

interface Hit {
  readonly run: ReadyRun['run'];
  readonly core: Exchange;
  readonly second: Exchange;
}

async function judge(reaction: Reaction, stage: Stage, { run, core }: Hit): Promise<Verdict> {
  const problem = await stage.lifeProblem(run, core);
  if (problem !== undefined) return fail(`after such a line it ${problem}`, CLOSE_HINT);
  switch (reaction) {
    case 'error':
      return pass('answered an error and lives on');
    case 'closed':
      return pass('closed that connection and lives on');
    case 'message':
      return fail('it answered such a line as if it were a request', CLOSE_HINT);
    case 'silence':
      return fail('it neither answered an error nor closed the connection', CLOSE_HINT);
  }
}

async function oversizeLine(stage: Stage, { run, core }: ReadyRun): Promise<Verdict> {
  if (stage.isStdio) return longLine(stage, core);
  const second = await stage.another(run);
  if (typeof second === 'string') return fail(`it ${second}`);
  const before = residentBytes(run.plugin?.pid);
  const reacted = second.reaction(stage.limited(2 * REACTION_MS));
  let reaction: Reaction | undefined;
  void reacted.then((one) => {
    reaction = one;
  });
  let grown = 0;
  let sent = 0;
  while (sent < ENDLESS_BYTES && reaction === undefined) {
    const isTaken = await Promise.race([second.pour(PIECE).then(() => true), reacted.then(() => false)]);
    if (isTaken) sent += PIECE.length;
    if (sent % MEBIBYTE === 0) grown = Math.max(grown, residentBytes(run.plugin?.pid) - before);
  }
  const size = `${Math.round(sent / MEBIBYTE)} MiB`;
  const hint = 'take no line over 8 MiB: answer the error too_large and close that connection';
  if (sent === ENDLESS_BYTES) reaction = await Promise.race([reacted, after(SILENCE_MS, undefined)]);
  const hasReacted = reaction !== undefined && reaction !== 'silence';
  second.close();
  const verdict = await judge(reaction ?? 'silence', stage, { run, core, second });
  if (hasReacted && verdict.result === 'fail') return { ...verdict, hint };
  if (grown > MAX_GROWTH_BYTES)
    return fail(
      `it took ${size} of a line, and its memory grew by ${Math.round(grown / MEBIBYTE)} MiB`,
      hint,
    );
  if (hasReacted) return pass(`${verdict.detail}, within ${size} of it`);
  return { ...verdict, detail: `of ${size} of a line: ${verdict.detail}`, hint };
}

async function longLine(stage: Stage, core: Exchange): Promise<Verdict> {
  const long = core.prepare(UNKNOWN_TYPE, { filler: 'x'.repeat(STDIO_BYTES) });
  const answered = core.answerTo(long.id, UNKNOWN_TYPE, stage.answerMs);
  await core.pour(Buffer.from(long.frame));
  // What comes after it is answered after it, so nobody waits for an answer that never comes.
  const next = core.request('health', {}, 2 * stage.answerMs);
  const reply = await Promise.race([answered, next.then(() => undefined)]);
  if ((await next).kind === 'silence')
    return fail('after a line of 1 MiB it answers nothing any more', 'skip what is too long and read on');
  const isAnswered = reply?.kind === 'answer' || reply?.kind === 'error';
  return pass(isAnswered ? 'answered a line of 1 MiB' : 'refused a line of 1 MiB and read on');
}

async function halfLine(stage: Stage, { run, core }: ReadyRun): Promise<Verdict> {
  const second = await stage.another(run);
  if (typeof second === 'string') return fail(`it ${second}`);
  second.send('{"type":"health","request_id":"check-ha');
  await after(SILENCE_MS);
  const hint = 'wait for the rest of a line without holding up other connections';
  const meanwhile = await stage.lifeProblem(run, core);
  if (meanwhile !== undefined) return fail(`with half a line on another connection it ${meanwhile}`, hint);
  second.close();
  const problem = await stage.lifeProblem(run, core);
  return problem === undefined
    ? pass('served its core meanwhile, and lives on')
    : fail(`after a peer left inside a line it ${problem}`, 'a line without its end is no message');
}

function residentBytes(pid: number | undefined): number {
  const facts = pid === undefined ? undefined : readProcess(pid);
  return (facts?.residentPages ?? 0) * PAGE_BYTES;
}
