/**
 * Who a process is. A pid alone is reused by the kernel; pid, start time and boot id together are not. Nothing is
 * ever signalled by its pid alone.
 */

import { readFileSync } from 'node:fs';
import { errnoOf } from '../../protocol/result.ts';
import { withSpareDescriptor } from './spare-descriptor.ts';

export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks from boot to the start of the process (proc(5)). */
  readonly startTime: number;
}

export interface ProcessFacts extends ProcessIdentity {
  readonly parentPid: number;
  /** At most 15 bytes of the name of its program, or what it calls itself. */
  readonly name: string;
  readonly threads: number;
  /** `R`, `S`, `Z`, … */
  readonly state: string;
  /** User and system time, in clock ticks. */
  readonly cpuTicks: number;
  /** Resident pages. */
  readonly residentPages: number;
}

/** Clock ticks a second in /proc (USER_HZ): fixed at 100 on Linux for all that we run on. */
export const TICKS_PER_SECOND = 100;
export const PAGE_BYTES = 4096;

/** Random for each boot (random(4), /proc/sys/kernel/random/boot_id). */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

/** What /proc says of a process, or undefined when there is none. */
export function readProcess(pid: number): ProcessFacts | undefined {
  let text: string;
  try {
    text = withSpareDescriptor(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT' || errnoOf(thrown) === 'ESRCH') return undefined;
    throw thrown;
  }
  // The second field is the name in parentheses and may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
    parentPid: Number(fields[1]),
    threads: Number(fields[17]),
    state: fields[0] ?? '?',
    cpuTicks: Number(fields[11]) + Number(fields[12]),
    startTime: Number(fields[19]),
    residentPages: Number(fields[21]),
  };
}

/** True when exactly this process still runs; a zombie does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  const facts = readProcess(identity.pid);
  return facts !== undefined && facts.startTime === identity.startTime && facts.state !== 'Z';
}

/** Sends a signal to a process after checking that it is the one meant. False when it is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isAlive(identity) && sendSignal(identity.pid, signal);
}

/** Sends a signal to the process group led by this process. False when it is gone. */
export function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isAlive(leader) && sendSignal(-leader.pid, signal);
}

function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ESRCH') return false;
    throw thrown;
  }
}
