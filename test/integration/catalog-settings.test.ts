import { rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/daemon/base/config.ts';
import { ScratchCatalog } from '../fixtures/catalog/scratch-catalog.ts';

test('a scan reads drop-ins again, and a wrong one makes its plugin invalid with file and line', async () => {
  const scratch = new ScratchCatalog();
  scratch.putPlugin('web');
  scratch.putPlugin('db');
  await scratch.catalog.scan();
  scratch.putDropIn('web', '[restart]\n\ndelay_ms = [1]');
  const result = await scratch.catalog.scan();
  expect(result).toEqual({
    added: [],
    changed: [],
    removed: [],
    refused: [
      {
        id: 'web',
        path: scratch.at('web'),
        reason: 'plugins.d/web.toml line 3: unknown key "delay_ms" in [restart]; did you mean "delays_ms"?',
      },
    ],
  });
  expect(scratch.ids()).toEqual(['db']);
  scratch.putDropIn('web', '[restart]\ndelays_ms = [1]');
  expect((await scratch.catalog.scan()).added).toEqual(['web']);
  expect(scratch.catalog.get('web')?.settings.restart.delaysMs).toEqual([1]);
});

test('a drop-in names the command, and where it is wrong', async () => {
  const scratch = new ScratchCatalog();
  scratch.putPlugin('web', { command: ['web'] });
  const file = scratch.putDropIn('web', 'command = ["sh", "-c", "exit"]');
  await scratch.catalog.scan();
  expect(scratch.catalog.get('web')?.command).toEqual(['/usr/bin/sh', '-c', 'exit']);
  expect(scratch.catalog.get('web')?.origins).toContainEqual({
    key: 'command',
    value: ['/usr/bin/sh', '-c', 'exit'],
    source: file,
  });
  scratch.putDropIn('web', '\ncommand = ["bin/none"]');
  await scratch.catalog.scan();
  expect(scratch.reasons().web).toBe(
    'plugins.d/web.toml line 2: "command" names bin/none, which does not exist in plugins/web',
  );
});

test('a reload gives the ids whose settings are others now', async () => {
  const scratch = new ScratchCatalog();
  for (const id of ['a', 'b', 'c']) scratch.putPlugin(id);
  scratch.putDropIn('b', 'nice = 1');
  await scratch.catalog.scan();
  expect(await scratch.catalog.reloadSettings()).toEqual({ ok: true, value: [] });
  scratch.putDropIn('a', 'nice = 2');
  rmSync(scratch.putDropIn('b', ''));
  expect(await scratch.catalog.reloadSettings()).toEqual({ ok: true, value: ['a', 'b'] });
  expect(scratch.published.at(-1)).toMatchObject({ added: [], changed: ['a', 'b'], removed: [] });
  writeFileSync(scratch.paths.configFile, '[defaults.stop]\ngrace = 3');
  const config = await loadConfig(scratch.paths.configFile);
  if (!config.ok) throw new Error(config.failure.message);
  scratch.config = config.value;
  expect(await scratch.catalog.reloadSettings()).toEqual({ ok: true, value: ['a', 'b', 'c'] });
  expect(scratch.catalog.get('c')?.origins).toContainEqual({
    key: 'stop.grace_ms',
    value: 3000,
    source: scratch.paths.configFile,
  });
});

test('a reload with an error changes nothing and names every fault', async () => {
  const scratch = new ScratchCatalog();
  for (const id of ['a', 'b']) scratch.putPlugin(id);
  await scratch.catalog.scan();
  const before = scratch.catalog.entries();
  scratch.putDropIn('a', 'nice = 5');
  scratch.putDropIn('b', 'nice = 50\numsk = "022"');
  scratch.putDropIn('not-there', '[');
  const reloaded = await scratch.catalog.reloadSettings();
  if (reloaded.ok) throw new Error('it was taken');
  expect(reloaded.failure.map((problem) => problem.message)).toEqual([
    'plugins.d/b.toml line 1: "nice" must be a whole number from -20 to 19, not 50',
    'plugins.d/b.toml line 2: unknown key "umsk"; did you mean "umask"?',
    expect.stringMatching(/^plugins\.d\/not-there\.toml line 1: not TOML: /),
  ]);
  expect(scratch.catalog.entries()).toEqual(before);
  expect(scratch.published).toHaveLength(1);
});
