/** What the packages put into the system, checked by systemd's own programs where they are. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'smol-toml';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { VARIABLES } from '../../plugins/web/variables.ts';
import { loadConfig } from '../../src/daemon/base/config.ts';
import { resolvePaths } from '../../src/protocol/paths.ts';
import { CHECKOUT } from '../rig/programs.ts';
import { listFiles, readText } from '../rig/source-files.ts';

const UNITS = ['packaging/systemd/torud.service', 'packaging/systemd/user/torud.service'];
const SYSTEM = resolvePaths({ isSystem: true, uid: 0, env: {} });

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'toru-packaging-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function has(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Keys of a unit, comments left out; the last value of each. */
function keysOf(unit: string): Readonly<Record<string, string>> {
  const pairs = readText(unit).matchAll(/^([A-Z][A-Za-z]+)=(.*)$/gm);
  return Object.fromEntries([...pairs].map(([, key, value]) => [key, value]));
}

/** The file as it stands, with its programs those of this checkout: systemd looks whether they are there. */
function copyForHere(path: string, to: string): string {
  const target = join(folder, to);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, readText(path).replaceAll('=/usr/bin/', `=${CHECKOUT}/bin/`));
  return target;
}

describe('the units', () => {
  test.each(UNITS)(
    '%s leaves plugins alone when torud dies, is told when it is ready, and brings it back',
    (unit) => {
      expect(keysOf(unit)).toMatchObject({
        Type: 'notify',
        NotifyAccess: 'main',
        KillMode: 'process',
        OOMPolicy: 'continue',
        Restart: 'on-failure',
        RuntimeDirectory: 'toru',
        RuntimeDirectoryPreserve: 'yes',
        TasksMax: 'infinity',
        WatchdogSec: expect.any(String),
      });
    },
  );

  test('its folders are those of torud', () => {
    const { RuntimeDirectory, StateDirectory, LogsDirectory, ConfigurationDirectory } = keysOf(
      UNITS[0] ?? '',
    );
    expect([RuntimeDirectory, StateDirectory, LogsDirectory, ConfigurationDirectory]).toEqual(
      Array(4).fill('toru'),
    );
    expect([SYSTEM.runFolder, SYSTEM.stateFolder, SYSTEM.logFolder, dirname(SYSTEM.configFile)]).toEqual([
      '/run/toru',
      '/var/lib/toru',
      '/var/log/toru',
      '/etc/toru',
    ]);
  });

  test('nothing in them takes from plugins what is theirs', () => {
    const inherited =
      /^(NoNewPrivileges|Protect\w+|Private\w+|ReadOnlyPaths|User|MemoryDenyWriteExecute|Restrict\w+|OOMScoreAdjust|SystemCallArchitectures|IPAddressDeny)$/;
    for (const unit of UNITS)
      expect(Object.keys(keysOf(unit)).filter((key) => inherited.test(key))).toEqual([]);
  });

  test.skipIf(!has('systemd-analyze'))(
    'systemd finds no fault in them, nor in the drop-ins that are shown as examples',
    () => {
      const verify = (file: string, ...options: string[]) => {
        const env = { ...process.env, XDG_RUNTIME_DIR: folder };
        const done = spawnSync('systemd-analyze', [...options, 'verify', '--man=no', file], {
          env,
          encoding: 'utf8',
        });
        expect([done.status, done.stderr]).toEqual([0, '']);
      };
      verify(copyForHere(UNITS[1] ?? '', 'user/torud.service'), '--user');
      const unit = copyForHere(UNITS[0] ?? '', 'torud.service');
      verify(unit);
      for (const example of listFiles('packaging/systemd/examples')) {
        const dropIn = copyForHere(example, 'torud.service.d/example.conf');
        verify(unit);
        rmSync(dropIn);
      }
    },
  );

  test.skipIf(!has('systemd-analyze'))('and would find one', () => {
    const unit = copyForHere(UNITS[0] ?? '', 'torud.service');
    writeFileSync(unit, readFileSync(unit, 'utf8').replace('KillMode=process', 'KillMode=proces'));
    const done = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
    expect(done.stderr).toMatch(/kill mode/);
  });
});

test('whoever is told to send a signal by systemctl is told to send it to torud alone: plugins would die of it', () => {
  const lines = [...listFiles('packaging'), ...listFiles('man'), 'README.md']
    .flatMap((path) => readText(path).split('\n'))
    .map((line) => line.replaceAll('\\-', '-'))
    .filter((line) => /systemctl (--user )?kill /.test(line));
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.filter((line) => !line.includes('--kill-whom=main'))).toEqual([]);
});

test('npm is told of every manual page', () => {
  const { man } = JSON.parse(readText('package.json'));
  expect([...man].sort()).toEqual(listFiles('man').filter((path) => /\.[1-8]$/.test(path)));
});

describe('sysusers.d and tmpfiles.d', () => {
  test('the folders are those that torud makes, with its modes', () => {
    const made = [...readText('packaging/tmpfiles.d/toru.conf').matchAll(/^d (\S+) 0755 root root -$/gm)];
    const { runFolder, stateFolder, dataFolder, logFolder, pluginLogFolder, pluginFolder, dropInFolder } =
      SYSTEM;
    const folders = [
      runFolder,
      stateFolder,
      dataFolder,
      logFolder,
      pluginLogFolder,
      pluginFolder,
      dropInFolder,
    ];
    expect(made.map(([, path]) => path).sort()).toEqual([...folders, dirname(dropInFolder)].sort());
  });

  test.skipIf(!has('systemd-tmpfiles') || process.getuid?.() !== 0)('systemd-tmpfiles makes them', () => {
    const file = join(CHECKOUT, 'packaging/tmpfiles.d/toru.conf');
    const done = spawnSync('systemd-tmpfiles', ['--create', `--root=${folder}`, file], { encoding: 'utf8' });
    expect([done.status, done.stderr]).toEqual([0, '']);
    for (const path of [SYSTEM.runFolder, SYSTEM.pluginFolder]) mkdirSync(join(folder, path, 'there'));
  });

  test.skipIf(!has('systemd-sysusers'))('systemd-sysusers makes the group and the user', () => {
    const file = join(CHECKOUT, 'packaging/sysusers.d/toru.conf');
    mkdirSync(join(folder, 'etc'));
    const done = spawnSync('systemd-sysusers', [`--root=${folder}`, file], { encoding: 'utf8' });
    expect(done.status, done.stderr).toBe(0);
    expect(readFileSync(join(folder, 'etc/group'), 'utf8')).toMatch(/^toru:x:\d+:toru-web$/m);
  });
});

test('the HTTP module is installed with a user of its own, which sysusers.d makes and torud.toml lets in', async () => {
  const { user, environment } = parse(readText('packaging/plugins.d/web.toml'));
  expect([user, environment]).toEqual(['toru-web', {}]);
  expect(readText('packaging/sysusers.d/toru.conf')).toMatch(/^u toru-web - .*\nm toru-web toru$/m);
  const rule = join(folder, 'with-web.toml');
  const text = readText('packaging/torud.toml') + readText('packaging/deb/torud-web.toml');
  writeFileSync(rule, text, { mode: 0o644 });
  expect(await loadConfig(rule)).toMatchObject({
    ok: true,
    value: { access: [{ user: 'toru-web', role: 'admin', plugins: '*' }], pluginSocketGroup: 'toru-web' },
  });
});

test('each setting in the drop-in that is installed is one of the module', () => {
  const named = [...readText('packaging/plugins.d/web.toml').matchAll(/^# ([A-Z_]+) = /gm)].map(
    ([, name]) => name,
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !Object.hasOwn(VARIABLES, name ?? ''))).toEqual([]);
});

test('the torud.toml that is installed changes nothing, and each line of it is valid when its # is taken away', async () => {
  const text = readText('packaging/torud.toml');
  const settings = text.replace(/^# (?=\[|[a-z_]+ = )/gm, '');
  expect(settings.match(/^[a-z_]+ = /gm)?.length).toBeGreaterThan(10);
  const [asItIs, inForce] = [join(folder, 'as-it-is.toml'), join(folder, 'in-force.toml')];
  writeFileSync(asItIs, text, { mode: 0o644 });
  writeFileSync(inForce, settings, { mode: 0o644 });
  const first = await loadConfig(asItIs);
  expect(first).toMatchObject({ ok: true, value: { access: [], logLevel: 'info', scanIntervalMs: 60_000 } });
  const second = await loadConfig(inForce);
  expect(second).toMatchObject({
    ok: true,
    value: {
      access: [{ group: 'toru', role: 'operate', plugins: '*' }],
      logLevel: 'info',
      scanIntervalMs: 60_000,
    },
  });
});

describe('the scripts of the .deb', () => {
  test.each(['postinst', 'prerm', 'postrm'])(
    '%s is valid for the shell, and ends at the first error',
    (name) => {
      const path = join(CHECKOUT, 'packaging/deb', name);
      expect(spawnSync('sh', ['-n', path], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
      expect(readText(`packaging/deb/${name}`)).toMatch(/^#!\/bin\/sh\nset -e\n/);
    },
  );

  test('an upgrade never stops torud', () => {
    for (const step of ['upgrade', 'failed-upgrade', 'deconfigure']) {
      const done = spawnSync('sh', ['-x', join(CHECKOUT, 'packaging/deb/prerm'), step, '2.0'], {
        encoding: 'utf8',
      });
      expect([done.status, done.stderr]).toEqual([0, expect.not.stringMatching(/stop|kill/)]);
    }
  });
});
