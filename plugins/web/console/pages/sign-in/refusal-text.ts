/** Why somebody is not signed in, as a sentence. */

import { formatDuration } from '../../../../../src/cli/output/sizes.ts';
import type { Problem } from '../../api/answer-types.ts';
import { sentence } from '../../parts/sentence.ts';

/** @param waitSeconds until another try is taken */
export function refusalText({ status, detail, code }: Problem, waitSeconds: number): string {
  if (status === 401) return 'That name and password do not fit together.';
  if (status === 429 && waitSeconds > 0) {
    return `There were too many tries. The next one is taken in ${formatDuration(waitSeconds * 1000)}.`;
  }
  if (status === 429) return 'There were too many tries. Another one is taken now.';
  if (code === 'unavailable' || status === 503) return `Signing in does not work now: ${sentence(detail)}`;
  return sentence(detail);
}
