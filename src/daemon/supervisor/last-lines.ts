/** What a run wrote last, for the capsule of its crash. */

import type { CapsuleLine } from '../../protocol/control/crashes.ts';
import { messageOf } from '../../protocol/result.ts';
import { MAX_CAPSULE_LINES } from './crash-history.ts';
import type { RunnerSurroundings } from './runner-surroundings.ts';

/** Never rejects: a log that cannot be read must not keep the end of a run from being seen. */
export async function readLastLines(
  around: Pick<RunnerSurroundings, 'log' | 'logReader'>,
  plugin: string,
  runId: number,
): Promise<readonly CapsuleLine[]> {
  try {
    return await around.logReader.tailOfRun(plugin, runId, MAX_CAPSULE_LINES);
  } catch (thrown) {
    around.log.write('warning', 'tail-unreadable', { plugin, error: messageOf(thrown) });
    return [];
  }
}
