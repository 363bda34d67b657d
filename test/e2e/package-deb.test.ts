/** The .deb as `npm run deb` makes it: what it holds, and that it runs from where it is unpacked. Its life in a real Debian: npm run test:package. */

import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { VERSION } from '../../src/protocol/version.ts';
import { startDaemon } from '../rig/daemon-rig.ts';
import { CHECKOUT, cleanEnvironment } from '../rig/programs.ts';

const runFile = promisify(execFile);
const canBuild = spawnSync('dpkg-deb', ['--version'], { stdio: 'ignore' }).status === 0;

describe.skipIf(!canBuild)('the .deb', () => {
  let folder: string;
  let root: string;
  let file: string;

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'toru-deb-')));
    root = join(folder, 'root');
    file = await build('first');
    await runFile('dpkg-deb', ['-R', file, root]);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function build(name: string): Promise<string> {
    const target = join(folder, name);
    await mkdir(target);
    // What is compressed is the same; only that it is quick matters here.
    const env = { ...cleanEnvironment(folder), DEB_COMPRESSION: 'none', SOURCE_DATE_EPOCH: '1750000000' };
    const { stdout } = await runFile('sh', ['scripts/deb.sh', target], { cwd: CHECKOUT, env });
    return stdout.trim();
  }

  test('is the same to the byte when it is built again', async () => {
    const again = await build('second');
    expect((await readFile(again)).equals(await readFile(file))).toBe(true);
    await rm(join(folder, 'second'), { recursive: true });
  });

  test('holds programs, unit, manual, completions, settings and licences, all of root', async () => {
    const { stdout } = await runFile('dpkg-deb', ['-c', file]);
    const entries = stdout.trim().split('\n');
    expect(entries.filter((line) => !/^[dl-][rwx-]{9} root\/root /.test(line))).toEqual([]);
    // Nobody but root may write, and nothing is set-uid.
    expect(entries.filter((line) => /^[d-](.{4}w|.{7}w|.*[sStT])/.test(line.slice(0, 10)))).toEqual([]);
    for (const path of [
      'usr/bin/toru',
      'usr/bin/torud',
      'usr/bin/toru-web',
      'usr/lib/toru/plugins/web/web.cjs',
      'usr/lib/toru/plugins/web/plugin.json',
      'var/lib/toru/plugins/web',
      'etc/toru/plugins.d/web.toml',
      'usr/lib/systemd/system/torud.service',
      'usr/lib/systemd/user/torud.service',
      'usr/lib/sysusers.d/toru.conf',
      'usr/lib/tmpfiles.d/toru.conf',
      'etc/toru/torud.toml',
      'usr/share/man/man1/toru.1.gz',
      'usr/share/man/man1/toru-web.1.gz',
      'usr/share/man/man8/torud.8.gz',
      'usr/share/bash-completion/completions/toru',
      'usr/share/zsh/vendor-completions/_toru',
      'usr/share/fish/vendor_completions.d/toru.fish',
      'usr/share/doc/toru/copyright',
      'usr/share/doc/toru/changelog.Debian.gz',
      'usr/share/doc/toru/licenses.txt.gz',
      'usr/share/doc/toru/LICENSE.node.gz',
    ])
      expect(stdout, path).toMatch(new RegExp(` \\./${path.replaceAll('.', '\\.')}( -> .*)?$`, 'm'));
    expect(stdout).not.toMatch(/\.(ts|map|c|h|stamp)$/m);
    expect(await readFile(join(root, 'DEBIAN/conffiles'), 'utf8')).toBe(
      '/etc/toru/torud.toml\n/etc/toru/plugins.d/web.toml\n',
    );
    // A password may stand in it.
    expect(stdout).toMatch(/^-rw------- root\/root .* \.\/etc\/toru\/plugins\.d\/web\.toml$/m);
    expect(await readFile(join(root, 'DEBIAN/control'), 'utf8')).toContain(`\nVersion: ${VERSION}-1\n`);
  });

  test('names no folder of the machine that it was built on', async () => {
    const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    for (const entry of files.filter(({ name }) => name !== 'node'))
      expect(await readFile(join(entry.parentPath, entry.name), 'latin1'), entry.name).not.toContain(
        CHECKOUT,
      );
  });

  test('runs with its own Node, koffi and toru-shim', async () => {
    await using rig = await startDaemon({ program: join(root, 'usr/bin/torud') });
    const env = { PATH: '/usr/bin:/bin', TORU_ROOT: rig.folder };
    const { stdout } = await runFile(join(root, 'usr/bin/toru'), ['daemon', 'status', '--json'], { env });
    expect(JSON.parse(stdout).daemon).toMatchObject({ version: VERSION, problems: [] });
    const check = await runFile(join(root, 'usr/bin/torud'), ['--root', rig.folder, '--check-upgrade'], {
      env,
    });
    expect(check.stdout).toBe(`torud ${VERSION}\n`);
  });
});
