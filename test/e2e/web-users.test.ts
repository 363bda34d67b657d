/** The HTTP module and plugins as users of their own, kept apart by the kernel: real uids, real sockets, real requests. */

import { spawnSync } from 'node:child_process';
import { chmod, copyFile, cp, lstat, mkdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundlePlugin } from '../rig/plugin-bundle.ts';
import { writeDropIn } from '../rig/plugin-fixture.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { CHECKOUT } from '../rig/programs.ts';

const IS_ROOT = process.getuid?.() === 0;
const WHY_NOT = IS_ROOT ? '' : ' (skipped: only root can become other users)';
/** Numbers that need no account. */
const WEB = 61_101;
const ANSWERS = 61_102;
const STRANGER = 61_103;
const WEB_GROUP = 61_190;
const PASSWORD = 'correct horse battery';

const CONFIG = `
[daemon]
plugin_socket_group = ${WEB_GROUP}
[[access]]
uid = ${WEB}
role = "admin"
`;
const WEB_DROP_IN = `user = ${WEB}\ngroup = ${WEB_GROUP}\n[environment]\nSTEERING_PORT = "0"\nADMIN_PASSWORD = "${PASSWORD}"\n`;

let stage: PluginStage;
let url = '';
let cookie = '';

/** The plugin of test/fixtures/web under an id of its own. */
async function installAnswers(id: string, isServing: boolean, dropIn = ''): Promise<void> {
  const folder = join(stage.paths.pluginFolder, id);
  await mkdir(folder, { mode: 0o755 });
  await bundlePlugin('plugins/sdk/index.ts', join(folder, 'sdk.cjs'));
  await copyFile(join(CHECKOUT, 'test/fixtures/web/answers.cjs'), join(folder, 'answers.cjs'));
  await chmod(join(folder, 'answers.cjs'), 0o755);
  if (dropIn !== '') await writeDropIn(stage.paths, id, dropIn);
  const metadata = { id, name: id, version: '1.0.0', command: ['answers.cjs'], http_socket: isServing };
  await writeFile(join(folder, 'plugin.json'), JSON.stringify(metadata));
}

beforeAll(async () => {
  if (!IS_ROOT) return;
  stage = await PluginStage.make(CONFIG);
  await chmod(stage.folder, 0o755);
  await cp(join(CHECKOUT, 'dist/plugins/web'), join(stage.paths.pluginFolder, 'web'), { recursive: true });
  await writeDropIn(stage.paths, 'web', WEB_DROP_IN);
  await installAnswers('as-root', false);
  await installAnswers('as-root-http', true);
  await installAnswers('as-other', false, `user = ${ANSWERS}\numask = "077"\n`);
  await installAnswers('as-other-http', true, `user = ${ANSWERS}\n`);
  await stage.install('echo-stdio', `user = ${ANSWERS}\n`);
  await stage.rig.start();
  for (const id of ['as-root', 'as-root-http', 'as-other', 'as-other-http', 'echo-stdio', 'web']) {
    const { error } = await stage.act('enable', id);
    if (error !== undefined) throw new Error(`${id}: ${JSON.stringify(error)}`);
  }
  const log = await readFile(join(stage.paths.pluginLogFolder, 'web.log'), 'utf8');
  url = /listening on (http:[^" ]+)/.exec(log)?.[1] ?? '';
  const answer = await fetch(`${url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: PASSWORD }),
  });
  cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
});

afterAll(async () => {
  if (IS_ROOT) await stage[Symbol.asyncDispose]();
});

/** What a shell of that user answers: its exit code. */
function shellAs(uid: number, script: string, gid = uid): { code: number | null; stderr: string } {
  const { status, stderr } = spawnSync('/bin/sh', ['-c', script], { uid, gid, encoding: 'utf8' });
  return { code: status, stderr };
}

/** Whether somebody may connect to a socket: `connected`, or the name of the error. */
function connectAs(uid: number, path: string, gid = uid): string {
  const program = `const s = require('node:net').connect(process.argv[1], () => { console.log('connected'); s.destroy(); });
    s.on('error', (e) => console.log(e.code));`;
  return spawnSync(process.execPath, ['-e', program, path], { uid, gid, encoding: 'utf8' }).stdout.trim();
}

test.skipIf(!IS_ROOT)(
  `the module runs as a user of its own, and asks torud as that user${WHY_NOT}`,
  async () => {
    const { pid } = await stage.status('web');
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(new RegExp(`^Uid:\\t${WEB}\\t${WEB}\\t${WEB}\\t${WEB}$`, 'm'));
    const answer = await fetch(`${url}/api/plugins`, { headers: { cookie } });
    expect(answer.status).toBe(200);
    const log = await readFile(join(stage.paths.pluginLogFolder, 'web.log'), 'utf8');
    expect(log).not.toContain('runs as root');
  },
);

test.skipIf(!IS_ROOT)(`it reaches plugins of root and of other users, both ways${WHY_NOT}`, async () => {
  for (const id of ['as-root', 'as-root-http', 'as-other', 'as-other-http']) {
    const answer = await fetch(`${url}/api/plugins/${id}/answers/echo`, { headers: { cookie } });
    expect([id, answer.status]).toEqual([id, 200]);
  }
});

test.skipIf(!IS_ROOT)(`it goes on reaching a plugin that was restarted${WHY_NOT}`, async () => {
  for (const id of ['as-other', 'as-other-http']) {
    expect((await stage.act('restart', id)).error).toBeUndefined();
    const answer = await fetch(`${url}/api/plugins/${id}/answers/echo`, { headers: { cookie } });
    expect([id, answer.status]).toEqual([id, 200]);
  }
});

test.skipIf(!IS_ROOT)(`nobody else reaches a plugin's sockets${WHY_NOT}`, async () => {
  for (const name of ['as-root.sock', 'as-root-http.http.sock', 'as-other.sock', 'as-other-http.http.sock']) {
    const path = join(stage.paths.pluginSocketFolder, name);
    expect([name, connectAs(STRANGER, path)]).toEqual([name, 'EACCES']);
    expect([name, connectAs(WEB, path, WEB_GROUP)]).toEqual([name, 'connected']);
  }
  // The bridge of a plugin that speaks over stdio is torud's alone.
  const bridge = join(stage.paths.pluginSocketFolder, 'echo-stdio.sock');
  expect(connectAs(WEB, bridge, WEB_GROUP)).toBe('EACCES');
  // Another plugin's user is a stranger too.
  expect(connectAs(ANSWERS, join(stage.paths.pluginSocketFolder, 'as-root.sock'))).toBe('EACCES');
});

test.skipIf(!IS_ROOT)(
  `the documented path leads to the socket in the plugin's own folder${WHY_NOT}`,
  async () => {
    const path = join(stage.paths.pluginSocketFolder, 'as-other.sock');
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect((await stat(path)).isSocket()).toBe(true);
    const own = join(stage.paths.runFolder, 'sockets/as-other');
    expect(join(stage.paths.pluginSocketFolder, await readlink(path))).toBe(join(own, 'sock'));
    expect(await stat(own)).toMatchObject({ uid: ANSWERS, gid: WEB_GROUP, mode: 0o40710 });
  },
);

test.skipIf(!IS_ROOT)(`no plugin's user can make a socket in the place of another's${WHY_NOT}`, () => {
  for (const path of [
    join(stage.paths.pluginSocketFolder, 'not-there-yet.sock'),
    join(stage.paths.pluginSocketFolder, 'as-root.sock'),
    join(stage.paths.runFolder, 'sockets/not-there-yet'),
    join(stage.paths.runFolder, 'sockets/web/more'),
  ]) {
    const made = shellAs(ANSWERS, `: > "${path}"`);
    expect([path, made.code]).not.toEqual([path, 0]);
    expect(made.stderr).toContain('ermission denied');
  }
});

test.skipIf(!IS_ROOT)(
  `torud follows no link that a plugin's user puts in the place of its socket${WHY_NOT}`,
  async () => {
    const own = join(stage.paths.runFolder, 'sockets/as-other');
    const aim = join(stage.paths.pluginSocketFolder, 'as-root.sock');
    const before = await stat(aim);
    const { pid } = await stage.status('as-other');
    expect(shellAs(ANSWERS, `rm "${own}/sock" && ln -s "${aim}" "${own}/sock"`, WEB_GROUP).code).toBe(0);
    expect(
      shellAs(ANSWERS, `rm -f "${own}/http"; ln -s "${stage.paths.configFile}" "${own}/http"`).code,
    ).toBe(0);
    const config = await stat(stage.paths.configFile);
    // A torud that takes the plugin over looks at what is there by now.
    await stage.rig.kill();
    await stage.rig.start();
    expect((await stage.status('as-root')).state).toBe('running');
    expect((await stage.status('as-other')).pid).toBe(pid);
    expect(await stat(aim)).toMatchObject({ uid: before.uid, gid: before.gid, mode: before.mode });
    expect(await stat(stage.paths.configFile)).toMatchObject({ gid: config.gid, mode: config.mode });
    expect((await stage.act('restart', 'as-other')).error).toBeUndefined();
    expect((await lstat(join(own, 'sock'))).isSocket()).toBe(true);
  },
);
