/** Plugins come into a running torud and leave it again; what is in the way is said, and nothing is left half done. */

import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { identityAt } from '../../src/daemon/install/swap.ts';
import type { InstallResult } from '../../src/protocol/control/install.ts';
import type { PlanStep } from '../../src/protocol/control/plan.ts';
import type { ActionOutcome } from '../../src/protocol/control/plugins.ts';
import { openControl } from '../rig/control-connection.ts';
import { writeDropIn, writeProgram } from '../rig/plugin-fixture.ts';
import { isRunning } from '../rig/plugin-processes.ts';
import { type Answer, PluginStage } from '../rig/plugin-stage.ts';
import { NEEDS_MOUNT, SmallDisk } from '../rig/small-disk.ts';
import { tarBytes } from '../rig/tar-bytes.ts';

interface Source {
  readonly version?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly script?: string;
}

/** Writes a plugin beside the plugin folder. @returns its folder */
async function source(stage: PluginStage, id: string, { version = '1.0.0', metadata, script }: Source = {}) {
  const folder = join(stage.folder, `src-${id}-${version}`);
  await mkdir(folder, { recursive: true });
  const document = { id, name: id, version, transport: 'none', command: ['run'], ...metadata };
  await writeFile(join(folder, 'plugin.json'), JSON.stringify(document));
  await writeProgram(
    join(folder, 'run'),
    script ?? `#!/bin/sh\necho this is ${version}\nexec sleep 12345678\n`,
  );
  return folder;
}

async function install(stage: PluginStage, path: string, params: object = {}): Promise<InstallResult> {
  const answer = await stage.call('plugin.install', { path, ...params });
  if (answer.error !== undefined) throw new Error(JSON.stringify(answer.error));
  return answer as unknown as InstallResult;
}

/** What lies in the plugin folder, what is kept included, what is hidden otherwise not expected. */
function lying(stage: PluginStage): readonly string[] {
  return readdirSync(stage.paths.pluginFolder).sort();
}

function versionOf(stage: PluginStage, id: string): string {
  return JSON.parse(readFileSync(join(stage.paths.pluginFolder, id, 'plugin.json'), 'utf8')).version;
}

async function remove(stage: PluginStage, names: readonly string[], params: object = {}) {
  const answer = await stage.call('plugin.remove', { names, ...params });
  return answer as unknown as {
    outcomes: readonly ActionOutcome[];
    plan?: readonly PlanStep[];
    error?: Answer;
  };
}

it('what is installed can be started at once, and the event says who installed what', async () => {
  await using stage = await PluginStage.open({});
  const result = await install(stage, await source(stage, 'web'));
  expect(result).toMatchObject({
    plugin: 'web',
    version: '1.0.0',
    previousVersion: null,
    changed: true,
    needsRestart: false,
    files: 2,
    warnings: [],
  });
  expect((await stage.act('start', 'web')).error).toBeUndefined();
  const installed = (await stage.events('web')).filter(({ type }) => type === 'installed');
  expect(installed).toHaveLength(1);
  expect(installed[0]).toMatchObject({
    actor: { kind: 'user', uid: process.getuid?.() },
    details: { version: '1.0.0', previousVersion: null, digest: result.digest, files: 2 },
  });
  expect(installed[0]?.reason).toMatch(/ran "toru install .*src-web-1.0.0"/);
  expect(lying(stage)).toEqual(['web']);
});

it('an upgrade leaves the process alone until its restart, and the version before can be put back', async () => {
  await using stage = await PluginStage.open({});
  await install(stage, await source(stage, 'web'));
  await stage.act('start', 'web');
  const { pid } = await stage.status('web');
  const archive = join(stage.folder, 'web.tgz');
  const manifest = { id: 'web', name: 'web', version: '2.0.0', transport: 'none', command: ['run'] };
  const script = '#!/bin/sh\necho this is 2.0.0\nexec sleep 12345678\n';
  const parts = [
    { name: 'web-2.0.0/plugin.json', content: JSON.stringify(manifest) },
    { name: 'web-2.0.0/run', content: script, mode: 0o755 },
  ];
  writeFileSync(archive, gzipSync(tarBytes(...parts)));
  const upgraded = await install(stage, archive);
  expect(upgraded).toMatchObject({ version: '2.0.0', previousVersion: '1.0.0', needsRestart: true });
  expect(await stage.status('web')).toMatchObject({ state: 'running', pid, version: '1.0.0' });
  expect(versionOf(stage, 'web')).toBe('2.0.0');
  await stage.act('restart', 'web');
  await stage.untilLine('web', 'this is 2.0.0');
  const back = await stage.call('plugin.rollback', { plugin: 'web' });
  expect(back).toMatchObject({
    version: '1.0.0',
    previousVersion: '2.0.0',
    changed: true,
    needsRestart: true,
  });
  expect(versionOf(stage, 'web')).toBe('1.0.0');
  expect(await stage.call('plugin.rollback', { plugin: 'web' })).toMatchObject({ version: '2.0.0' });
  expect(versionOf(stage, 'web')).toBe('2.0.0');
});

it('the same once more is no change; another file beside the program is one', async () => {
  await using stage = await PluginStage.open({});
  const folder = await source(stage, 'web');
  const first = await install(stage, folder);
  expect(await install(stage, folder)).toMatchObject({ changed: false, digest: first.digest });
  await writeFile(join(folder, 'data'), 'more');
  expect(await install(stage, folder)).toMatchObject({ changed: true, files: 3 });
  expect((await stage.events('web')).filter(({ type }) => type === 'installed')).toHaveLength(2);
});

it('a dry run says what would be, and changes nothing', async () => {
  await using stage = await PluginStage.open({});
  const result = await install(stage, await source(stage, 'web'), { dryRun: true });
  expect(result).toMatchObject({ plugin: 'web', changed: true, files: 2 });
  expect(lying(stage)).toEqual([]);
  expect(await stage.call('plugin.show', { plugin: 'web' })).toMatchObject({ error: { code: 'not_found' } });
});

it('a plugin in a folder of another name is replaced where it is', async () => {
  await using stage = await PluginStage.open({});
  renameSync(await source(stage, 'web'), join(stage.paths.pluginFolder, 'my-web'));
  await install(stage, await source(stage, 'web', { version: '1.1.0' }));
  expect(lying(stage)).toEqual(['.previous', 'my-web']);
  expect(versionOf(stage, 'my-web')).toBe('1.1.0');
});

it('a single program that says itself what it is can be installed', async () => {
  await using stage = await PluginStage.open({});
  const program = join(stage.folder, 'tool.sh');
  const metadata = '{"id":"tool","name":"Tool","version":"0.1.0","transport":"none"}';
  await writeProgram(
    program,
    `#!/bin/sh\nif [ "$1" = --metadata ]; then echo '${metadata}'; exit; fi\nexec sleep 12345678\n`,
  );
  expect(await install(stage, program)).toMatchObject({ plugin: 'tool', version: '0.1.0', files: 1 });
  expect(lying(stage)).toEqual(['tool']);
  expect((await stage.act('start', 'tool')).error).toBeUndefined();
});

it('what is not valid is refused with the place inside the plugin, and nothing is left', async () => {
  await using stage = await PluginStage.open({});
  const folder = await source(stage, 'web', { metadata: { version: 'one' } });
  const { error } = await stage.call('plugin.install', { path: folder });
  expect(error).toMatchObject({ code: 'invalid', name: folder });
  expect((error as { message: string }).message).toMatch(
    /^src-web-1.0.0\/plugin.json line \d+: "version" must be semver/,
  );
  expect(lying(stage)).toEqual([]);
  expect(await stage.call('plugin.install', { path: '/nowhere/at/all' })).toMatchObject({
    error: { code: 'not_found' },
  });
  expect(await stage.call('plugin.install', { path: 'relative' })).toMatchObject({
    error: { code: 'usage' },
  });
});

it('an archive with two plugins in it is refused with their names', async () => {
  await using stage = await PluginStage.open({});
  const archive = join(stage.folder, 'twotop.tar');
  const parts = ['other', 'nasty'].map((name) => ({ name: `${name}/plugin.json`, content: '{}' }));
  writeFileSync(archive, tarBytes(...parts));
  const { error } = await stage.call('plugin.install', { path: archive });
  expect(error).toMatchObject({
    code: 'invalid',
    message: 'it has two top folders: nasty, other; install one of them',
  });
  expect(lying(stage)).toEqual([]);
});

it('two installations of one plugin at once come one after the other', async () => {
  await using stage = await PluginStage.open({});
  const folders = [await source(stage, 'web'), await source(stage, 'web', { version: '2.0.0' })];
  const results = await Promise.all(folders.map((folder) => install(stage, folder)));
  const last = results.find(({ previousVersion }) => previousVersion !== null);
  expect(results.filter(({ previousVersion }) => previousVersion === null)).toHaveLength(1);
  expect(versionOf(stage, 'web')).toBe(last?.version);
  expect(lying(stage)).toEqual(['.previous', 'web']);
});

it('a rollback without an earlier version says so', async () => {
  await using stage = await PluginStage.open({});
  await install(stage, await source(stage, 'web'));
  expect(await stage.call('plugin.rollback', { plugin: 'web' })).toMatchObject({ error: { code: 'failed' } });
  for (const plugin of ['nobody', '../../etc'])
    expect(await stage.call('plugin.rollback', { plugin })).toMatchObject({ error: { code: 'not_found' } });
});

it('a removed plugin is stopped and gone, its data stay, and its version can be put back', async () => {
  await using stage = await PluginStage.open({});
  await install(stage, await source(stage, 'web'));
  await stage.act('enable', 'web');
  const { pid } = await stage.status('web');
  expect((await remove(stage, ['web'])).outcomes).toEqual([{ plugin: 'web', changed: true, state: null }]);
  expect(isRunning(Number(pid))).toBe(false);
  expect(lying(stage)).toEqual(['.previous']);
  const last = (await stage.events('web')).at(-1);
  expect(last).toMatchObject({ type: 'removed', actor: { kind: 'user' } });
  expect(existsSync(join(stage.paths.dataFolder, 'web'))).toBe(true);
  // Once more is no error, for it is so already.
  expect((await remove(stage, ['web'])).outcomes).toEqual([{ plugin: 'web', changed: false, state: null }]);
  expect(await stage.call('plugin.rollback', { plugin: 'web' })).toMatchObject({
    version: '1.0.0',
    previousVersion: null,
  });
  expect((await stage.act('start', 'web')).error).toBeUndefined();
});

it('purge removes everything that is kept of it, also when its files are gone already', async () => {
  await using stage = await PluginStage.open({});
  await install(stage, await source(stage, 'web'));
  await install(stage, await source(stage, 'web', { version: '1.1.0' }));
  await writeDropIn(stage.paths, 'web', 'nice = 1\n');
  await stage.act('start', 'web');
  await stage.call('kv.set', { plugin: 'web', key: 'a', value: '1' });
  await remove(stage, ['web']);
  expect((await remove(stage, ['web'], { purge: true })).outcomes).toMatchObject([{ changed: true }]);
  const { dataFolder, dropInFolder, pluginLogFolder } = stage.paths;
  expect(lying(stage)).toEqual([]);
  for (const folder of [dataFolder, dropInFolder, pluginLogFolder])
    expect(readdirSync(folder).filter((name) => name.startsWith('web'))).toEqual([]);
  expect((await remove(stage, ['web'])).outcomes).toMatchObject([{ error: { code: 'not_found' } }]);
  await install(stage, await source(stage, 'web'));
  expect(await stage.call('kv.get', { plugin: 'web', key: 'a' })).toMatchObject({ value: null });
});

it('what others need is not removed, unless they go as well', async () => {
  await using stage = await PluginStage.open({});
  const needsDb = (required: boolean) => ({
    api: { dependencies: [{ plugin: 'db', version: '^1.0.0', required }] },
  });
  const web = await source(stage, 'web', { metadata: needsDb(true) });
  expect((await install(stage, web)).warnings).toEqual(['web needs db ^1.0.0, and there is no db']);
  await install(stage, await source(stage, 'db'));
  await install(stage, await source(stage, 'maybe', { metadata: needsDb(false) }));
  const { warnings } = await install(stage, await source(stage, 'db', { version: '2.0.0' }), {
    dryRun: true,
  });
  expect(warnings).toContain('web needs db ^1.0.0, and this is 2.0.0');
  await stage.act('start', 'web');
  expect((await remove(stage, ['db'])).outcomes).toMatchObject([
    { plugin: 'db', changed: false, state: 'running', error: { code: 'failed', message: 'web needs it' } },
  ]);
  const { plan } = await remove(stage, ['db', 'web'], { dryRun: true });
  expect(plan?.map(({ plugin, action }) => `${action} ${plugin}`)).toEqual([
    expect.stringMatching(/web$/),
    expect.stringMatching(/db$/),
    'remove db',
    'remove web',
  ]);
  expect((await remove(stage, ['db', 'web'])).outcomes).toMatchObject([
    { plugin: 'db', changed: true },
    { plugin: 'web', changed: true },
  ]);
  expect(lying(stage)).toEqual(['.previous', 'maybe']);
});

it('a plugin that does not stop in time is not removed, and that is said', async () => {
  await using stage = await PluginStage.open({ 'ignores-term': '[stop]\ngrace_ms = 600000\n' });
  await stage.act('start', 'ignores-term');
  await stage.untilLine('ignores-term', '');
  const { outcomes } = await remove(stage, ['ignores-term'], { timeoutMs: 50 });
  expect(outcomes).toMatchObject([{ changed: false, state: 'stopping', error: { code: 'timeout' } }]);
  expect(lying(stage)).toContain('ignores-term');
  await stage.call('plugin.kill', { names: ['ignores-term'], signal: 'SIGKILL' });
});

it('torud is killed in the middle of an installation: the next one finds the old version or the new one', async () => {
  await using stage = await PluginStage.open({});
  await install(stage, await source(stage, 'web'));
  await stage.act('start', 'web');
  const { pid } = await stage.status('web');
  for (const nth of [1, 2, 3]) {
    const before = versionOf(stage, 'web');
    const next = await source(stage, 'web', { version: `2.0.${nth}` });
    const killed = killAtEvent(stage, nth);
    await using connection = await openControl(stage.paths.controlSocket);
    connection.send({ id: 1, method: 'plugin.install', params: { path: next } });
    await killed;
    await stage.rig.start();
    expect(lying(stage).filter((name) => name !== '.previous')).toEqual(['web']);
    expect([before, `2.0.${nth}`]).toContain(versionOf(stage, 'web'));
    expect(await stage.status('web')).toMatchObject({ state: 'running', pid });
    const told = (await stage.events('web')).filter(({ details }) => details.version === `2.0.${nth}`);
    expect(told).toHaveLength(versionOf(stage, 'web') === before ? 0 : 1);
  }
  await install(stage, await source(stage, 'web', { version: '3.0.0' }));
  expect(versionOf(stage, 'web')).toBe('3.0.0');
});

/** kill -9 of torud at the n-th change of the plugin folder from now on. */
async function killAtEvent(stage: PluginStage, nth: number): Promise<void> {
  const watcher = watch(stage.paths.pluginFolder);
  try {
    let seen = 0;
    await new Promise<void>((resolve) => {
      watcher.on('change', () => {
        seen += 1;
        if (seen === nth) resolve();
      });
    });
  } finally {
    watcher.close();
  }
  await stage.rig.kill();
}

it.skipIf(NEEDS_MOUNT !== '')(
  `a full disk is said in one line, and nothing is left${NEEDS_MOUNT}`,
  async () => {
    const disk = new SmallDisk(512);
    try {
      await using stage = await PluginStage.make();
      rmSync(stage.paths.pluginFolder, { recursive: true });
      symlinkSync(disk.folder, stage.paths.pluginFolder);
      await stage.rig.start();
      await install(stage, await source(stage, 'web'));
      const large = await source(stage, 'web', { version: '2.0.0' });
      await writeFile(join(large, 'data'), Buffer.alloc(1024 * 1024, 'x'));
      const { error } = await stage.call('plugin.install', { path: large });
      expect(error).toMatchObject({
        code: 'failed',
        message: expect.stringMatching(/no space left on the disk$/),
      });
      expect(lying(stage)).toEqual(['web']);
      expect(versionOf(stage, 'web')).toBe('1.0.0');
      disk.fill();
      expect(await stage.call('plugin.install', { path: large })).toMatchObject({
        error: { code: 'failed' },
      });
      expect((await stage.act('start', 'web')).error).toBeUndefined();
      await stage.act('stop', 'web');
    } finally {
      disk.remove();
    }
  },
);

it('a torud that comes after one that was killed undoes what was half done, and tells what stood', async () => {
  await using stage = await PluginStage.make();
  const { pluginFolder } = stage.paths;
  const actor = { kind: 'user', uid: 0, pid: 4242, name: 'ops' };
  const change = { type: 'installed', verb: 'install', actor, details: { version: '1.0.0' } };
  const leave = async (id: string, swap: object): Promise<void> => {
    const staging = join(pluginFolder, `.staging-${id}`);
    await mkdir(staging);
    const note = {
      kind: 'install',
      id,
      name: id,
      keptName: null,
      kept: null,
      change: { ...change, subject: id },
    };
    await writeFile(join(staging, 'swap.json'), JSON.stringify({ ...note, ...swap }));
  };
  // Stands already: what came in is in its place.
  renameSync(await source(stage, 'done'), join(pluginFolder, 'done'));
  await leave('done', { incoming: identityAt(join(pluginFolder, 'done')), current: null });
  // Half done: the old version is put away, and the new one did not come.
  await mkdir(join(pluginFolder, '.previous/half'), { recursive: true });
  renameSync(await source(stage, 'half'), join(pluginFolder, '.previous/half/half'));
  const current = identityAt(join(pluginFolder, '.previous/half/half'));
  await leave('half', { incoming: '0:1', current });
  await stage.rig.start();
  expect(lying(stage)).toEqual(['.previous', 'done', 'half']);
  expect((await stage.events()).map(({ plugin, type, reason }) => [plugin, type, reason])).toEqual([
    ['done', 'installed', 'ops (uid 0, pid 4242) ran "toru install done"'],
  ]);
  expect((await stage.act('start', 'half')).error).toBeUndefined();
});
