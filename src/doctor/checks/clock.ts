/** The clock: synchronised, not set under a running torud, and not behind what was recorded. */

import { execFile } from 'node:child_process';
import { parseTime } from '../../daemon/base/clock.ts';
import { readProcess, TICKS_PER_SECOND } from '../../daemon/base/process-identity.ts';
import { readDamaged } from '../../daemon/store/database.ts';
import type { Finding } from '../../protocol/programs.ts';
import type { Check } from '../finding.ts';
import { ok, skip, warn } from '../finding.ts';
import { lookAtPath, textOf } from '../machine.ts';
import { statusOf, type View } from '../view.ts';

const TOLERANCE_MS = 5_000;
const ASK_LIMIT_MS = 2_000;
const SET_IT = 'timedatectl set-ntp true, or install chrony';

export const clock: Check = async (view) => [
  await synchronisedFinding(),
  jumpFinding(view),
  await eventFinding(view),
];

function synchronisedFinding(): Promise<Finding> {
  const name = 'clock.synchronised';
  return new Promise((resolve) => {
    const args = ['show', '-p', 'NTPSynchronized', '--value'];
    execFile('timedatectl', args, { timeout: ASK_LIMIT_MS }, (thrown, stdout) => {
      const answer = stdout.trim();
      if (thrown !== null || answer === '')
        resolve(
          skip(
            name,
            'timedatectl is not there, or does not answer: nobody says whether the clock is synchronised',
          ),
        );
      else if (answer === 'yes') resolve(ok(name, 'the clock is synchronised'));
      else resolve(warn(name, 'the clock is not synchronised', SET_IT));
    });
  });
}

/** torud's process is at least as old as its `since`, unless the clock was set in between. */
function jumpFinding(view: View): Finding {
  const name = 'clock.jump';
  const status = statusOf(view);
  const uptime = Number(textOf('/proc/uptime')?.split(' ')[0]);
  const torud = status === undefined ? undefined : readProcess(status.pid);
  if (status === undefined || torud === undefined || Number.isNaN(uptime))
    return skip(name, 'torud does not answer');
  const processAgeMs = (uptime - torud.startTime / TICKS_PER_SECOND) * 1000;
  return jumpBetween(view.nowMs - parseTime(status.since), processAgeMs);
}

/** @param wallMs age of torud by the wall clock @param steadyMs age of its process by the kernel's */
export function jumpBetween(wallMs: number, steadyMs: number): Finding {
  const name = 'clock.jump';
  const jumpMs = wallMs < 0 ? wallMs : Math.max(0, wallMs - steadyMs);
  if (Math.abs(jumpMs) <= TOLERANCE_MS) return ok(name, 'the clock was not set since torud started');
  const seconds = Math.round(Math.abs(jumpMs) / 1000);
  return warn(
    name,
    `the clock was set ${jumpMs > 0 ? 'forward' : 'back'} by ${seconds} s or more since torud started: times in the history do not fit`,
    SET_IT,
  );
}

async function eventFinding(view: View): Promise<Finding> {
  const name = 'clock.events';
  const at = await lastEventAt(view);
  if (at === undefined) return skip(name, 'no recorded event can be seen');
  const aheadMs = parseTime(at) - view.nowMs;
  return aheadMs > TOLERANCE_MS
    ? warn(name, `the last recorded event is of ${at}, in the future: the clock was set back`, SET_IT)
    : ok(name, `the last recorded event is of ${at}`);
}

async function lastEventAt(view: View): Promise<string | undefined> {
  const { torud, timeoutMs } = view.request;
  if (view.torud.kind === 'up') {
    const items = await torud.items('event.read', { limit: 1 }, timeoutMs);
    return items.ok ? items.value.flatMap(({ events }) => events).at(-1)?.at : undefined;
  }
  const { databaseFile } = view.paths;
  if (typeof lookAtPath(databaseFile) !== 'object') return undefined;
  const [row] = [...readDamaged(databaseFile, 'plugin_events ORDER BY id DESC LIMIT 1', () => undefined)];
  return typeof row?.at === 'string' ? row.at : undefined;
}
