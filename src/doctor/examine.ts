/** All checks in the order of the report. */

import type { DoctorReport, DoctorRequest, Finding, FindingResult } from '../protocol/programs.ts';
import { messageOf } from '../protocol/result.ts';
import { clock } from './checks/clock.ts';
import { daemon } from './checks/daemon.ts';
import { database } from './checks/database.ts';
import { folders } from './checks/folders.ts';
import { kernel } from './checks/kernel.ts';
import { limits } from './checks/limits.ts';
import { logs } from './checks/logs.ts';
import { plugins } from './checks/plugins.ts';
import { runtime } from './checks/runtime.ts';
import { schedules } from './checks/schedules.ts';
import { service } from './checks/service.ts';
import { settings } from './checks/settings.ts';
import { shim } from './checks/shim.ts';
import { socket } from './checks/socket.ts';
import { web } from './checks/web.ts';
import type { Check } from './finding.ts';
import { fail } from './finding.ts';
import { look, type View } from './view.ts';

const CHECKS: Readonly<Record<string, Check>> = {
  kernel,
  runtime,
  shim,
  folders,
  socket,
  daemon,
  service,
  database,
  settings,
  plugins,
  web,
  schedules,
  logs,
  limits,
  clock,
};

export interface Examination {
  readonly view: View;
  readonly report: DoctorReport;
}

export async function examineAll(request: DoctorRequest): Promise<Examination> {
  const view = await look(request);
  const found = await Promise.all(Object.entries(CHECKS).map(([name, check]) => attempt(name, check, view)));
  return { view, report: reportOf(found.flat()) };
}

export function reportOf(checks: readonly Finding[]): DoctorReport {
  const count = (result: FindingResult): number => checks.filter((one) => one.result === result).length;
  return {
    checks,
    summary: { ok: count('ok'), warn: count('warn'), fail: count('fail'), skip: count('skip') },
  };
}

/** On a broken machine anything may throw: the other checks are worth the more then. */
async function attempt(name: string, check: Check, view: View): Promise<readonly Finding[]> {
  try {
    return await check(view);
  } catch (thrown) {
    return [
      fail(name, `it could not be looked at: ${messageOf(thrown)}`, 'report this as a bug of toru doctor'),
    ];
  }
}
