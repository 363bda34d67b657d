/** `torud --check`: are all drop-ins valid? */

import { DropIns } from './drop-ins.ts';

/** Exit code for the program, and what is wrong, one line a fault; undefined when nothing is. */
export function checkDropIns(folder: string): [exitCode: number, problem: string | undefined] {
  const read = new DropIns(folder, process.getuid?.() ?? 0).read();
  if (!read.ok) return [6, read.failure.message];
  const problems = [...read.value.values()].flatMap((dropIn) => (dropIn.ok ? [] : dropIn.failure));
  return problems.length === 0 ? [0, undefined] : [6, problems.map((problem) => problem.message).join('\n')];
}
