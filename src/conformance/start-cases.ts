/** Cases: it starts, it listens, it answers `init`, it takes further connections. */

import { setTimeout as after } from 'node:timers/promises';
import { endText } from './checked-run.ts';
import { type Stage, UNKNOWN_TYPE } from './stage.ts';
import {
  ALL_TRANSPORTS,
  type ConformanceCase,
  fail,
  inTime,
  pass,
  SPEAKING,
  type Verdict,
} from './verdict.ts';

export const START_CASES: readonly ConformanceCase[] = [
  {
    name: 'start',
    does: 'the program starts, and listens within the start timeout',
    transports: ALL_TRANSPORTS,
    needs: [],
    run: start,
  },
  {
    name: 'stays-alive',
    does: 'a program without protocol stays alive for start.seconds',
    transports: ['none'],
    needs: ['start'],
    run: staysAlive,
  },
  {
    name: 'handshake',
    does: 'init is answered with ready:true and a protocol version',
    transports: SPEAKING,
    needs: ['start'],
    run: handshake,
  },
  {
    name: 'second-connection',
    does: 'a second connection is accepted and answered while the first stays',
    transports: ['socket'],
    needs: ['handshake'],
    run: secondConnection,
  },
];

async function start(stage: Stage): Promise<Verdict> {
  const startedAt = performance.now();
  const run = stage.begin();
  const plugin = await Promise.race([run.started, after(stage.startMs, undefined)]);
  if (plugin === undefined)
    return fail(
      `it ${run.outcome === undefined ? 'did not begin' : endText(run.outcome)}`,
      'run the command of its metadata by hand',
    );
  const begunMs = performance.now() - startedAt;
  if (stage.plan.transport === 'none') return pass(`runs after ${inTime(begunMs)}`);
  const reached = await stage.reach(run);
  if (!reached.ok) return reached.failure;
  return stage.isStdio
    ? pass(`runs after ${inTime(begunMs)}`)
    : pass(`listens after ${inTime(performance.now() - startedAt)}`);
}

async function staysAlive(stage: Stage): Promise<Verdict> {
  const { aliveMs } = stage.plan.settings.start;
  const waitMs = stage.limited(aliveMs);
  const run = stage.begin();
  await run.started;
  await Promise.race([after(waitMs, undefined, { ref: true }), run.exited]);
  if (run.isRunning) return pass(`alive after ${inTime(waitMs)}`);
  const outcome = await run.ended;
  return fail(
    `it ${endText(outcome)} before it had been alive for ${inTime(aliveMs)}${stage.lastWords(run)}`,
    'stay in the foreground: what daemonises itself cannot be supervised',
  );
}

async function handshake(stage: Stage): Promise<Verdict> {
  const ready = await stage.ready();
  return ready.ok ? pass(`answered init after ${inTime(ready.value.initMs)}`) : ready.failure;
}

async function secondConnection(stage: Stage): Promise<Verdict> {
  const ready = await stage.ready();
  if (!ready.ok) return ready.failure;
  const { run, core } = ready.value;
  const hint = 'serve every connection beside the others: an HTTP front has one of its own';
  const second = await stage.another(run);
  if (typeof second === 'string') return fail(`with one connection open it ${second}`, hint);
  const reply = await second.request(UNKNOWN_TYPE, {}, stage.answerMs);
  if (reply.kind === 'closed') return fail('it closed the second connection', hint);
  if (reply.kind === 'silence') return fail('it took a second connection and answered nothing there', hint);
  if (core.isClosed) return fail('it closed the first connection when a second one came', hint);
  const problem = await stage.lifeProblem(run, core);
  return problem === undefined
    ? pass('both are answered')
    : fail(`on the first connection it ${problem}`, hint);
}
