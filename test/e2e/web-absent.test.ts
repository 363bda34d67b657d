/** A machine on which nobody has enabled the HTTP module: nothing of HTTP is loaded, and nothing listens on TCP. */

import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { PluginStage } from '../rig/plugin-stage.ts';
import { CHECKOUT, cleanEnvironment, TORU } from '../rig/programs.ts';

const run = promisify(execFile);
/** Node's own modules that speak HTTP or listen with it, by their names in process.moduleLoadList. */
const HTTP = /^NativeModule (_?http|https|http2|internal\/http|internal\/deps\/undici|_tls|tls$)/;
const RECORD = `--require=${join(CHECKOUT, 'test/fixtures/loaded-modules.cjs')}`;

/** Sockets of a process that are of TCP or UDP (proc(5)). */
async function networkSockets(pid: number): Promise<readonly string[]> {
  const tables = await Promise.all(
    ['tcp', 'tcp6', 'udp', 'udp6'].map((name) =>
      readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => ''),
    ),
  );
  const inodes = new Set(
    tables.flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)[9])),
  );
  const names = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  return links.filter((link) => inodes.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? 'none'));
}

test('torud and toru load nothing of HTTP and open no network socket while web is not enabled', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'toru-loaded-'));
  const record = { NODE_OPTIONS: RECORD, LOADED_MODULES: join(folder, 'torud') };
  const stage = await PluginStage.open({ sleeper: '' }, '', { env: record });
  try {
    // It lies there, as an installation has it.
    await cp(join(CHECKOUT, 'dist/plugins/web'), join(stage.paths.pluginFolder, 'web'), { recursive: true });
    await stage.call('plugin.scan');
    expect((await stage.status('web')).state).toBe('stopped');
    await stage.act('enable', 'sleeper');
    const ofToru = join(folder, 'toru');
    const env = cleanEnvironment(stage.folder, { NODE_OPTIONS: RECORD, LOADED_MODULES: ofToru });
    for (const words of [['list'], ['cat', 'web'], ['logs', 'sleeper'], ['metrics'], ['help']])
      await run(TORU, ['--root', stage.folder, ...words], { env });
    for (const pid of [stage.rig.pid, await stage.shimPid('sleeper')])
      expect(await networkSockets(pid)).toEqual([]);
    await stage.rig.stop();
    for (const file of [ofToru, record.LOADED_MODULES]) {
      const loaded = (await readFile(file, 'utf8')).split('\n');
      expect(loaded.length).toBeGreaterThan(20);
      expect([file, loaded.filter((name) => HTTP.test(name))]).toEqual([file, []]);
    }
  } finally {
    await stage[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
});
