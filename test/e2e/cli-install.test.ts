/** install, remove, cat and edit as an admin types them, against a real torud. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type CliOptions, type CliResult, runToru, runToruJson } from '../rig/cli-rig.ts';
import { type DaemonRig, startDaemon } from '../rig/daemon-rig.ts';
import { SILENT_SCRIPT, writeProgram } from '../rig/plugin-fixture.ts';
import { tarBytes } from '../rig/tar-bytes.ts';

async function source(rig: DaemonRig, id: string, version = '1.0.0'): Promise<string> {
  const folder = join(rig.folder, `${id}-${version}`);
  await mkdir(folder, { recursive: true });
  const document = { id, name: id, version, transport: 'none', command: ['run'] };
  await writeFile(join(folder, 'plugin.json'), JSON.stringify(document));
  await writeProgram(join(folder, 'run'), SILENT_SCRIPT);
  return folder;
}

/** An editor that runs these lines of shell on its file, `$1`. */
async function editor(rig: DaemonRig, lines: string): Promise<CliOptions> {
  const file = join(rig.folder, 'my editor');
  await writeFile(file, `#!/bin/sh\n${lines}\n`);
  await chmod(file, 0o755);
  return { env: { EDITOR: `'${file}'`, TMPDIR: rig.folder } };
}

const QUIET = { code: 0, stdout: '', stderr: '' };

test('install is silent, takes relative paths, and with --changed says what it did', async () => {
  await using rig = await startDaemon();
  await source(rig, 'web');
  const toru = (...args: string[]): Promise<CliResult> => runToru(rig.folder, args);
  expect(await toru('install', 'web-1.0.0', '--dry-run', '--plain', '--no-legend')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^web\tinstall\t\S*\t1\.0\.0\t2\t\d+\n$/),
  });
  expect(await toru('install', 'web-1.0.0')).toMatchObject(QUIET);
  expect(await toru('install', './web-1.0.0', '--changed', '-o', 'value')).toMatchObject({
    stdout: 'unchanged\n',
  });
  expect(await toru('start', 'web')).toMatchObject(QUIET);
  await source(rig, 'web', '1.1.0');
  expect(await toru('install', 'web-1.1.0')).toMatchObject({
    code: 0,
    stdout: '',
    stderr: 'toru: web still runs 1.0.0; toru restart web takes the new version\n',
  });
  expect(await toru('install', '--rollback', 'web', '--restart', '-q')).toMatchObject(QUIET);
  const { plugins } = (await runToruJson(rig.folder, ['list', 'web'])) as { plugins: readonly object[] };
  expect(plugins).toMatchObject([{ state: 'running', version: '1.0.0', problems: [] }]);
});

test('several are installed in order, and an error of one does not keep the others', async () => {
  await using rig = await startDaemon();
  const evil = join(rig.folder, 'evil.tgz');
  await writeFile(evil, gzipSync(tarBytes({ name: '../../evil', content: 'x' })));
  const result = await runToru(rig.folder, ['install', evil, await source(rig, 'web'), 'nothing', '--json']);
  expect(result.code).toBe(6);
  const { outcomes } = JSON.parse(result.stdout) as { outcomes: readonly object[] };
  expect(outcomes).toMatchObject([
    { subject: evil, changed: false, error: { code: 'invalid' } },
    { plugin: 'web', changed: true, version: '1.0.0' },
    { subject: 'nothing', error: { code: 'not_found' } },
  ]);
  const errors = result.stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).error);
  expect(errors).toMatchObject([
    { code: 'invalid', name: evil },
    { code: 'not_found', name: 'nothing' },
  ]);
  const single = await runToru(rig.folder, ['install', evil]);
  expect(single.stderr).toBe(
    `toru: install ${evil}: not valid: the path "../../evil" leads out of the folder by ".."\n`,
  );
});

test('what is typed wrong is a usage error', async () => {
  await using rig = await startDaemon();
  for (const args of [
    ['install'],
    ['install', ''],
    ['install', 'x', '--rollback', 'y'],
    ['remove'],
    ['cat'],
    ['edit'],
  ])
    expect(await runToru(rig.folder, args)).toMatchObject({ code: 2, stdout: '' });
  for (const args of [
    ['remove', 'nix'],
    ['edit', 'nix', '--file', '-'],
    ['install', '--rollback', 'nix'],
  ])
    expect(await runToru(rig.folder, args)).toMatchObject({ code: 5, stdout: '' });
  expect(await runToru(rig.folder, ['cat', 'nix'])).toMatchObject({ code: 4, stdout: '' });
});

test('remove shows its plan, is silent, and once more is no change', async () => {
  await using rig = await startDaemon();
  const toru = (...args: string[]): Promise<CliResult> => runToru(rig.folder, args);
  await toru('install', await source(rig, 'web'));
  await toru('enable', 'web');
  expect((await toru('remove', 'web', '--dry-run', '-o', 'value')).stdout).toBe(
    'stop web\ndisable web\nremove web\n',
  );
  expect(existsSync(join(rig.paths.pluginFolder, 'web'))).toBe(true);
  expect(await toru('remove', 'web')).toMatchObject(QUIET);
  expect(await toru('remove', 'web', '--changed', '-o', 'value')).toMatchObject({
    code: 0,
    stdout: 'unchanged\n',
  });
  expect(await toru('remove', '--purge', 'web', '--changed', '-o', 'value')).toMatchObject({
    stdout: 'changed\n',
  });
  expect(readdirSync(rig.paths.pluginLogFolder)).toEqual([]);
});

test('what cat prints can be given to edit, and changes nothing', async () => {
  await using rig = await startDaemon();
  await runToru(rig.folder, ['install', await source(rig, 'web')]);
  await runToru(rig.folder, ['edit', 'web', '--file', '-'], { stdin: 'nice = 2\n' });
  const printed = await runToru(rig.folder, ['cat', 'web']);
  expect(printed.stdout).toMatch(/^# web 1\.0\.0\n# path: /);
  expect(printed.stdout).toMatch(/^nice = 2 {2}# \/.*plugins\.d\/web\.toml$/m);
  expect(printed.stdout).toMatch(/^limit = 10 {2}# built-in$/m);
  const again = await runToru(rig.folder, ['edit', 'web', '--file', '-', '--json'], {
    stdin: printed.stdout,
  });
  expect(JSON.parse(again.stdout)).toMatchObject({ schema: 1, plugin: 'web', changed: true, settings: [] });
  expect(await runToru(rig.folder, ['cat', 'web', 'nice', '-o', 'value'])).toMatchObject({ stdout: '2\n' });
  const { settings } = (await runToruJson(rig.folder, ['cat', 'web', 'nice'])) as {
    settings: readonly object[];
  };
  expect(settings).toEqual([{ key: 'nice', value: 2, source: join(rig.paths.dropInFolder, 'web.toml') }]);
  expect(await runToru(rig.folder, ['cat', 'web', 'nise'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/"nice"/),
  });
});

test('edit opens EDITOR on the drop-in, and torud takes what stands above the mark', async () => {
  await using rig = await startDaemon();
  await runToru(rig.folder, ['install', await source(rig, 'web')]);
  const file = join(rig.paths.dropInFolder, 'web.toml');
  const write = await editor(rig, `sed -i '1i nice = 4' "$1"`);
  expect(await runToru(rig.folder, ['edit', 'web'], write)).toMatchObject(QUIET);
  expect(readFileSync(file, 'utf8')).toBe('nice = 4\n');
  const look = await editor(rig, 'true');
  expect(await runToru(rig.folder, ['edit', 'web'], look)).toMatchObject({
    code: 0,
    stdout: '',
    stderr: 'toru: web: unchanged\n',
  });
  const empty = await editor(rig, ': > "$1"');
  expect(await runToru(rig.folder, ['edit', 'web', '--changed', '-o', 'value'], empty)).toMatchObject({
    stdout: 'changed\n',
  });
  expect(existsSync(file)).toBe(false);
  expect(readdirSync(rig.folder).filter((name) => name.startsWith('toru-edit-'))).toEqual([]);
});

test('a text that is not taken is kept where the error says', async () => {
  await using rig = await startDaemon();
  await runToru(rig.folder, ['install', await source(rig, 'web')]);
  const result = await runToru(rig.folder, ['edit', 'web'], await editor(rig, `sed -i '1i nise = 4' "$1"`));
  expect(result).toMatchObject({ code: 6, stdout: '' });
  expect(result.stderr).toMatch(
    /^toru: edit web: not valid: plugins\.d\/web\.toml line 1: unknown key "nise"/,
  );
  const kept = /your text is in (\S+)\n$/.exec(result.stderr)?.[1] ?? '';
  expect(readFileSync(kept, 'utf8')).toMatch(/^nise = 4\n/);
  await rm(dirname(kept), { recursive: true });
  const failing = await runToru(rig.folder, ['edit', 'web'], await editor(rig, 'exit 3'));
  expect(failing).toMatchObject({ code: 1, stderr: expect.stringMatching(/ended with 3/) });
  expect(readdirSync(rig.folder).filter((name) => name.startsWith('toru-edit-'))).toEqual([]);
});

test('who edits what somebody else changes meanwhile is told, and loses nothing', async () => {
  await using rig = await startDaemon();
  await runToru(rig.folder, ['install', await source(rig, 'web')]);
  const file = join(rig.paths.dropInFolder, 'web.toml');
  const slow = await editor(
    rig,
    `mkdir -p '${dirname(file)}'; echo 'nice = 9' > '${file}'; sed -i '1i nice = 4' "$1"`,
  );
  const result = await runToru(rig.folder, ['edit', 'web'], slow);
  expect(result).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/somebody else has changed plugins\.d\/web\.toml/),
  });
  expect(readFileSync(file, 'utf8')).toBe('nice = 9\n');
  expect(result.stderr).toMatch(/your text is in /);
});

test('without an editor and without a terminal edit says what to do', async () => {
  await using rig = await startDaemon();
  await runToru(rig.folder, ['install', await source(rig, 'web')]);
  expect(await runToru(rig.folder, ['edit', 'web'])).toMatchObject({
    code: 2,
    stderr: 'toru: edit web: there is no editor; set VISUAL or EDITOR, or give the text with --file\n',
  });
});
