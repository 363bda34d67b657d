/** The live line on standard error for an action that takes its time: `stopping db: 7 s of 90 s`. */

import { sanitise } from './output/sanitise.ts';
import { isTerminalDescriptor } from './output/screen.ts';
import type { Session } from './session.ts';

const FIRST_AFTER_MS = 1_000;

export interface Progress {
  /** Wipes the line. */
  end(): void;
}

const NONE: Progress = { end: () => undefined };

/** @param participle `stopping` */
export function startProgress(session: Session, participle: string): Progress {
  if (session.globals.isQuiet || session.globals.isJson || !isTerminalDescriptor(2)) return NONE;
  const names = sanitise(session.operands.join(' ').slice(0, 50)) || 'all plugins';
  const { timeoutMs } = session.globals;
  const limit = timeoutMs === 0 ? '' : ` of ${Math.round(timeoutMs / 1000)} s`;
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += 1;
    process.stderr.write(`\r\x1b[K${participle} ${names}: ${seconds} s${limit}`);
  }, FIRST_AFTER_MS);
  return {
    end: () => {
      clearInterval(timer);
      if (seconds > 0) process.stderr.write('\r\x1b[K');
    },
  };
}
