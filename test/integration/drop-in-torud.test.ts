/** An admin's settings for a plugin, read and replaced through torud. */

import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { SetDropInResult } from '../../src/protocol/control/install.ts';
import { writeDropIn } from '../rig/plugin-fixture.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

async function set(stage: PluginStage, text: string, more: object = {}) {
  const answer = await stage.call('plugin.setDropIn', { plugin: 'sleeper', text, ...more });
  return answer as unknown as SetDropInResult & { error?: { code: string; message: string } };
}

function fileOf(stage: PluginStage): string {
  return join(stage.paths.dropInFolder, 'sleeper.toml');
}

it('a new drop-in is written whole and is in force at once, with an event that says by whom', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  const absent = await stage.call('plugin.dropIn', { plugin: 'sleeper' });
  expect(absent).toEqual({ path: fileOf(stage), text: null, digest: '' });
  const result = await set(stage, 'nice = 3\n[restart]\nlimit = 4\n', { ifDigest: '' });
  expect(result).toEqual({ changed: true, settings: ['restart.limit', 'nice'], needsRestart: false });
  expect(readdirSync(stage.paths.dropInFolder)).toEqual(['sleeper.toml']);
  expect(statSync(fileOf(stage)).mode & 0o777).toBe(0o644);
  const { properties } = await stage.call('plugin.show', { plugin: 'sleeper' });
  expect(properties).toMatchObject({ nice: 3, 'restart.limit': 4 });
  const changed = (await stage.events('sleeper')).filter(({ type }) => type === 'changed');
  expect(changed).toMatchObject([
    { actor: { kind: 'user' }, details: { settings: ['restart.limit', 'nice'] } },
  ]);
  expect(changed[0]?.reason).toMatch(/ran "toru edit sleeper"$/);
});

it('the audit has the size of the text and nothing of it', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await set(stage, '[environment]\nTOKEN = "hunter2"\n');
  expect(statSync(fileOf(stage)).mode & 0o777).toBe(0o600);
  const entries: unknown[] = [];
  for await (const item of stage.items('audit.read', {})) entries.push(item.entries);
  expect(JSON.stringify(entries)).toMatch(/plugin.setDropIn/);
  expect(JSON.stringify([entries, await stage.events('sleeper')])).not.toMatch(/hunter2/);
});

it('a wrong text is refused with its line, and the file stays as it is', async () => {
  await using stage = await PluginStage.open({ sleeper: 'nice = 1\n' });
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['nice = 1\n\nnice = \n', /^plugins.d\/sleeper.toml line 3: not TOML/],
    ['# fine\nnice = 99\n', /^plugins.d\/sleeper.toml line 2: "nice" must be .* not 99$/],
    ['nic = 1\n', /unknown key "nic"/],
    ['nice = 99\numask = "x"\n', /\(and 1 more\)$/],
    ['command = ["/nowhere"]\n', /line 1: "command" names \/nowhere, which does not exist/],
  ];
  for (const [text, reason] of wrong) {
    const { error } = await set(stage, text);
    expect(error).toMatchObject({ code: 'invalid', message: expect.stringMatching(reason) });
  }
  expect(readFileSync(fileOf(stage), 'utf8')).toBe('nice = 1\n');
  expect((await stage.status('sleeper')).state).toBe('stopped');
});

it('of two who began with the same text the second is told, and loses nothing of the first', async () => {
  await using stage = await PluginStage.open({ sleeper: 'nice = 1\n' });
  const { digest } = await stage.call('plugin.dropIn', { plugin: 'sleeper' });
  const answers = await Promise.all(
    ['nice = 2\n', 'nice = 3\n'].map((text) => set(stage, text, { ifDigest: digest })),
  );
  expect(answers.map(({ error }) => error?.code)).toEqual([undefined, 'conflict']);
  expect(readFileSync(fileOf(stage), 'utf8')).toBe('nice = 2\n');
});

it('a drop-in that made its plugin invalid can be mended, and an empty text removes it', async () => {
  await using stage = await PluginStage.open({ sleeper: 'nonsense = 1\n' });
  expect((await stage.status('sleeper')).state).toBe('invalid');
  expect(await set(stage, 'nice = 1\n')).toMatchObject({ changed: true });
  expect((await stage.status('sleeper')).state).toBe('stopped');
  expect(await set(stage, '')).toMatchObject({ changed: true, settings: ['nice'] });
  expect(existsSync(fileOf(stage))).toBe(false);
  expect(await set(stage, '')).toMatchObject({ changed: false });
});

it('a running plugin goes on as it is, and the answer says that it takes them at its next start', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
  const { pid } = await stage.status('sleeper');
  expect(await set(stage, 'nice = 2\n')).toMatchObject({ needsRestart: true });
  expect(await set(stage, 'nice = 2\n# why\n')).toMatchObject({
    changed: true,
    settings: [],
    needsRestart: false,
  });
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running', pid });
});

it('a dry run checks and writes nothing; what is not there or not known is said', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  expect(await set(stage, 'nice = 2\n', { dryRun: true })).toMatchObject({
    changed: true,
    settings: ['nice'],
  });
  expect(existsSync(fileOf(stage))).toBe(false);
  for (const plugin of ['nobody', '../../x'])
    expect(await stage.call('plugin.setDropIn', { plugin, text: '' })).toMatchObject({
      error: { code: 'not_found' },
    });
});

it('the mode stays, and a file that is a link stays one', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await writeDropIn(stage.paths, 'sleeper', 'nice = 1\n');
  chmodSync(fileOf(stage), 0o640);
  const real = join(stage.folder, 'kept-elsewhere.toml');
  renameSync(fileOf(stage), real);
  symlinkSync(real, fileOf(stage));
  await set(stage, 'nice = 2\n');
  expect(readFileSync(real, 'utf8')).toBe('nice = 2\n');
  expect(statSync(real).mode & 0o777).toBe(0o640);
  const { properties } = await stage.call('plugin.show', { plugin: 'sleeper' });
  expect(properties).toMatchObject({ nice: 2 });
});
