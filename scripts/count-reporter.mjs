/** A reporter for vitest: writes how many tests passed, failed and were skipped, as JSON, to the file in RESULT_FILE. */

import { writeFileSync } from 'node:fs';

export default class CountReporter {
  onTestRunEnd(files, errors) {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    for (const file of files) {
      const before = counts.failed;
      for (const test of file.children.allTests()) counts[keyOf(test.result().state)] += 1;
      // A file that could not be loaded, or whose hooks failed, may have no test that says so.
      if (file.state() === 'failed' && counts.failed === before) counts.failed += 1;
    }
    // Errors outside of tests belong to none of them.
    counts.failed += errors.length;
    writeFileSync(process.env.RESULT_FILE, `${JSON.stringify(counts)}\n`);
  }
}

/** A test that still waits when the run is over was never run: that is no pass. */
function keyOf(state) {
  return state === 'pending' ? 'failed' : state;
}
