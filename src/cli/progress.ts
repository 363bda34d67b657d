/** The live line on standard error for an action that takes its time; what it says is in the full bundle. */

import { loadFull } from './full-bundle.ts';
import { isTerminalDescriptor } from './output/screen.ts';
import type { Session } from './session.ts';

/** Nothing is shown before. */
const FIRST_SECOND_MS = 1_000;

export interface Progress {
  /** Wipes the line. */
  end(): void;
}

const NONE: Progress = { end: () => undefined };

/** @param participle `stopping` @param subject in the place of the operands: it is not about plugins */
export function startProgress(session: Session, participle: string, subject?: string): Progress {
  const { isQuiet, isJson } = session.globals;
  if (isQuiet || isJson || process.env.TERM === 'dumb' || !isTerminalDescriptor(2)) return NONE;
  let live = NONE;
  const timer = setTimeout(() => {
    live = loadFull().showLive(session, participle, subject);
  }, FIRST_SECOND_MS);
  return {
    end: () => {
      clearTimeout(timer);
      live.end();
    },
  };
}
