/** The live line on standard error for an action that takes its time: `stopping db: 7 s of 10 s, then KILL`. */

import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';
import { sanitise } from './output/sanitise.ts';
import { isTerminalDescriptor } from './output/screen.ts';
import type { Session } from './session.ts';

const TICK_MS = 1_000;
/** An answer that comes later than this is of no use. */
const GRACE_ANSWER_MS = 5_000;
const WIPE = '\r\x1b[K';

export interface Progress {
  /** Wipes the line. */
  end(): void;
}

export interface ProgressSpec {
  /** `stopping db` */
  readonly label: string;
  /** How long what is being stopped has until it is killed, in milliseconds; undefined when nobody knows. Asked once. */
  readonly askGrace?: () => Promise<number | undefined>;
}

const NONE: Progress = { end: () => undefined };

/** @param participle `stopping` @param subject in the place of the operands */
export function startProgress(session: Session, participle: string, subject?: string): Progress {
  if (session.globals.isQuiet || session.globals.isJson || !isTerminalDescriptor(2)) return NONE;
  const names = subject ?? (sanitise(session.operands.join(' ').slice(0, 50)) || 'all plugins');
  const [name = '', ...others] = session.operands;
  const isOne = others.length === 0 && /^[^*?[@]+$/.test(name);
  const write = (text: string): void => void process.stderr.write(text);
  const spec: ProgressSpec = {
    label: `${participle} ${names}`,
    ...(isOne && STOPPING.has(participle) ? { askGrace: () => askGrace(session, name) } : {}),
  };
  return runProgress(spec, systemClock, write);
}

/** Shows nothing in the first second. */
export function runProgress(spec: ProgressSpec, clock: Clock, write: (text: string) => void): Progress {
  let seconds = 0;
  let graceMs: number | undefined;
  let isOver = false;
  const show = (): void => write(`${WIPE}${spec.label}: ${seconds} s${graceText(seconds, graceMs)}`);
  const tick = (): void => {
    seconds += 1;
    show();
    timer = clock.setTimer(tick, TICK_MS);
    if (seconds > 1) return;
    spec.askGrace?.().then((answer) => {
      graceMs = answer;
      if (answer !== undefined && !isOver) show();
    });
  };
  let timer = clock.setTimer(tick, TICK_MS);
  return {
    end: () => {
      isOver = true;
      timer.cancel();
      if (seconds > 0) write(WIPE);
    },
  };
}

/** What waits for the end of a process that has a time of grace. */
const STOPPING: ReadonlySet<string> = new Set(['stopping', 'disabling', 'restarting']);

function graceText(seconds: number, graceMs: number | undefined): string {
  if (graceMs === undefined || seconds * 1000 > graceMs) return '';
  return ` of ${Number((graceMs / 1000).toFixed(1))} s, then KILL`;
}

/** The plugin's own setting; undefined also when it is not stopping any more, or not yet. */
async function askGrace(session: Session, plugin: string): Promise<number | undefined> {
  const shown = await session.client.call('plugin.show', { plugin }, GRACE_ANSWER_MS);
  if (!shown.ok || shown.value.properties.state !== 'stopping') return undefined;
  const graceMs = shown.value.properties['stop.graceMs'];
  return typeof graceMs === 'number' ? graceMs : undefined;
}
