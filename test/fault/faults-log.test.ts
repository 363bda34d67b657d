/** The log folder fills up or cannot be changed: plugins are not held up, and every lost line is counted and told. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FaultStage } from '../rig/fault-stage.ts';
import { writePlugin } from '../rig/plugin-fixture.ts';
import { untilTrue } from '../rig/plugin-processes.ts';
import { NEEDS_MOUNT } from '../rig/small-disk.ts';

/** Writes 2,000 numbered lines when asked to (by the file `go`), says so in the file `done`, then goes on with a line each `go`. */
const WRITER = `#!/bin/sh
mkfifo go
echo begin
while read count < go; do
  seq -f 'line %.0f' "$count"
  echo "$count" >> done
done
`;

interface Line {
  readonly seq: number;
  readonly stream: string;
  readonly message: string;
  readonly lost?: number;
}

async function openWriter(): Promise<{ faults: FaultStage; write: (count: number) => Promise<void> }> {
  const faults = await FaultStage.open({ disks: { log: 2 * 1024 } });
  const { stage } = faults;
  await writePlugin(stage.paths, { id: 'writer', script: WRITER });
  await stage.call('plugin.scan');
  await stage.act('start', 'writer');
  const folder = join(stage.paths.dataFolder, 'writer');
  await stage.untilLine('writer', 'begin');
  const { writeFile } = await import('node:fs/promises');
  let rounds = 0;
  const write = async (count: number): Promise<void> => {
    rounds += 1;
    await writeFile(join(folder, 'go'), `${count}\n`);
    const done = join(folder, 'done');
    await untilTrue(
      `the plugin was not held up in round ${rounds}`,
      () => existsSync(done) && readFileSync(done, 'utf8').split('\n').length > rounds,
    );
  };
  return { faults, write };
}

function linesOf(faults: FaultStage): readonly Line[] {
  return readFileSync(join(faults.stage.paths.pluginLogFolder, 'writer.log'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

it.skipIf(NEEDS_MOUNT !== '')(
  `a full log folder: the plugin writes on, and lost lines stand in status, list, log and exit code${NEEDS_MOUNT}`,
  async () => {
    const { faults, write } = await openWriter();
    await using _ = faults;
    const { stage } = faults;
    const { pid } = await stage.status('writer');
    faults.disk('log').fill();
    await write(3_000);
    await write(3_000);
    // torud's own log is as full, and it says so; nothing else of it suffers.
    let reloads = 0;
    for (; (await faults.problems()).length === 0 && reloads < 200; reloads += 1)
      await stage.call('daemon.reload');
    expect(await faults.untilProblem('plugin-supervisor.log cannot be written')).toContain('ENOSPC');
    expect((await faults.toru('daemon', 'status')).stdout).toMatch(
      /Problem: .*plugin-supervisor\.log.*ENOSPC/,
    );
    expect(await stage.status('writer')).toMatchObject({ state: 'running', pid });
    faults.disk('log').free();
    await write(1);
    await untilTrue('its last line is there', () => (linesOf(faults).at(-1)?.seq ?? 0) > 6_001);
    const { linesLost } = await stage.until('writer', (status) => status.linesLost > 0);
    await faults.untilNoProblem();
    const lines = linesOf(faults);
    const gaps = lines.filter((line) => line.stream === 'shim');
    expect(gaps.length).toBeGreaterThan(0);
    expect(gaps.reduce((sum, line) => sum + (line.lost ?? 0), 0)).toBe(linesLost);
    expect(gaps[0]?.message).toMatch(/^\d+ lines? lost from \S+ to \S+: No space left on device$/);
    expect(lines.length - gaps.length + linesLost).toBe(1 + 3_000 + 3_000 + 1);
    const list = await faults.toru('list', 'writer', '--json');
    expect(JSON.parse(list.stdout)).toMatchObject({ plugins: [{ linesLost }] });
    expect((await faults.toru('logs', 'writer', '-n', '10000')).code).toBe(0);
    expect((await faults.toru('logs', 'writer', '-n', '10000', '--strict')).code).toBe(1);
    // What torud had to say meanwhile was kept, and nothing of it is torn.
    expect(faults.logged('settings-reloaded').length).toBe(reloads);
  },
);

it.skipIf(NEEDS_MOUNT !== '')(
  `a log folder in which nothing can be made: what runs goes on, a start fails with one line${NEEDS_MOUNT}`,
  async () => {
    const { faults, write } = await openWriter();
    await using _ = faults;
    const { stage } = faults;
    await stage.install('sleeper', '[restart]\ndelays_ms = [600000]\n');
    await stage.call('plugin.scan');
    faults.disk('log').freeze();
    await write(10);
    await untilTrue('all its lines are there', () => linesOf(faults).length === 11);
    const { code, stderr } = await faults.toru('start', 'sleeper');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^toru: start sleeper: .*could not be started: log: Read-only file system/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(await stage.status('sleeper')).toMatchObject({ state: 'backoff', lastCrash: { cause: 'spawn' } });
    faults.disk('log').thaw();
    expect((await stage.act('start', 'sleeper')).error).toBeUndefined();
  },
);
