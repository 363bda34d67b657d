/** Cases: how it ends. */

import { setTimeout as after } from 'node:timers/promises';
import {
  isAlive,
  type ProcessIdentity,
  signalGroup,
  signalProcess,
} from '../daemon/base/process-identity.ts';
import type { ShutdownRequest } from '../protocol/plugin/messages.ts';
import { type CheckedRun, endText } from './checked-run.ts';
import { noAnswer } from './message-cases.ts';
import type { ReadyRun, Stage } from './stage.ts';
import {
  ALL_TRANSPORTS,
  type ConformanceCase,
  fail,
  inTime,
  pass,
  SPEAKING,
  type Verdict,
} from './verdict.ts';
import { childrenOf, commandOf } from './workplace.ts';

export const END_CASES: readonly ConformanceCase[] = [
  {
    name: 'shutdown',
    does: 'shutdown is answered with ok:true, and it exits with 0 within the grace',
    transports: SPEAKING,
    needs: ['handshake'],
    run: shutdown,
  },
  {
    name: 'sigterm',
    does: 'the stop signal alone ends it within the grace',
    transports: ALL_TRANSPORTS,
    needs: ['start', 'handshake', 'stays-alive'],
    run: stopSignal,
  },
  {
    name: 'leftovers',
    does: 'it leaves no process behind',
    transports: ALL_TRANSPORTS,
    needs: ['start', 'handshake', 'stays-alive', 'sigterm'],
    run: leftovers,
  },
];

/** torud sends the stop signal to a plugin that has not answered `shutdown` by then. */
const ANSWER_MS = 2_000;
const LAST_WORD_MS = 20;
/** How long children may take to see that their parent is gone. */
const ORPHAN_MS = 1_000;
const LOOK_EVERY_MS = 10;

async function shutdown(stage: Stage): Promise<Verdict> {
  const ready = await stage.ready();
  if (!ready.ok) return ready.failure;
  const { run, core } = ready.value;
  const { graceMs } = stage.plan.settings.stop;
  const request: ShutdownRequest = { action: 'shutdown', reason: 'check', grace_ms: graceMs };
  const startedAt = performance.now();
  // A write to a plugin that has just left (EPIPE) would cost us what it said last.
  core.answerDelayMs = LAST_WORD_MS;
  const reply = await core.request('lifecycle', request, stage.limited(Math.min(ANSWER_MS, graceMs)));
  const hint = 'answer {"ok":true}, then exit with 0 without waiting for a signal';
  const missing = noAnswer(reply, 'shutdown', core);
  if (missing !== undefined) return { ...missing, hint };
  if (reply.kind === 'error') return fail(`it answered shutdown with the error "${reply.code}"`, hint);
  if (reply.kind === 'answer' && reply.payload.ok !== true)
    return fail(`it answered shutdown without "ok": true`, hint);
  const leftMs = Math.max(0, stage.limited(graceMs) - (performance.now() - startedAt));
  const exit = await within(run, leftMs);
  if (exit === undefined)
    return fail(`it answered ok:true, and still runs ${inTime(performance.now() - startedAt)} later`, hint);
  const ms = performance.now() - startedAt;
  return exit.code === 0
    ? pass(`exited with 0 after ${inTime(ms)}`)
    : fail(`after shutdown it ${exit.text}, not with exit code 0`, hint);
}

async function stopSignal(stage: Stage): Promise<Verdict> {
  const begun = await begin(stage);
  if ('result' in begun) return begun;
  const { run } = begun;
  const { graceMs, signal } = stage.plan.settings.stop;
  const startedAt = performance.now();
  run.order('stop');
  const exit = await within(run, stage.limited(graceMs));
  const ms = performance.now() - startedAt;
  // The shim kills at the end of the grace, so this may be seen as an end as well.
  if (exit === undefined || (exit.signal === 'SIGKILL' && signal !== 'SIGKILL'))
    return fail(
      `it still ran ${inTime(Math.min(ms, graceMs))} after ${signal}`,
      `end at ${signal}: it is all that a torud without a connection can send`,
    );
  return pass(`${exit.text} ${inTime(ms)} after ${signal}`);
}

/**
 * With its shim stopped, nobody tidies up after the plugin: what is still there then is what it left behind. Orphans
 * become children of the shim.
 */
async function leftovers(stage: Stage): Promise<Verdict> {
  const begun = await begin(stage);
  if ('result' in begun) return begun;
  const { run } = begun;
  const { plugin, shimPid } = run;
  if (plugin === undefined || shimPid === null) return fail('it has ended before it was asked to');
  run.pauseShim();
  try {
    signalGroup(plugin, stage.plan.settings.stop.signal as NodeJS.Signals);
    if (!(await becomes(() => !isAlive(plugin), stage.limited(stage.plan.settings.stop.graceMs))))
      return fail(`it still runs after ${stage.plan.settings.stop.signal}`);
    let left: readonly ProcessIdentity[] = [];
    const isEmpty = (): boolean => {
      left = childrenOf(shimPid).filter(({ pid }) => pid !== plugin.pid);
      return left.length === 0;
    };
    if (await becomes(isEmpty, stage.limited(ORPHAN_MS))) return pass('nothing is left after its end');
    const names = left.slice(0, 3).map(({ pid }) => `${pid} (${commandOf(pid).slice(0, 60)})`);
    for (const orphan of left) signalProcess(orphan, 'SIGKILL');
    return fail(
      `it left ${left.length === 1 ? 'a process' : `${left.length} processes`} behind: ${names.join(', ')}`,
      'end your children with you',
    );
  } finally {
    run.resumeShim();
  }
}

/** A run as far as it must be before it may be asked to end. */
async function begin(stage: Stage): Promise<Pick<ReadyRun, 'run'> | Verdict> {
  if (stage.plan.transport !== 'none') {
    const ready = await stage.ready();
    return ready.ok ? ready.value : ready.failure;
  }
  const run = stage.begin();
  await run.started;
  await Promise.race([after(stage.limited(stage.plan.settings.start.aliveMs)), run.ended]);
  return run.isRunning ? { run } : fail(`it ${endText(await run.ended)} before it was asked to`);
}

interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly text: string;
}

/** How the main process ended; undefined when it has not. */
async function within(run: CheckedRun, limitMs: number): Promise<Ending | undefined> {
  const exit = await Promise.race([run.exited, after(limitMs, 'late' as const)]);
  if (exit === 'late') return undefined;
  if (exit === undefined)
    return { code: null, signal: null, text: run.outcome === undefined ? 'ended' : endText(run.outcome) };
  const text = exit.signal === null ? `exited with ${exit.code}` : `was ended by ${exit.signal}`;
  return { code: exit.code, signal: exit.signal, text };
}

/** Nobody tells of the end of a process that is no child of ours, so it is looked for. */
async function becomes(check: () => boolean, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!check()) {
    if (performance.now() >= deadline) return false;
    await after(LOOK_EVERY_MS);
  }
  return true;
}
