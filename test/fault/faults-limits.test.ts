/** The kernel gives torud no more descriptors or processes, or stops it: it says so, and goes on when it can. */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { PluginStatus } from '../../src/protocol/control/plugins.ts';
import { openControl } from '../rig/control-connection.ts';
import { FaultStage } from '../rig/fault-stage.ts';
import { SILENT_SCRIPT, writeConfig, writePlugin } from '../rig/plugin-fixture.ts';
import { isRunning, leadersOfPlugin, untilEnded, untilTrue } from '../rig/plugin-processes.ts';
import { CHECKOUT, cleanEnvironment, TORUD } from '../rig/programs.ts';
import { awaitSocket } from '../rig/socket-ready.ts';
import { makeTemporaryRoot } from '../rig/temporary-root.ts';

const NOBODY = 65_534;
const AS_NOBODY = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];

/** Sets a soft limit of a running process; answers what sets it back. */
function limit(
  pid: number,
  resource: 'nofile' | 'nproc',
  value: number,
  asWhom: readonly string[] = [],
): () => void {
  const row = resource === 'nofile' ? 'Max open files' : 'Max processes';
  const before = new RegExp(`^${row} +(\\S+)`, 'm').exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1];
  const set = (soft: string | undefined): void => {
    const command = ['prlimit', '--pid', String(pid), `--${resource}=${soft}:`];
    execFileSync('setpriv', [...asWhom, ...command], { stdio: 'pipe' });
  };
  set(String(value));
  return () => set(before);
}

/** The lowest descriptor that is free, so that a limit of it leaves none. */
function firstFreeDescriptor(pid: number): number {
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  for (let fd = 0; ; fd += 1) if (!open.has(fd)) return fd;
}

function isStopped(pid: number): boolean {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2)[0] === 'T';
}

it('without a free descriptor starts fail with one line, ends are still seen, and all goes on afterwards', async () => {
  await using faults = await FaultStage.open({
    plugins: {
      sleeper: '[restart]\ndelays_ms = [300]\n',
      'echo-socket': '',
      'sleeper/other': '[restart]\ndelays_ms = [600000]\n',
    },
  });
  const { stage } = faults;
  for (const id of ['sleeper', 'echo-socket']) await stage.act('start', id);
  const before = await stage.status('sleeper');
  const torud = stage.rig.pid;
  await using connection = await openControl(stage.paths.controlSocket);
  expect(await connection.request(1, 'plugin.list')).toMatchObject({ result: {} });
  const lift = limit(torud, 'nofile', firstFreeDescriptor(torud));
  const answer = await connection.request(2, 'plugin.start', { names: ['other'] });
  expect(answer).toMatchObject({
    result: { outcomes: [{ error: { code: 'failed', message: expect.stringContaining('EMFILE') } }] },
  });
  // Nobody new is served; whoever is there is.
  const away = await faults.toru('--timeout', '3s', 'list');
  expect(away.code).not.toBe(0);
  expect(away.stderr.trim().split('\n')).toHaveLength(1);
  expect(await connection.request(3, 'plugin.scan')).toMatchObject({ result: {} });
  process.kill(before.pid ?? 0, 'SIGKILL');
  await untilEnded(before.pid ?? 0);
  await untilTrue('its end was seen', () =>
    faults.logged('crashed').some((entry) => entry.plugin === 'sleeper'),
  );
  lift();
  const after = await stage.until('sleeper', (status) => status.state === 'running');
  expect(after.pid).not.toBe(before.pid);
  expect((await stage.crashes('sleeper')).at(-1)).toMatchObject({ runId: before.runId, signal: 'SIGKILL' });
  expect((await stage.act('start', 'other')).error).toBeUndefined();
  expect(await stage.status('echo-socket')).toMatchObject({ state: 'running', health: 'healthy' });
  expect(await faults.problems()).toEqual([]);
});

it('stopped for a while (SIGSTOP): what happened meanwhile is recorded once, and clients are served again', async () => {
  await using faults = await FaultStage.open({
    plugins: { sleeper: '', 'sleeper/other': '', 'writes-lines': '' },
  });
  const { stage } = faults;
  for (const id of ['sleeper', 'other']) await stage.act('start', id);
  const before = await stage.status('sleeper');
  const other = await stage.status('other');
  const torud = stage.rig.pid;
  process.kill(torud, 'SIGSTOP');
  await untilTrue('torud is stopped', () => isStopped(torud));
  process.kill(before.pid ?? 0, 'SIGKILL');
  await untilEnded(before.pid ?? 0);
  const late = await faults.toru('--timeout', '300ms', 'start', 'writes-lines');
  expect(late.code).toBe(124);
  expect(late.stderr.trim().split('\n')).toHaveLength(1);
  const waiting = faults.toru('status', 'other', '--json');
  process.kill(torud, 'SIGCONT');
  expect(JSON.parse((await waiting).stdout)).toMatchObject({
    plugins: [{ state: 'running', pid: other.pid }],
  });
  const after = await stage.until(
    'sleeper',
    (status) => status.state === 'running' && status.pid !== before.pid,
  );
  expect(after.runId).toBeGreaterThan(before.runId ?? 0);
  expect(await stage.crashes('sleeper')).toMatchObject([{ runId: before.runId, signal: 'SIGKILL' }]);
  expect(leadersOfPlugin(stage.folder, 'sleeper')).toEqual([after.pid]);
  expect(isRunning(other.pid ?? 0)).toBe(true);
  expect(await faults.problems()).toEqual([]);
});

/** torud as another user, for limits that do not hold for root. */
const NEEDS_NOBODY = canBecomeNobody()
  ? ''
  : ' (skipped: only root may become nobody, who must be able to read the checkout)';

/** Of an item of `plugin.watch`. */
interface Seen {
  readonly plugin: PluginStatus;
  readonly plugins: readonly PluginStatus[];
}

function canBecomeNobody(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync('setpriv', [...AS_NOBODY, 'test', '-r', join(CHECKOUT, 'dist/torud.cjs')], {
      stdio: 'pipe',
    });
    return true;
  } catch {
    return false;
  }
}

it.skipIf(NEEDS_NOBODY !== '')(
  `without a process left a start fails with one line, and is tried again by policy${NEEDS_NOBODY}`,
  async () => {
    await using root = await makeTemporaryRoot();
    const { paths } = root;
    await writeConfig(paths, '[defaults.start]\nseconds = 0\n');
    await writePlugin(paths, {
      id: 'silent',
      script: SILENT_SCRIPT,
      dropIn: '[restart]\ndelays_ms = [200]\nlimit = 1000\n',
    });
    await mkdir(paths.runFolder, { recursive: true });
    execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, root.folder]);
    const env = cleanEnvironment(root.folder);
    const child = spawn('setpriv', [...AS_NOBODY, TORUD, '--root', root.folder], {
      cwd: root.folder,
      env,
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    await awaitSocket(paths.controlSocket, AbortSignal.timeout(10_000));
    await using connection = await openControl(paths.controlSocket);
    const lift = limit(child.pid ?? 0, 'nproc', 1, AS_NOBODY);
    expect(await connection.request(1, 'plugin.start', { names: ['silent'] })).toMatchObject({
      result: {
        outcomes: [
          {
            error: { code: 'failed', message: expect.stringMatching(/could not be started: shim: .*EAGAIN/) },
          },
        ],
      },
    });
    expect(await connection.request(2, 'crash.list')).toMatchObject({
      result: {
        crashes: expect.arrayContaining([expect.objectContaining({ cause: 'spawn', verdict: 'restart' })]),
      },
    });
    lift();
    connection.send({ id: 3, method: 'plugin.watch', params: { names: ['*'] } });
    for (let state = ''; state !== 'running'; ) {
      const frame = await connection.nextFrame();
      if (frame === undefined) throw new Error('torud is gone');
      const { plugin, plugins } = (frame.item ?? {}) as Partial<Seen>;
      state = plugin?.state ?? plugins?.[0]?.state ?? state;
    }
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(readFileSync(paths.supervisorLog, 'utf8')).not.toMatch(/torud-crashed|control-fault/);
  },
);
