/** The state folder fills up, or cannot be changed: torud stays up, refuses what it cannot store, and resumes by itself. */

import { expect, it } from 'vitest';
import { FaultStage } from '../rig/fault-stage.ts';
import { isRunning, untilEnded } from '../rig/plugin-processes.ts';
import { NEEDS_MOUNT } from '../rig/small-disk.ts';

const DISK_KIB = 6 * 1024;

/** Uses up the reserve as well, so that nothing can be stored any more. Answers the refusal. */
async function exhaust(faults: FaultStage, id: string): Promise<{ code: string; message: string }> {
  faults.disk('state').fill();
  for (let round = 0; round < 2_000; round += 1) {
    const { error } = await faults.stage.act(round % 2 === 0 ? 'disable' : 'enable', id, { now: false });
    if (error !== undefined) {
      // Down to the last byte: SQLite may still have found room for something smaller.
      faults.disk('state').fill();
      return error;
    }
    faults.disk('state').fill();
  }
  throw new Error('the disk never got full');
}

it.skipIf(NEEDS_MOUNT !== '')(
  `a full state folder: verbs are refused in one line and change nothing, plugins go on, and all resumes by itself${NEEDS_MOUNT}`,
  async () => {
    await using faults = await FaultStage.open({
      disks: { state: DISK_KIB },
      plugins: { sleeper: '', 'echo-socket': '', 'sleeper/idle': '' },
    });
    const { stage } = faults;
    for (const id of ['sleeper', 'echo-socket']) await stage.act('start', id);
    const before = await Promise.all(['sleeper', 'echo-socket'].map((id) => stage.status(id)));
    expect(await faults.problems()).toEqual([]);
    const refusal = await exhaust(faults, 'idle');
    expect(refusal).toMatchObject({ code: 'unavailable' });
    expect(refusal.message).toContain(stage.paths.databaseFile);
    expect(refusal.message).toContain('no space left');
    expect(await faults.untilProblem('no space left')).toContain(stage.paths.databaseFile);

    const started = await faults.toru('start', 'idle');
    expect(started.code).toBe(1);
    expect(started.stderr.trim().split('\n')).toHaveLength(1);
    expect(started.stderr).toMatch(/^toru: start idle: .*no space left on the device/);
    const stopped = await faults.toru('stop', 'sleeper', '--json');
    expect(stopped.code).toBe(1);
    expect(JSON.parse(stopped.stderr.trim().split('\n')[0] ?? '')).toMatchObject({
      error: { code: 'unavailable', name: 'sleeper' },
    });
    const block = await faults.toru('status');
    expect(block.stdout.split('\n').filter((line) => line.includes('Problem:'))).toEqual([
      expect.stringMatching(/state database .*no space left on the device/),
    ]);
    expect(await stage.status('idle')).toMatchObject({ state: 'stopped', wanted: 'down' });
    for (const { id, pid, runId } of before) {
      expect(await stage.status(id)).toMatchObject({ state: 'running', pid, runId });
      expect(isRunning(pid ?? 0)).toBe(true);
    }

    faults.disk('state').free();
    await faults.untilNoProblem();
    expect((await stage.act('start', 'idle')).error).toBeUndefined();
    expect((await stage.act('stop', 'idle')).error).toBeUndefined();
    await stage.rig.killAndRestart();
    for (const { id, pid } of before) expect(await stage.status(id)).toMatchObject({ state: 'running', pid });
    expect(await stage.status('idle')).toMatchObject({ state: 'stopped' });
  },
);

it.skipIf(NEEDS_MOUNT !== '')(
  `a crash while the state cannot be stored is restarted from memory, and its history is stored when space is back${NEEDS_MOUNT}`,
  async () => {
    await using faults = await FaultStage.open({
      disks: { state: DISK_KIB },
      plugins: { sleeper: '', 'sleeper/idle': '' },
    });
    const { stage } = faults;
    await stage.act('start', 'sleeper');
    const before = await stage.status('sleeper');
    await exhaust(faults, 'idle');
    for (let round = 1; round <= 3; round += 1) {
      const { pid } = await stage.status('sleeper');
      process.kill(pid ?? 0, 'SIGKILL');
      await untilEnded(pid ?? 0);
      await stage.until('sleeper', (status) => status.state === 'running' && status.pid !== pid);
    }
    expect(await faults.untilProblem('state cannot be written')).toContain('no space left');
    expect((await stage.status('sleeper')).restarts).toBe(3);
    faults.disk('state').free();
    await faults.untilNoProblem();
    const crashes = await stage.crashes('sleeper');
    expect(crashes.map(({ signal, restart }) => [signal, restart])).toEqual([
      ['SIGKILL', 2],
      ['SIGKILL', 1],
      ['SIGKILL', 0],
    ]);
    const after = await stage.status('sleeper');
    await stage.rig.killAndRestart();
    expect(await stage.status('sleeper')).toMatchObject({ pid: after.pid, runId: after.runId, restarts: 3 });
    expect(after.runId).toBe((before.runId ?? 0) + 3);
  },
);

it.skipIf(NEEDS_MOUNT !== '')(
  `keys that a plugin or an admin sets on a full disk are refused, those that were answered are there${NEEDS_MOUNT}`,
  async () => {
    await using faults = await FaultStage.open({
      disks: { state: DISK_KIB },
      plugins: { sleeper: '' },
    });
    const { stage } = faults;
    const set = (key: string, value: string) => stage.call('kv.set', { plugin: 'sleeper', key, value });
    expect(await set('kept', 'before')).toMatchObject({ version: 1 });
    faults.disk('state').fill();
    expect(await set('lost', 'x'.repeat(500_000))).toMatchObject({ error: { code: 'unavailable' } });
    // What is torud's own still has its reserve; that space is short is said all the same.
    expect(await faults.untilProblem('no space left')).toContain(stage.paths.stateFolder);
    expect((await stage.act('start', 'sleeper')).error).toBeUndefined();
    expect(await stage.call('kv.get', { plugin: 'sleeper', key: 'kept' })).toMatchObject({ value: 'before' });
    faults.disk('state').free();
    await faults.untilNoProblem();
    expect(await set('kept', 'after')).toMatchObject({ version: 2 });
    await stage.rig.killAndRestart();
    expect(await stage.call('kv.get', { plugin: 'sleeper', key: 'kept' })).toMatchObject({ value: 'after' });
    expect(await stage.call('kv.get', { plugin: 'sleeper', key: 'lost' })).toMatchObject({ value: null });
  },
);

it.skipIf(NEEDS_MOUNT !== '')(
  `a state folder in which nothing can be made keeps no plugin that has its data folder from starting${NEEDS_MOUNT}`,
  async () => {
    await using faults = await FaultStage.open({
      disks: { state: DISK_KIB },
      plugins: { sleeper: '', 'sleeper/fresh': '[restart]\ndelays_ms = [600000]\n' },
    });
    const { stage } = faults;
    await stage.act('start', 'sleeper');
    const { pid } = await stage.status('sleeper');
    faults.disk('state').freeze();
    const { error } = await stage.act('start', 'fresh');
    expect(error?.message).toMatch(/EROFS.*data\/fresh/);
    expect(await stage.status('fresh')).toMatchObject({ state: 'backoff', lastCrash: { cause: 'spawn' } });
    expect((await stage.act('restart', 'sleeper')).error).toBeUndefined();
    expect(isRunning(pid ?? 0)).toBe(false);
    faults.disk('state').thaw();
    expect((await stage.act('start', 'fresh')).error).toBeUndefined();
    expect(await faults.problems()).toEqual([]);
  },
);
