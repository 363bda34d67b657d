/** Cases: torud goes away and comes back. */

import { setTimeout as after } from 'node:timers/promises';
import { endText } from './checked-run.ts';
import { initProblem, type ReadyRun, type Stage } from './stage.ts';
import { type ConformanceCase, fail, inTime, pass, SPEAKING, type Verdict } from './verdict.ts';

export const CORE_CASES: readonly ConformanceCase[] = [
  {
    transports: SPEAKING,
    needs: ['handshake', 'core-leaves'],
    name: 'adopted-init',
    does: 'a torud that was restarted is answered, and nothing starts anew',
    run: onceBegun(adoptedInit),
  },
  {
    transports: SPEAKING,
    needs: ['handshake'],
    name: 'core-leaves',
    does: 'when its core leaves without shutdown it goes on and keeps listening',
    run: onceBegun(coreLeaves),
  },
];

/** How long a plugin that wrongly ends with its core may take to do so. */
const END_MS = 250;
const STAY_HINT = 'without shutdown torud is only away for a moment: go on working and keep listening';

function onceBegun(look: (stage: Stage, ready: ReadyRun) => Promise<Verdict>): ConformanceCase['run'] {
  return async (stage) => {
    const ready = await stage.ready();
    return ready.ok ? look(stage, ready.value) : ready.failure;
  };
}

async function adoptedInit(stage: Stage, { run, core }: ReadyRun): Promise<Verdict> {
  const pid = run.plugin?.pid;
  core.close();
  const next = await stage.another(run);
  if (typeof next === 'string') return fail(`after its core had left it ${next}`, STAY_HINT);
  const reply = await stage.init(run, next, true);
  const hint = 'answer init with "adopted":true and the same run_id as the first one, and go on';
  const problem = initProblem(reply, next);
  if (problem !== undefined) return fail(`taken over (adopted:true): ${problem}`, hint);
  const life = await stage.lifeProblem(run, next);
  if (life !== undefined) return fail(`after it was taken over it ${life}`, hint);
  return pass(`answered after ${inTime(reply.ms)}, still process ${pid}`);
}

async function coreLeaves(stage: Stage, { run, core }: ReadyRun): Promise<Verdict> {
  core.close();
  await Promise.race([after(END_MS), run.ended]);
  if (run.outcome !== undefined) return fail(`it ${endText(run.outcome)} when its core left`, STAY_HINT);
  const next = await stage.another(run);
  if (typeof next === 'string') return fail(`after its core had left it ${next}`, STAY_HINT);
  const problem = await stage.lifeProblem(run, next);
  return problem === undefined
    ? pass('goes on, and takes a new connection')
    : fail(`on a new connection it ${problem}`, STAY_HINT);
}
