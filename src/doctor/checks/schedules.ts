/** Scripts that are to run by the clock: which cannot, and which did not. */

import type { Schedule } from '../../protocol/control/schedules.ts';
import type { Finding } from '../../protocol/programs.ts';
import type { Check } from '../finding.ts';
import { ok, warn } from '../finding.ts';

/** Says nothing where there is no schedule, or no torud to ask. */
export const schedules: Check = ({ torud }) => {
  const all = (torud.kind === 'up' ? torud.schedules : undefined) ?? [];
  if (all.length === 0) return [];
  const faults = all.flatMap(faultsOf);
  const count = all.length === 1 ? 'the one schedule can run' : `all ${all.length} schedules can run`;
  return faults.length > 0 ? faults : [ok('schedules', `${count}, and nothing was missed`)];
};

function faultsOf({ name, problem, missed, lastMissedAt, lastTask }: Schedule): readonly Finding[] {
  const findings: Finding[] = [];
  if (problem !== null)
    findings.push(
      warn(
        'schedules',
        `${name} cannot run: ${problem}`,
        'mend the script, or its [[schedule]] in torud.toml',
      ),
    );
  if (missed > 0)
    findings.push(
      warn(
        'schedules',
        `${name} has missed ${missed} ${missed === 1 ? 'run' : 'runs'}, the last one at ${lastMissedAt ?? 'an unknown time'}`,
        'run its script by hand where it matters; catch-up = "once" in torud.toml makes up for it from now on',
      ),
    );
  if (lastTask?.state === 'failed' || lastTask?.state === 'lost')
    findings.push(
      warn(
        'schedules',
        `${name} ended badly the last time (${lastTask.state})`,
        `toru task logs ${lastTask.id}`,
      ),
    );
  return findings;
}
