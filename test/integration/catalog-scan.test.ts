import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ScratchCatalog } from '../fixtures/catalog/scratch-catalog.ts';

/** A program that answers --metadata and counts how often it was asked, in `counter`. */
function asked(id: string, counter: string): string {
  return `#!/bin/sh\necho asked >> '${counter}'\necho '{"id":"${id}","name":"${id}","version":"1.0.0","transport":"none"}'\n`;
}

function linesOf(file: string): number {
  try {
    return readFileSync(file, 'utf8').split('\n').length - 1;
  } catch {
    return 0;
  }
}

test('the plugin folder is made when it is missing', async () => {
  const scratch = new ScratchCatalog();
  await scratch.catalog.start();
  await scratch.catalog.whenWatching();
  scratch.putPlugin('web');
  expect((await scratch.catalog.scan()).added).toEqual(['web']);
});

test('a preview says what a scan would find, and changes and publishes nothing', async () => {
  const scratch = new ScratchCatalog();
  scratch.putPlugin('web');
  await scratch.catalog.scan();
  scratch.published.length = 0;
  scratch.putPlugin('db');
  rmSync(scratch.at('web'), { recursive: true });
  const foreseen = { added: ['db'], changed: [], removed: ['web'], refused: [] };
  expect(await scratch.catalog.preview()).toEqual(foreseen);
  expect(scratch.catalog.entries().map(({ id }) => id)).toEqual(['web']);
  expect(scratch.published).toEqual([]);
  expect(await scratch.catalog.scan()).toEqual(foreseen);
});

test('plugins are found by plugin.json, by --metadata of a folder, and by --metadata of a lone program', async () => {
  const scratch = new ScratchCatalog();
  scratch.putPlugin('with-manifest', { command: ['with-manifest', '--serve'] });
  scratch.put('folder/plugin', asked('in-folder', '/dev/null'), 0o755);
  scratch.put('folder/notes.txt', 'nothing');
  scratch.put('lone', asked('lone', '/dev/null'), 0o755);
  const result = await scratch.catalog.scan();
  expect(result).toEqual({
    added: ['in-folder', 'lone', 'with-manifest'],
    changed: [],
    removed: [],
    refused: [],
  });
  expect(scratch.catalog.get('with-manifest')).toMatchObject({
    path: scratch.at('with-manifest'),
    folder: scratch.at('with-manifest'),
    command: [scratch.at('with-manifest/with-manifest'), '--serve'],
    metadata: { transport: 'socket', protocol: 1, runtime: 'process', description: '', http_socket: false },
  });
  expect(scratch.catalog.get('in-folder')?.command).toEqual([scratch.at('folder/plugin')]);
  expect(scratch.catalog.get('lone')).toMatchObject({
    path: scratch.at('lone'),
    folder: scratch.at(),
    command: [scratch.at('lone')],
  });
  expect(scratch.published).toEqual([result]);
});

test('the program of a folder is the one named like it, else plugin, else the only executable one', async () => {
  const scratch = new ScratchCatalog();
  const manifest = (id: string): string => JSON.stringify({ id, name: id, version: '1.0.0' });
  for (const name of ['one', 'plugin', 'zzz']) scratch.put(`one/${name}`, '#!/bin/sh\n', 0o755);
  for (const name of ['aaa', 'plugin']) scratch.put(`two/${name}`, '#!/bin/sh\n', 0o755);
  scratch.put('three/run-me', '#!/bin/sh\n', 0o755);
  scratch.put('three/.hidden', '#!/bin/sh\n', 0o755);
  for (const name of ['aaa', 'bbb']) scratch.put(`four/${name}`, '#!/bin/sh\n', 0o755);
  for (const name of ['one', 'two', 'three', 'four']) scratch.put(`${name}/plugin.json`, manifest(name));
  await scratch.catalog.scan();
  expect(scratch.catalog.entries().map((entry) => entry.command)).toEqual([
    [scratch.at('one/one')],
    [scratch.at('three/run-me')],
    [scratch.at('two/plugin')],
  ]);
  expect(scratch.reasons().four).toBe(
    'plugins/four has no program: none named "four" or "plugin", and 2 executable files of other names; name it by "command" in plugin.json',
  );
});

test('a bare command is looked up in the system folders when the plugin has no file of that name', async () => {
  const scratch = new ScratchCatalog();
  scratch.putPlugin('shell', { command: ['sh', '-c', 'exit 0'] });
  scratch.putPlugin('absolute', { command: ['/bin/sh'] });
  scratch.putPlugin('nowhere', { command: ['no-such-program-at-all'] });
  scratch.putPlugin('escapes', { command: ['../shell/shell'] });
  scratch.putPlugin('missing', { command: ['bin/run'] });
  await scratch.catalog.scan();
  expect(scratch.catalog.get('shell')?.command).toEqual(['/usr/bin/sh', '-c', 'exit 0']);
  expect(scratch.catalog.get('absolute')?.command).toEqual(['/bin/sh']);
  expect(scratch.reasons()).toEqual({
    escapes: `plugins/shell/shell leads out of the plugin's folder, to ${scratch.at('shell/shell')}`,
    missing:
      'plugins/missing/plugin.json line 5: "command" names bin/run, which does not exist in plugins/missing',
    nowhere: expect.stringMatching(
      /^plugins\/nowhere\/plugin.json line 5: "command" names no-such-program-at-all, which is neither in plugins\/nowhere nor in \/usr/,
    ),
  });
});

test('a rescan of what was not changed runs no program and publishes nothing', async () => {
  const scratch = new ScratchCatalog();
  const counter = join(scratch.root, 'counter');
  scratch.put('lone', asked('lone', counter), 0o755);
  await scratch.catalog.scan();
  const before = scratch.catalog.get('lone');
  const again = await scratch.catalog.scan();
  expect(again).toEqual({ added: [], changed: [], removed: [], refused: [] });
  expect(scratch.catalog.get('lone')).toBe(before);
  expect(linesOf(counter)).toBe(1);
  expect(scratch.published).toHaveLength(1);
});

test('a program is not asked again because something else in its folder changed', async () => {
  const scratch = new ScratchCatalog();
  const counter = join(scratch.root, 'counter');
  scratch.put('web/web', asked('web', counter), 0o755);
  await scratch.catalog.scan();
  scratch.put('web/cache.dat', 'something that the plugin wrote');
  expect(await scratch.catalog.scan()).toMatchObject({ added: [], changed: [], removed: [] });
  expect(linesOf(counter)).toBe(1);
  scratch.put('web/web', `${asked('web', counter)}# changed\n`, 0o755);
  expect((await scratch.catalog.scan()).changed).toEqual(['web']);
  expect(linesOf(counter)).toBe(2);
});

test('a program that gave no good metadata is asked again by a scan that a person wants', async () => {
  const scratch = new ScratchCatalog();
  const switchFile = join(scratch.root, 'installed');
  const id = '{"id":"late","name":"late","version":"1.0.0"}';
  scratch.put(
    'late',
    `#!/bin/sh\n[ -e '${switchFile}' ] || { echo 'no library yet' >&2; exit 3; }\necho '${id}'\n`,
    0o755,
  );
  await scratch.catalog.scan();
  expect(scratch.reasons().late).toBe('plugins/late --metadata exited with 3: no library yet');
  writeFileSync(switchFile, '');
  expect((await scratch.catalog.scan()).added).toEqual(['late']);
});

test('a changed program or manifest gives a new digest and counts as changed', async () => {
  const scratch = new ScratchCatalog();
  scratch.putPlugin('web');
  await scratch.catalog.scan();
  const first = scratch.catalog.get('web')?.digest;
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  scratch.put('web/web', '#!/bin/sh\nexec sleep 2000\n', 0o755);
  expect((await scratch.catalog.scan()).changed).toEqual(['web']);
  const second = scratch.catalog.get('web')?.digest;
  scratch.putPlugin('web', { description: 'other' });
  expect((await scratch.catalog.scan()).changed).toEqual(['web']);
  expect(new Set([first, second, scratch.catalog.get('web')?.digest]).size).toBe(3);
  rmSync(scratch.at('web'), { recursive: true });
  expect((await scratch.catalog.scan()).removed).toEqual(['web']);
  expect(scratch.catalog.get('web')).toBeUndefined();
});

test('a touched file with the same content is no change', async () => {
  const scratch = new ScratchCatalog();
  scratch.putPlugin('web');
  await scratch.catalog.scan();
  scratch.putPlugin('web');
  expect((await scratch.catalog.scan()).changed).toEqual([]);
  expect(scratch.published).toHaveLength(1);
});

test('a symbolic link is followed, also to another target later', async () => {
  const scratch = new ScratchCatalog();
  for (const version of ['1.0.0', '2.0.0']) {
    const folder = join(scratch.root, `web-${version}`);
    mkdirSync(folder);
    writeFileSync(join(folder, 'plugin.json'), JSON.stringify({ id: 'web', name: 'web', version }));
    writeFileSync(join(folder, 'web'), '#!/bin/sh\n', { mode: 0o755 });
  }
  mkdirSync(scratch.at(), { recursive: true });
  symlinkSync(join(scratch.root, 'web-1.0.0'), scratch.at('web'));
  symlinkSync('/nowhere/at/all', scratch.at('dangling'));
  await scratch.catalog.scan();
  expect(scratch.catalog.get('web')).toMatchObject({
    path: scratch.at('web'),
    folder: join(scratch.root, 'web-1.0.0'),
    command: [join(scratch.root, 'web-1.0.0/web')],
  });
  expect(scratch.reasons()).toEqual({ dangling: 'plugins/dangling is a symbolic link that leads nowhere' });
  symlinkSync(join(scratch.root, 'web-2.0.0'), scratch.at('.next'));
  renameSync(scratch.at('.next'), scratch.at('web'));
  expect((await scratch.catalog.scan()).changed).toEqual(['web']);
  expect(scratch.catalog.get('web')?.metadata.version).toBe('2.0.0');
});

test('of two plugins with one id the known one keeps it, else the first by name, and both paths are named', async () => {
  const scratch = new ScratchCatalog();
  scratch.putPlugin('b-web', { id: 'web' });
  await scratch.catalog.scan();
  scratch.putPlugin('a-web', { id: 'web' });
  scratch.putPlugin('y', { id: 'twin' });
  scratch.putPlugin('x', { id: 'twin' });
  await scratch.catalog.scan();
  expect(scratch.catalog.get('web')?.path).toBe(scratch.at('b-web'));
  expect(scratch.catalog.get('twin')?.path).toBe(scratch.at('x'));
  expect(scratch.reasons()).toEqual({
    'a-web': 'plugins/a-web: the id "web" is already that of plugins/b-web; an id is there once',
    y: 'plugins/y: the id "twin" is already that of plugins/x; an id is there once',
  });
});

test('hidden names and what editors and installers leave are not looked at', async () => {
  const scratch = new ScratchCatalog();
  for (const name of ['.git', 'web~', 'web.tmp', 'web.new', 'web.old']) scratch.put(name, 'nothing of ours');
  await scratch.catalog.scan();
  expect(scratch.catalog.refusals()).toEqual([]);
});

test('a plugin folder that is away keeps the catalogue as it was', async () => {
  const scratch = new ScratchCatalog();
  scratch.putPlugin('web');
  await scratch.catalog.scan();
  renameSync(scratch.at(), `${scratch.at()}-away`);
  expect((await scratch.catalog.scan()).removed).toEqual([]);
  expect(scratch.ids()).toEqual(['web']);
  expect(scratch.log.entries.at(-1)).toMatchObject({
    event: 'plugin-folder-unreadable',
    fields: { error: 'ENOENT: no such file or directory' },
  });
});

test('scans asked for while one runs share the next one', async () => {
  const scratch = new ScratchCatalog();
  scratch.putPlugin('web');
  const first = scratch.catalog.scan();
  const second = scratch.catalog.scan();
  await Promise.resolve();
  const third = scratch.catalog.scan();
  expect(await first).toMatchObject({ added: ['web'] });
  expect(await second).toMatchObject({ added: ['web'] });
  expect(await third).toMatchObject({ added: [] });
});

test('a scan asked for while one runs sees what was put there after that one began', async () => {
  const scratch = new ScratchCatalog();
  const gate = join(scratch.root, 'gate');
  const answer = '{"id":"slow","name":"slow","version":"1.0.0"}';
  scratch.put('slow', `#!/bin/sh\nread line < '${gate}'\necho '${answer}'\n`, 0o755);
  execFileSync('mkfifo', [gate]);
  chmodSync(gate, 0o644);
  const first = scratch.catalog.scan();
  await new Promise((resolve) => setImmediate(resolve));
  scratch.putPlugin('web');
  const second = scratch.catalog.scan();
  await writeFile(gate, 'go\n');
  expect((await first).added).toEqual(['slow']);
  expect((await second).added).toEqual(['web']);
});
