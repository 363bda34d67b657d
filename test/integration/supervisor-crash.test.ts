/** Crashes: what is kept of one, what follows from it, and when torud gives up. */

import { expect, it } from 'vitest';
import { runToru } from '../rig/cli-rig.ts';
import { writeDropIn, writePlugin } from '../rig/plugin-fixture.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

const NEVER = '[restart]\npolicy = "never"\n';

/** Talks on both streams, works a little, and exits with 7 once `go` lies in its data folder. */
const TALKS = `#!/bin/sh
i=0
while [ $i -lt 150 ]; do i=$((i + 1)); echo "out $i"; echo "err $i" >&2; done
exit 7
`;

it('the capsule of an exit has code, cause, uptime, peaks, verdict and the last 200 lines of both streams', async () => {
  await using stage = await PluginStage.open({});
  await writePlugin(stage.paths, { id: 'talks', script: TALKS, dropIn: NEVER });
  await stage.call('plugin.scan');
  await stage.act('start', 'talks');
  await stage.untilState('talks', 'failed');
  const crash = await stage.capsule('talks');
  expect(crash).toMatchObject({
    plugin: 'talks',
    cause: 'exit',
    exitCode: 7,
    signal: null,
    coreDumped: false,
    restart: 0,
    verdict: 'none',
    delayMs: null,
    version: '1.0.0',
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    settingsChanged: [],
    digestChanged: false,
    lastGoodRunId: null,
  });
  expect(crash.uptimeMs).toBeGreaterThanOrEqual(0);
  expect(crash.peakMemoryBytes).toBeGreaterThan(100_000);
  expect(crash.cpuMs).toBeGreaterThanOrEqual(0);
  expect(crash.lastLines).toHaveLength(200);
  for (const stream of ['stdout', 'stderr']) {
    const messages = crash.lastLines.filter((line) => line.stream === stream).map((line) => line.message);
    const word = stream === 'stdout' ? 'out' : 'err';
    expect(messages.at(-1)).toBe(`${word} 150`);
    expect(messages.length).toBeGreaterThanOrEqual(50);
  }
});

it('the capsule of a signal names it, and the last words are in it and in why', async () => {
  await using stage = await PluginStage.open({ segfaults: NEVER });
  await stage.act('start', 'segfaults');
  await stage.untilState('segfaults', 'failed');
  const crash = await stage.capsule('segfaults');
  expect(crash).toMatchObject({ cause: 'signal', exitCode: null, signal: 'SIGSEGV' });
  expect(typeof crash.coreDumped).toBe('boolean');
  expect(crash.lastLines).toMatchObject([{ stream: 'stderr', message: 'last words' }]);
  const why = await runToru(stage.folder, ['why', 'segfaults']);
  expect(why.stdout.replaceAll('\n', ' ')).toMatch(/SIGSEGV.*"last words"/);
});

it('restart number, verdict and delay of each crash in a row follow the settings, and at the limit it is given up', async () => {
  const dropIn = '[restart]\ndelays_ms = [0, 10]\nlimit = 2\n';
  await using stage = await PluginStage.open({ 'exits-with': dropIn });
  await stage.act('enable', 'exits-with');
  const status = await stage.untilState('exits-with', 'failed');
  expect(status).toMatchObject({ wanted: 'down', enabled: false, actor: { kind: 'daemon' }, pid: null });
  expect((await stage.crashes('exits-with')).toReversed()).toMatchObject([
    { restart: 0, verdict: 'restart', delayMs: 0 },
    { restart: 1, verdict: 'restart', delayMs: 10 },
    { restart: 2, verdict: 'give-up', delayMs: null },
  ]);
  const types = (await stage.events('exits-with')).map((event) => event.type);
  expect(types.filter((type) => type === 'crashed')).toHaveLength(3);
  expect(types).toContain('gave-up');
  expect(types).toContain('disabled');
  expect(await runToru(stage.folder, ['is-failed', 'exits-with'])).toMatchObject({ code: 0 });
  expect(await runToru(stage.folder, ['reset-failed', 'exits-with'])).toMatchObject({ code: 0, stderr: '' });
  expect(await stage.status('exits-with')).toMatchObject({ state: 'stopped', restarts: 0 });
  expect(await runToru(stage.folder, ['is-failed', 'exits-with'])).toMatchObject({ code: 1 });
});

it('after a start by a person the count begins anew', async () => {
  await using stage = await PluginStage.open({ 'exits-with': '[restart]\nlimit = 1\n' });
  await stage.act('start', 'exits-with');
  await stage.untilState('exits-with', 'failed');
  await stage.act('start', 'exits-with');
  const failed = await stage.until('exits-with', (status) => (status.lastCrash?.id ?? 0) >= 4);
  expect(failed.state).toBe('failed');
  expect((await stage.crashes('exits-with')).map((crash) => crash.verdict)).toEqual([
    'give-up',
    'restart',
    'give-up',
    'restart',
  ]);
});

it('what changed of settings and program since the last good run stands in the capsule', async () => {
  await using stage = await PluginStage.open({ 'exits-with': '[environment]\nEXIT_AFTER_MS = "600000"\n' });
  await stage.act('start', 'exits-with');
  const good = await stage.untilState('exits-with', 'running');
  await stage.act('stop', 'exits-with');
  await writeDropIn(stage.paths, 'exits-with', `umask = "027"\n${NEVER}`);
  await stage.call('daemon.reload');
  await writePlugin(stage.paths, {
    id: 'exits-with',
    script: '#!/bin/sh\nexit 9\n',
    metadata: { version: '2.0.0' },
  });
  await stage.call('plugin.scan');
  await stage.act('start', 'exits-with');
  await stage.untilState('exits-with', 'failed');
  const crash = await stage.capsule('exits-with');
  expect(crash).toMatchObject({
    exitCode: 9,
    digestChanged: true,
    version: '2.0.0',
    versionBefore: '1.0.0',
    lastGoodRunId: good.runId,
  });
  const keys = crash.settingsChanged.map((change) => change.key);
  expect(keys).toContain('settings.umask');
  expect(keys).toContain('settings.restart.policy');
  expect(keys).toContain('settings.environment.EXIT_AFTER_MS');
  const diff = await runToru(stage.folder, ['crashes', 'show', '-1', 'exits-with']);
  expect(diff.stdout).toContain('umask');
});

it('a crash after a stretch that was stable is compared with the good run before; why says who killed it', async () => {
  await using stage = await PluginStage.open({
    sleeper: '[restart]\npolicy = "never"\nstable_after_ms = 1\n',
  });
  await stage.act('start', 'sleeper');
  const good = await stage.untilState('sleeper', 'running');
  await stage.act('stop', 'sleeper');
  await stage.act('start', 'sleeper');
  const second = await stage.untilState('sleeper', 'running');
  await stage.act('kill', 'sleeper', { signal: 'SIGKILL' });
  await stage.untilState('sleeper', 'failed');
  expect(await stage.capsule('sleeper')).toMatchObject({ runId: second.runId, lastGoodRunId: good.runId });
  const why = (await runToru(stage.folder, ['why', 'sleeper'])).stdout.replaceAll(/\s+/g, ' ');
  expect(why).toMatch(/, after \S+ \(uid \d+, pid \d+\) ran "toru kill -s SIGKILL sleeper", at /);
  expect(why).toContain('It had run well for ');
});

it('a reload that leads to a restart is told as what was typed', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
  await writeDropIn(stage.paths, 'sleeper', 'umask = "027"\n');
  await stage.call('plugin.reload', { names: ['sleeper'] });
  expect((await stage.status('sleeper')).reason).toMatch(/ ran "toru reload sleeper"$/);
});

it.each([
  ['an exit with 0 is no crash, and on-crash does not restart it', 'EXIT_CODE = "0"', '', 'exited', 0],
  ['success_codes are no crash', 'EXIT_CODE = "4"', 'success_codes = [0, 4]', 'exited', 0],
  [
    'no_restart_codes are a crash without a restart',
    'EXIT_CODE = "78"',
    'no_restart_codes = [78]',
    'failed',
    1,
  ],
  ['policy never does not restart a crash', 'EXIT_CODE = "3"', 'policy = "never"', 'failed', 1],
])('%s', async (_title, environment, restart, state, crashes) => {
  await using stage = await PluginStage.open({
    'exits-with': `[environment]\n${environment}\n[restart]\n${restart}\n`,
  });
  await stage.act('enable', 'exits-with');
  expect(await stage.untilState('exits-with', state as 'failed')).toMatchObject({ restarts: 0, pid: null });
  expect(await stage.crashes('exits-with')).toHaveLength(crashes);
  expect((await stage.status('exits-with')).lastExit).not.toBeNull();
});

it('policy always restarts after an exit with 0', async () => {
  await using stage = await PluginStage.open({
    'exits-with': '[environment]\nEXIT_CODE = "0"\n[restart]\npolicy = "always"\nlimit = 2\n',
  });
  await stage.act('start', 'exits-with');
  await stage.until('exits-with', (status) => status.restarts >= 1);
  await stage.act('stop', 'exits-with');
});

it('a run that was up for stable_after makes torud forget the restarts before', async () => {
  const dropIn = '[environment]\nEXIT_AFTER_MS = "250"\n[restart]\nstable_after_ms = 100\nlimit = 1\n';
  await using stage = await PluginStage.open({ 'exits-with': dropIn });
  await stage.act('start', 'exits-with');
  await stage.until('exits-with', (status) => (status.lastCrash?.id ?? 0) >= 3);
  await stage.act('stop', 'exits-with');
  for (const crash of await stage.crashes('exits-with')) {
    expect(crash).toMatchObject({ restart: 0, verdict: 'restart' });
  }
});

it('the delay is waited out in state backoff, which says when it ends', async () => {
  await using stage = await PluginStage.open({ 'exits-with': '[restart]\ndelays_ms = [60000]\n' });
  await stage.act('start', 'exits-with');
  const status = await stage.untilState('exits-with', 'backoff');
  const crash = await stage.capsule('exits-with');
  expect(Date.parse(status.nextRestartAt ?? '') - Date.parse(crash.at)).toBe(60_000);
  const why = (await runToru(stage.folder, ['why', 'exits-with'])).stdout.replaceAll('\n', ' ');
  expect(why).toMatch(/in backoff.*about to exit with 3.*Next try in/);
});

it('is-active answers 3 for a plugin that crashed and 0 for one that runs', async () => {
  await using stage = await PluginStage.open({ 'exits-with': NEVER, sleeper: '' });
  await stage.act('start', 'exits-with');
  await stage.act('start', 'sleeper');
  await stage.untilState('exits-with', 'failed');
  expect(await runToru(stage.folder, ['is-active', 'exits-with'])).toMatchObject({ code: 3 });
  expect(await runToru(stage.folder, ['is-active', 'sleeper'])).toMatchObject({ code: 0 });
  expect(await runToru(stage.folder, ['is-active', 'nobody'])).toMatchObject({ code: 4 });
});
