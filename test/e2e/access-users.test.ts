/** What real users of the machine may do, by the rules of torud.toml: real sockets, real uids, real programs. */

import { chmod, readFile, stat } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliResult, runToru } from '../rig/cli-rig.ts';
import { writeConfig } from '../rig/plugin-fixture.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

const IS_ROOT = process.getuid?.() === 0;
const WHY_NOT = IS_ROOT ? '' : ' (skipped: only root can become other users)';
/** Numbers that need no account. */
const OPS = 61_001;
const VIEWER = 61_002;
const STRANGER = 61_003;
const WEB_GROUP = 61_900;

const RULES = `
[[access]]
uid = ${OPS}
role = "operate"
plugins = "web-*"
[[access]]
gid = ${WEB_GROUP}
role = "view"
`;

let stage: PluginStage;

beforeAll(async () => {
  if (!IS_ROOT) return;
  stage = await PluginStage.open({ 'sleeper/web-a': '', 'sleeper/web-b': '', 'sleeper/db': '' });
  // Made 0700 for the test's own user.
  await chmod(stage.folder, 0o755);
});

afterAll(async () => {
  if (IS_ROOT) await stage[Symbol.asyncDispose]();
});

function toruAs(uid: number, args: readonly string[], gid = uid): Promise<CliResult> {
  return runToru(stage.folder, args, { uid, gid });
}

async function setRules(text: string): Promise<CliResult> {
  await writeConfig(stage.paths, `[defaults.start]\nseconds = 0\n${text}`);
  return runToru(stage.folder, ['daemon', 'reload']);
}

async function socketMode(): Promise<number> {
  return (await stat(stage.paths.controlSocket)).mode & 0o777;
}

test.skipIf(!IS_ROOT)(
  `without rules nobody outside the socket's group gets in, with exit code 4${WHY_NOT}`,
  async () => {
    await setRules('');
    expect(await socketMode()).toBe(0o660);
    const refused = await toruAs(OPS, ['list']);
    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(refused.stderr).toMatch(/^toru: list: not permitted to use .*control\.sock; [^\n]+\n$/);
  },
);

test.skipIf(!IS_ROOT)(
  `a rule over some plugins lets its user operate those and view the rest${WHY_NOT}`,
  async () => {
    expect(await setRules(RULES)).toMatchObject({ code: 0 });
    expect(await socketMode()).toBe(0o666);
    expect(await toruAs(OPS, ['start', 'web-a'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const some = await toruAs(OPS, ['start', 'db', 'web-b', 'nix']);
    expect(some.code).toBe(4);
    expect(some.stderr.trim().split('\n')).toEqual([
      `toru: start db: uid ${OPS} may view, and plugin.start needs operate; use sudo, or have an [[access]] rule in torud.toml give it`,
      'toru: start nix: there is no such plugin; toru list shows all of them',
    ]);
    expect((await toruAs(OPS, ['is-active', 'web-a', 'web-b', 'db'])).stdout).toBe(
      'running\nrunning\nstopped\n',
    );
    expect(await toruAs(OPS, ['show', 'db'])).toMatchObject({ stderr: '' });
    expect(await toruAs(OPS, ['kv', 'set', 'web-a', 'k', 'v'])).toMatchObject({ code: 0 });
    expect(await toruAs(OPS, ['kv', 'set', 'db', 'k', 'v'])).toMatchObject({ code: 4 });
    expect(await toruAs(OPS, ['scan'])).toMatchObject({ code: 4 });
  },
);

test.skipIf(!IS_ROOT)(`--all and patterns act where they may and report the rest${WHY_NOT}`, async () => {
  await setRules(RULES);
  const stopped = await toruAs(OPS, ['stop', '--all', '-o', 'json']);
  expect(stopped.code).toBe(4);
  const { outcomes } = JSON.parse(stopped.stdout) as {
    outcomes: readonly { plugin: string; state: string; error?: { code: string } }[];
  };
  expect(outcomes.map(({ plugin, error }) => [plugin, error?.code])).toEqual([
    ['db', 'denied'],
    ['web-a', undefined],
    ['web-b', undefined],
  ]);
  expect(await toruAs(OPS, ['start', 'web-*'])).toMatchObject({ code: 0 });
  expect(await toruAs(OPS, ['stop', 'd*'])).toMatchObject({ code: 4 });
});

test.skipIf(!IS_ROOT)(
  `a view rule views and changes nothing; whom no rule names is turned away${WHY_NOT}`,
  async () => {
    await setRules(RULES);
    expect((await toruAs(VIEWER, ['list', '-o', 'value'], WEB_GROUP)).stdout).toBe('db\nweb-a\nweb-b\n');
    for (const args of [
      ['stop', 'web-a'],
      ['daemon', 'stop'],
      ['kv', 'get', 'web-a', 'k'],
      ['daemon', 'log-level', 'debug'],
    ])
      expect(await toruAs(VIEWER, args, WEB_GROUP)).toMatchObject({ code: 4, stdout: '' });
    const stranger = await toruAs(STRANGER, ['list', '--json']);
    expect(stranger.code).toBe(4);
    expect(JSON.parse(stranger.stderr)).toMatchObject({ error: { code: 'denied' } });
  },
);

test.skipIf(!IS_ROOT)(
  `a reload shuts the socket again, and status says who asks and what ails a rule${WHY_NOT}`,
  async () => {
    await setRules(RULES);
    const args = ['daemon', 'status', '--json'];
    const access = async (uid: number): Promise<unknown> =>
      JSON.parse((await toruAs(uid, args)).stdout).daemon.caller;
    expect(await access(OPS)).toEqual({
      uid: OPS,
      role: 'view',
      rules: [{ role: 'operate', plugins: 'web-*' }],
    });
    await setRules(`[[access]]\nuser = "toru-nobody-at-all"\nrole = "admin"\n`);
    expect(await socketMode()).toBe(0o660);
    const { daemon } = JSON.parse((await runToru(stage.folder, args)).stdout);
    expect(daemon.caller).toMatchObject({ uid: 0, role: 'admin' });
    expect(daemon.problems.join('\n')).toContain('there is no user toru-nobody-at-all');
  },
);

test.skipIf(!IS_ROOT)(
  `denials and changes stand in the audit with who it was, denials also in the log${WHY_NOT}`,
  async () => {
    await setRules(RULES);
    await toruAs(OPS, ['restart', 'db']);
    await toruAs(OPS, ['restart', 'web-a']);
    const audit = await runToru(stage.folder, ['events', '--type', 'audit', '--json']);
    const entries = (
      JSON.parse(audit.stdout) as {
        events: readonly {
          actor: { uid: number };
          details: { method: string; params: unknown; result: object };
        }[];
      }
    ).events;
    const mine = entries.filter(
      ({ actor, details }) => actor.uid === OPS && details.method === 'plugin.restart',
    );
    expect(mine.map(({ details }) => JSON.stringify(details.result).includes('denied'))).toEqual([
      true,
      false,
    ]);
    const log = await readFile(stage.paths.supervisorLog, 'utf8');
    expect(log).toMatch(new RegExp(`"event":"denied","plugin":"db","method":"plugin.restart".*"uid":${OPS}`));
  },
);
