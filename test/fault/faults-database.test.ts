/** The state database is locked, deleted, truncated or overwritten by somebody else while torud uses it. */

import { existsSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { FaultStage } from '../rig/fault-stage.ts';
import { isRunning, untilTrue } from '../rig/plugin-processes.ts';

/** What every test begins with: one plugin that runs and is enabled, one key that was acknowledged. */
async function begin(): Promise<{ faults: FaultStage; pid: number; instanceId: string }> {
  const faults = await FaultStage.open({ plugins: { sleeper: '', 'sleeper/idle': '' } });
  const { stage } = faults;
  expect((await stage.act('enable', 'sleeper')).error).toBeUndefined();
  expect(await stage.call('kv.set', { plugin: 'sleeper', key: 'k', value: 'v' })).toMatchObject({
    version: 1,
  });
  const { pid } = await stage.status('sleeper');
  return { faults, pid: pid ?? 0, instanceId: await instanceId(faults) };
}

async function instanceId(faults: FaultStage): Promise<string> {
  const { daemon } = (await faults.stage.call('daemon.status')) as { daemon: { instanceId: string } };
  return daemon.instanceId;
}

/** The plugin is the same process, and after another start of torud everything acknowledged is there. */
async function expectWhole(faults: FaultStage, pid: number, id: string): Promise<void> {
  const { stage } = faults;
  await stage.rig.killAndRestart();
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running', enabled: true, wanted: 'up', pid });
  expect(await stage.call('kv.get', { plugin: 'sleeper', key: 'k' })).toMatchObject({ value: 'v' });
  expect(await instanceId(faults)).toBe(id);
  expect(await faults.problems()).toEqual([]);
}

describe('the state database while torud runs', () => {
  it('locked by another process: verbs are refused and plugins go on, until the lock is gone', async () => {
    const { faults, pid, instanceId: id } = await begin();
    await using _ = faults;
    const other = new DatabaseSync(faults.stage.paths.databaseFile, { timeout: 5_000 });
    other.exec('BEGIN EXCLUSIVE');
    const refused = await faults.toru('stop', 'sleeper');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^toru: stop sleeper: .*another process holds it/);
    expect(await faults.untilProblem('another process holds it')).toContain('state.db');
    expect(
      (await faults.stage.call('kv.set', { plugin: 'sleeper', key: 'k', value: 'x' })).error,
    ).toMatchObject({
      code: 'unavailable',
    });
    process.kill(pid, 'SIGKILL');
    const restarted = await faults.stage.until(
      'sleeper',
      (status) => status.state === 'running' && status.pid !== pid,
    );
    other.exec('ROLLBACK');
    other.close();
    await faults.untilNoProblem();
    expect(await faults.stage.crashes('sleeper')).toMatchObject([{ signal: 'SIGKILL' }]);
    await expectWhole(faults, restarted.pid ?? 0, id);
  });

  it('deleted: it is put back at once, without anybody asking', async () => {
    const { faults, pid, instanceId: id } = await begin();
    await using _ = faults;
    const file = faults.stage.paths.databaseFile;
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`);
    await untilTrue('it is there again', () => existsSync(file));
    await faults.untilNoProblem();
    await expectWhole(faults, pid, id);
  });

  it('deleted with its whole folder: both are made again', async () => {
    const { faults, pid, instanceId: id } = await begin();
    await using _ = faults;
    // In one step: torud is quick enough to put a file back into a folder that is still being emptied.
    const { stateFolder } = faults.stage.paths;
    renameSync(stateFolder, `${stateFolder}.gone`);
    rmSync(`${stateFolder}.gone`, { recursive: true });
    await untilTrue('it is there again', () => existsSync(faults.stage.paths.databaseFile));
    await faults.untilNoProblem();
    expect((await faults.stage.act('start', 'idle')).error).toBeUndefined();
    await expectWhole(faults, pid, id);
  });

  it('its shared memory truncated: torud is not killed by that, and goes on with all that was stored', async () => {
    const { faults, pid, instanceId: id } = await begin();
    await using _ = faults;
    truncateSync(`${faults.stage.paths.databaseFile}-shm`, 0);
    await faults.untilLogged('database-memory-mended');
    expect((await faults.stage.act('start', 'idle')).error).toBeUndefined();
    await expectWhole(faults, pid, id);
    expect(await faults.stage.status('idle')).toMatchObject({ state: 'running' });
  });

  const damages: Readonly<Record<string, (file: string) => Promise<void>>> = {
    'truncated to nothing': async (file) => {
      truncateSync(file, 0);
      truncateSync(`${file}-wal`, 0);
    },
    'truncated to half': async (file) => {
      truncateSync(file, 4096 * 4);
      truncateSync(`${file}-wal`, 0);
    },
    'overwritten with noise': async (file) => {
      for (const name of [file, `${file}-wal`]) {
        await using handle = await open(name, 'r+');
        const { size } = await handle.stat();
        await handle.write(Buffer.alloc(size, 0xa5), 0, size, 0);
      }
    },
    'replaced by text': async (file) => writeFileSync(file, 'not a database\n'.repeat(1_000)),
  };

  for (const [name, damage] of Object.entries(damages)) {
    it(`${name}: it is noticed, and written again from what torud has in memory`, async () => {
      const { faults, pid, instanceId: id } = await begin();
      await using _ = faults;
      const { stage } = faults;
      await damage(stage.paths.databaseFile);
      await faults.untilLogged('database-put-back');
      await faults.untilNoProblem();
      expect(isRunning(pid)).toBe(true);
      expect((await stage.act('start', 'idle')).error).toBeUndefined();
      await expectWhole(faults, pid, id);
      expect(await stage.status('idle')).toMatchObject({ state: 'running' });
    });
  }

  it('damaged beyond what is in memory: it is set aside and made anew with all that torud knows', async () => {
    const { faults, pid, instanceId: id } = await begin();
    await using _ = faults;
    const { stage } = faults;
    // More than SQLite's cache holds, and a last write that moves it from the log into the database.
    for (let key = 0; key < 8; key += 1) {
      const value = 'x'.repeat(900_000);
      const answer = await stage.call('kv.set', { plugin: 'idle', key: `large-${key}`, value });
      expect(answer).toMatchObject({ version: 1 });
    }
    await using handle = await open(stage.paths.databaseFile, 'r+');
    const { size } = await handle.stat();
    await handle.write(Buffer.alloc(size, 0xa5), 0, size, 0);
    await untilTrue('it was set aside', () =>
      readdirSync(stage.paths.stateFolder).some((file) => file.includes('.damaged-')),
    );
    expect(await faults.untilProblem('set aside')).toContain('.damaged-');
    expect(isRunning(pid)).toBe(true);
    expect((await stage.act('start', 'idle')).error).toBeUndefined();
    const events = await stage.events();
    expect(events.filter((event) => event.plugin === null)).toMatchObject([
      { type: 'changed', reason: expect.stringContaining('set aside') },
    ]);
    await stage.rig.killAndRestart();
    expect(await stage.status('sleeper')).toMatchObject({ state: 'running', enabled: true, pid });
    expect(await stage.status('idle')).toMatchObject({ state: 'running' });
    expect(await instanceId(faults)).toBe(id);
    expect(await faults.problems()).toEqual([]);
  });
});
