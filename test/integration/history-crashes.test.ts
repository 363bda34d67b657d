/** Comparing and handing on crashes, and the paragraph of `toru why`, with a real torud. */

import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runToru, runToruJson } from '../rig/cli-rig.ts';
import { writeDropIn, writePlugin } from '../rig/plugin-fixture.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

const NEVER = '[restart]\npolicy = "never"\n';

/** Waits to be stopped, or says its token and exits with MODE. */
const MOODY = `#!/bin/sh
[ -z "$MODE" ] && exec sleep 1000
echo "token is $API_TOKEN"
exit $MODE
`;

async function why(stage: PluginStage, id: string): Promise<string> {
  return (await runToru(stage.folder, ['why', id])).stdout.trimEnd();
}

/** A good run, then two crashes: another exit code, another token. */
async function stageWithCrashes(): Promise<PluginStage> {
  const stage = await PluginStage.open({});
  await writePlugin(stage.paths, {
    id: 'moody',
    script: MOODY,
    dropIn: `${NEVER}[environment]\nAPI_TOKEN = "first-token"\n`,
  });
  await stage.call('plugin.scan');
  await stage.act('start', 'moody');
  await stage.untilState('moody', 'running');
  await stage.act('stop', 'moody');
  for (const [code, token] of [
    [7, 'first-token'],
    [8, 'second-token'],
  ]) {
    await writeDropIn(
      stage.paths,
      'moody',
      `${NEVER}[environment]\nAPI_TOKEN = "${token}"\nMODE = "${code}"\n`,
    );
    await stage.act('start', 'moody');
    await stage.untilState('moody', 'failed');
  }
  return stage;
}

it('a crash is compared with the last good run, and with another crash', async () => {
  await using stage = await stageWithCrashes();
  const { folder } = stage;
  const one = await runToru(folder, ['crashes', 'diff', '-1', 'moody']);
  expect(one.code).toBe(0);
  expect(one.stdout).toMatch(/^moody: crash #2 .* against the last good run \(1\)/);
  expect(one.stdout).toMatch(/environment\.MODE +– → 8/);
  expect(one.stdout).toContain('values that look secret are not shown: environment.API_TOKEN');
  const two = await runToru(folder, ['crashes', 'diff', '-1', '-2']);
  expect(two.stdout).toMatch(/^moody: crash #2 .* against crash #1/);
  expect(two.stdout).toMatch(/exitCode +7 → 8/);
  expect(two.stdout).toMatch(/environment\.MODE +7 → 8/);
  expect(two.stdout).toMatch(/environment\.API_TOKEN +\(removed\) → \(removed\)/);
  const { diff } = (await runToruJson(folder, ['crashes', 'diff', '1', '2'])) as { readonly diff: unknown };
  expect(diff).toMatchObject({ before: { kind: 'crash', id: 1 }, after: { kind: 'crash', id: 2 } });
  for (const [words, code] of [
    [['diff', 'x'], 2],
    [['diff'], 2],
    [['diff', '1', 'moody', 'web'], 2],
    [['diff', '99'], 4],
    [['diff', '-1', 'nosuch'], 4],
    [['export', '0'], 2],
    [['export', '99'], 4],
  ] as const) {
    const result = await runToru(folder, ['crashes', ...words]);
    expect([result.code, result.stdout, result.stderr.split('\n').length], words.join(' ')).toEqual([
      code,
      '',
      2,
    ]);
  }
});

it('a crash is exported whole, without secrets, to standard output or into a file', async () => {
  await using stage = await stageWithCrashes();
  const { folder } = stage;
  const result = await runToru(folder, ['crashes', 'export', '-1', 'moody']);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const report = JSON.parse(result.stdout) as Readonly<Record<string, unknown>>;
  expect(report).toMatchObject({
    schema: 1,
    crash: { id: 2, plugin: 'moody', exitCode: 8, lastLines: [{ message: 'token is (removed)' }] },
    run: { id: 3, settings: { settings: { environment: { API_TOKEN: '(removed)', MODE: '8' } } } },
    lastGoodRun: { id: 1 },
    log: { lines: [{ message: 'token is (removed)', run: 3, seq: 1 }], linesLeftOut: 0 },
    versions: { node: process.version.slice(1), torud: expect.any(String), kernel: expect.any(String) },
    removed: expect.arrayContaining(['environment.API_TOKEN']),
    notes: [expect.stringMatching(/^values that look secret were removed: .*environment\.API_TOKEN/)],
  });
  expect((report.events as readonly { readonly type: string }[]).map((event) => event.type)).toContain(
    'crashed',
  );
  expect(result.stdout).not.toMatch(/(first|second)-token/);
  const file = join(folder, 'crash.json');
  await writeFile(file, 'what was there before', { mode: 0o644 });
  const written = await runToru(folder, ['crashes', 'export', '2', '--file', file]);
  expect(written).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('crash 2 is in') });
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ crash: { id: 2 } });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await runToru(folder, ['crashes', 'export', '2', '--file', join(folder, 'no/such')])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('its folder does not exist'),
  });
  const json = (await runToruJson(folder, ['crashes', 'export', '2', '--file', '-'])) as object;
  expect(json).toMatchObject({ schema: 1, crash: { id: 2 } });
});

it('why tells of the crash, what had changed, and of the torud that was killed meanwhile', async () => {
  await using stage = await stageWithCrashes();
  expect(await why(stage, 'moody')).toMatch(
    /^moody is failed: it ended with exit code 8; its restart policy is "never", at \d\d:\d\d, .* ago\. Its last words: "token is second-token"\. This began after these settings changed: environment\.API_TOKEN and environment\.MODE\. Nothing starts it until "toru start moody"; it is not enabled, so the machine's start does not \("toru enable moody"\)\. See "toru crashes show 2"\.$/,
  );
  await stage.install('sleeper');
  await stage.call('plugin.scan');
  await stage.act('start', 'sleeper');
  await stage.untilState('sleeper', 'running');
  const { pid } = stage.rig;
  await stage.rig.kill();
  await stage.rig.start();
  await stage.untilEvent((event) => event.type === 'adopted');
  expect(await why(stage, 'sleeper')).toMatch(
    new RegExp(
      `torud itself \\(pid ${pid}\\) was killed or crashed after \\d\\d:\\d\\d:\\d\\d, and was back at .*; sleeper kept running and was taken over\\.$`,
    ),
  );
  expect((await runToru(stage.folder, ['status'])).stdout).toContain(`torud itself (pid ${pid}) was killed`);
});

it('an orderly end of torud is no death', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
  await stage.untilState('sleeper', 'running');
  await stage.call('daemon.stop', { keepPlugins: true });
  await stage.rig.ended();
  await stage.rig.start();
  await stage.untilEvent((event) => event.type === 'adopted');
  expect(await why(stage, 'sleeper')).toMatch(
    /torud was started again at .*; sleeper kept running and was taken over\.$/,
  );
  expect((await runToru(stage.folder, ['status'])).stdout).not.toContain('Why:');
});

it('why of a plugin that is gone says so and where its past is; of one that never was, that there is none', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
  await stage.act('stop', 'sleeper');
  await rm(join(stage.paths.pluginFolder, 'sleeper'), { recursive: true });
  await stage.call('plugin.scan');
  expect(await runToru(stage.folder, ['why', 'sleeper'])).toMatchObject({
    code: 4,
    stdout: '',
    stderr: expect.stringMatching(
      /^toru: why sleeper: it is not installed any more \(version 1\.0\.0\): its files were taken out of the plugin folder at \d\d:\d\d; "toru events sleeper"/,
    ),
  });
  expect(await runToru(stage.folder, ['why', 'nosuch'])).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('no such plugin'),
  });
});

it('why counts the bad answers of a plugin that is ill', async () => {
  const dropIn = '[health]\ninterval_ms = 20\nunhealthy_after = 2\n';
  await using stage = await PluginStage.open({ unhealthy: dropIn });
  await stage.act('start', 'unhealthy');
  await stage.until('unhealthy', (status) => status.health === 'unhealthy');
  expect(await why(stage, 'unhealthy')).toMatch(
    /^unhealthy is running, but unhealthy since \d\d:\d\d: its health check says "the database is away" \(\d+ times in a row\)\./,
  );
});

it('status shows limits, who enabled it, and the tries', async () => {
  await using stage = await PluginStage.open({ sleeper: '[limits]\nnofile = 512\nmemory = "300M"\n' });
  await stage.act('enable', 'sleeper');
  await stage.untilState('sleeper', 'running');
  const { stdout } = await runToru(stage.folder, ['status', 'sleeper']);
  expect(stdout).toMatch(/^ {2}Enabled: yes \(by .+, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\)$/m);
  expect(stdout).toMatch(/^ {3}Limits: memory 300\.0M · nofile 512$/m);
});

it('show says what had changed since the last good run, and hides what looks secret', async () => {
  await using stage = await stageWithCrashes();
  const { stdout } = await runToru(stage.folder, ['crashes', 'show', '-1', 'moody']);
  expect(stdout).toMatch(
    /changed +since the last good run \(run 1, from \d{4}-.*\): settings: environment\.API_TOKEN "\(removed\)" → "\(removed\)", environment\.MODE null → "8"/,
  );
});
