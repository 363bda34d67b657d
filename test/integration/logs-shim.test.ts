import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogReader } from '../../src/daemon/logs/log-reader.ts';
import { resolvePaths } from '../../src/protocol/paths.ts';
import { ShimRig } from '../fixtures/shim/rig.ts';
import { Follower, readAll } from '../unit/logs-writer.ts';

/** Writes 20,000 lines by turns to both streams; each is about 130 bytes in the log. */
const FLOOD = `
  let n = 0;
  const more = () => {
    for (let at = 0; at < 500; at += 1, n += 1) (n % 3 === 0 ? process.stderr : process.stdout).write('line ' + n + '\\n');
    if (n < 20000) setImmediate(more);
  };
  more();`;

describe('the log of a real shim', () => {
  let rig: ShimRig;
  let reader: LogReader;
  const problems: unknown[] = [];

  beforeEach(() => {
    rig = new ShimRig('toru-shim');
    problems.length = 0;
    const paths = { ...resolvePaths({ root: rig.folder, uid: 0, env: {} }), pluginLogFolder: rig.folder };
    reader = new LogReader(paths, { write: (...entry) => void problems.push(entry) });
  });
  afterEach(async () => {
    await rig.dispose();
  });

  it.each([0, 1])(
    'is followed without a gap while it rotates and compresses (compress: %i)',
    async (compress) => {
      const follower = new Follower(reader, {}, [{ plugin: 'demo' }]);
      try {
        const first = follower.take(1);
        const run = rig.node(FLOOD, { log_max_size: 150_000, log_keep: 60, log_compress: compress });
        const lines = [...(await first), ...(await follower.take(9_999))];
        // The rest of the run passes while this reader stalls, so that it has to find its place again.
        await run.finished();
        lines.push(...(await follower.take(10_000)));
        const seqs = lines.map((line) => Number(/"seq":(\d+)/.exec(line)?.[1]));
        expect(seqs).toEqual(Array.from({ length: 20_000 }, (_, at) => at + 1));
        expect(follower.left).toEqual([]);
      } finally {
        expect(await follower.stop()).toEqual({ linesLost: 0 });
      }
      const whole = await readAll(reader, {}, [{ plugin: 'demo', run: 7 }]);
      expect(whole.lines).toHaveLength(20_000);
      const errors = await readAll(reader, { stream: 'stderr', lines: 3_000 }, [{ plugin: 'demo' }]);
      expect(errors.lines).toEqual(whole.lines.filter((line) => line.includes('"stderr"')).slice(-3_000));
      const tail = await reader.tailOfRun('demo', 7, 200);
      expect(tail.map((line) => line.message)).toEqual(
        whole.lines.slice(-200).map((line) => JSON.parse(line).message),
      );
      expect(problems).toEqual([]);
    },
  );
});
