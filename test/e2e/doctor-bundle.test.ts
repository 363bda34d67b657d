/** `toru doctor --bundle`: what a bug report needs, and no secret. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runToru } from '../rig/cli-rig.ts';
import { type DaemonRig, startDaemon } from '../rig/daemon-rig.ts';
import { cleanEnvironment } from '../rig/programs.ts';

function addPlugin(rig: DaemonRig, id: string, more: object = {}): void {
  const folder = join(rig.paths.pluginFolder, id);
  mkdirSync(folder);
  const metadata = {
    id,
    name: id,
    version: '1.0.0',
    api: { protocol: 1 },
    command: ['/bin/sleep', '1000'],
    transport: 'none',
    ...more,
  };
  writeFileSync(join(folder, 'plugin.json'), JSON.stringify(metadata));
}

describe('a bundle', () => {
  const SECRETS = [
    'hunter2-X9!q',
    'tok_4711abcdef',
    'pw-in-url-99',
    'MIIEvQIBADANBgkqhkiG9w0BAQ',
    'bearer-abc.def-123',
    'argument-s3cret',
    // By their places below.
    ...[
      'Zq41',
      'Zq42',
      'Zq52',
      'Zq53',
      'Zq54',
      'Zq55',
      'Zq61',
      'Zq62',
      'Zq63',
      'Zq64',
      'Zq65',
      'Zq66',
      'Zq67',
      'Zq68',
    ],
    ...['Zq69', 'Zq70'],
  ];
  const [password = '', token = '', inUrl = '', key = '', bearer = '', argument = ''] = SECRETS;

  /** Every place from which something gets into a bundle. */
  function plant(rig: DaemonRig): void {
    const talk = [
      `connecting with password=${password}`,
      `postgres://joe:${inUrl}@db/x`,
      '-----BEGIN PRIVATE KEY-----',
      key,
      '-----END PRIVATE KEY-----',
      `Authorization: Bearer ${bearer}`,
      `the word alone: ${token}`,
      'holiday was Zq42',
      'mysql -uroot -pZq61 db',
      'curl -u admin:Zq62 http://host',
      'sshpass -p Zq63 ssh host',
      'redis-cli -a Zq64 ping',
      'logged in with password Zq65',
      '<password>Zq66</password>',
      'pass phrase: Zq67',
      'STRIPE_SK=Zq68',
      'https://hooks.slack.com/services/T0/B0/Zq69',
      'Password:',
      'Zq70',
    ];
    const script = `for line in ${talk.map((line) => `'${line}'`).join(' ')}; do echo "$line"; done; exit 3`;
    addPlugin(rig, 'leaky', { command: ['/bin/sh', '-c', script, 'sh', '--secret', argument] });
    const variables = [
      `DB_PASSWORD = "${password}"`,
      `API_TOKEN = '${token}'`,
      `URL = "https://joe:${inUrl}@host/"`,
    ];
    const own = [
      'password = [ "Zq52", # ] comment',
      ' "Zq53" ]',
      'words = ["db", "-p", "Zq41"]',
      '[config.credentials]',
      'value = "Zq54"',
      '[config.tokens]',
      'a = "Zq55"',
    ];
    const dropIn = `[restart]\nlimit = 0\n\n[environment]\nHOLIDAY = "Zq42"\n${variables.join('\n')}\n[config]\n${own.join('\n')}\n`;
    writeFileSync(join(rig.paths.dropInFolder, 'leaky.toml'), dropIn);
    writeFileSync(rig.paths.configFile, `[daemon]\nlog_level = "info"\n# password = ${password}\n`);
  }

  function unpacked(archive: string): ReadonlyMap<string, string> {
    const target = `${archive}.d`;
    mkdirSync(target);
    execFileSync('tar', ['-xzf', archive, '-C', target]);
    const names = readdirSync(target, { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(join(target, name)).isFile(),
    );
    return new Map(
      names.map((name) => [name.replace(/^toru-doctor\//, ''), readFileSync(join(target, name), 'utf8')]),
    );
  }

  test('holds what a bug report needs and none of the planted secrets, with torud and without', async () => {
    await using rig = await startDaemon();
    plant(rig);
    await runToru(rig.folder, ['start', 'leaky']);
    await runToru(rig.folder, ['wait', 'leaky', '--for', 'failed', '--timeout', '20s']);
    for (const isUp of [true, false]) {
      if (!isUp) await rig.stop();
      const file = join(rig.folder, `report-${isUp}.tgz`);
      const made = await runToru(rig.folder, ['doctor', '--bundle', file]);
      expect(made).toMatchObject({
        code: 0,
        stdout: '',
        stderr: expect.stringMatching(/\d+ files, \d+ secrets removed/),
      });
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const files = unpacked(file);
      const expected = [
        'manifest.json',
        'doctor.json',
        'settings/plugins.d/leaky.toml',
        'metadata/leaky.json',
        'events.jsonl',
        'audit.jsonl',
        'crashes/1.json',
        'log/plugin-supervisor.log',
        'log/plugins/leaky.log',
        'proc/meminfo',
      ];
      expect([...files.keys()]).toEqual(expect.arrayContaining(expected));
      for (const [name, text] of files)
        for (const secret of SECRETS) expect(text.includes(secret), `${secret} in ${name}`).toBe(false);
      expect(files.get('log/plugins/leaky.log')).toContain('connecting with password=[removed]');
      expect(files.get('crashes/1.json')).toContain('[removed]');
      const manifest = JSON.parse(files.get('manifest.json') ?? '') as {
        files: { name: string; bytes: number; secretsRemoved: number }[];
      };
      expect(manifest.files.map(({ name }) => name).toSorted()).toEqual(
        [...files.keys()].filter((name) => name !== 'manifest.json').toSorted(),
      );
      for (const { name, bytes } of manifest.files)
        expect(Buffer.byteLength(files.get(name) ?? '')).toBe(bytes);
      expect(
        manifest.files.find(({ name }) => name === 'settings/plugins.d/leaky.toml')?.secretsRemoved,
      ).toBeGreaterThanOrEqual(3);
    }
  });

  test('is not written over a file that is there, nor through a link, unless --force says so', async () => {
    await using rig = await startDaemon();
    const file = join(rig.folder, 'report.tgz');
    writeFileSync(file, 'mine');
    const refused = await runToru(rig.folder, ['doctor', '--bundle', file]);
    expect(refused).toMatchObject({
      code: 1,
      stderr: `toru: doctor: ${file} is there already; --force writes over it\n`,
    });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    const link = join(rig.folder, 'link.tgz');
    symlinkSync(file, link);
    expect(await runToru(rig.folder, ['doctor', '--bundle', link, '--force'])).toMatchObject({ code: 0 });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(statSync(link).mode & 0o777).toBe(0o600);
    expect(readdirSync(rig.folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('goes to standard output for -, and a place that takes nothing is a failure of one line', async () => {
    await using rig = await startDaemon();
    const env = cleanEnvironment(rig.folder, { TORU_ROOT: rig.folder });
    const piped = spawnSync(
      'sh',
      ['-c', '"$1" doctor --bundle - | tar -tzf -', 'sh', join(import.meta.dirname, '../../bin/toru')],
      { env },
    );
    expect(piped.stdout.toString()).toContain('toru-doctor/manifest.json\n');
    const nowhere = await runToru(rig.folder, ['doctor', '--bundle', '/nonexistent/x.tgz']);
    expect(nowhere).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^toru: doctor: \/nonexistent\/x\.tgz cannot be written: .*\n$/),
    });
  });
});
