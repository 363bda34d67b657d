/** `E`: a crash with all that is known around it into a file, by `toru crashes export`. */

import type { Screen, Step } from '../../screen.ts';

export function askExport(screen: Screen, crashId: number): Step {
  const text = `crash-${crashId}.json`;
  return { screen, go: { kind: 'prompt', name: 'export', lead: 'export to: ', text } };
}

/** @param text undefined: given up */
export function exportStep(
  screen: Screen,
  crashId: number | undefined,
  text: string | undefined,
  isDone: boolean,
): Step {
  if (!isDone || text === undefined) return { screen };
  const file = text.trim();
  if (crashId === undefined) return { screen, notice: 'export: no crash is chosen' };
  if (file === '' || file === '-') return { screen, notice: 'export: it needs the name of a file' };
  // In one word, so that a name that begins with a dash is no option.
  return {
    screen,
    effects: [{ type: 'act', argv: ['crashes', 'export', String(crashId), `--file=${file}`] }],
  };
}
