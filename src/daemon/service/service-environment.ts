/** What a service manager tells torud by environment variables (sd_notify(3), sd_watchdog_enabled(3)). */

const SOCKET = 'NOTIFY_SOCKET';
const WATCHDOG_PERIOD = 'WATCHDOG_USEC';
const WATCHDOG_PROCESS = 'WATCHDOG_PID';
const VARIABLES = [SOCKET, WATCHDOG_PERIOD, WATCHDOG_PROCESS] as const;

export interface ServiceEnvironment {
  /** Path of a datagram socket, or `@` and the name of an abstract one. */
  readonly socket: string;
  /** torud is taken for hung after so long without a word; undefined: nobody looks. */
  readonly watchdogMs: number | undefined;
  /** The variables as they were: children must not have them, the next version in this process must. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Reads the variables and removes them, so that no child inherits them. Undefined when no service manager wants to know.
 * @param pid ours: a watchdog for another process is none of our business
 */
export function takeServiceEnvironment(
  environment: Record<string, string | undefined>,
  pid: number,
): ServiceEnvironment | undefined {
  const variables: Record<string, string> = {};
  for (const name of VARIABLES) {
    const value = environment[name];
    if (value !== undefined) variables[name] = value;
    delete environment[name];
  }
  const socket = variables[SOCKET] ?? '';
  if (socket === '') return undefined;
  return { socket, watchdogMs: watchdogOf(variables, pid), variables };
}

function watchdogOf(variables: Readonly<Record<string, string>>, pid: number): number | undefined {
  const period = variables[WATCHDOG_PERIOD] ?? '';
  const process = variables[WATCHDOG_PROCESS] ?? String(pid);
  if (!/^[1-9]\d{0,15}$/.test(period) || process !== String(pid)) return undefined;
  return Number(period) / 1000;
}
