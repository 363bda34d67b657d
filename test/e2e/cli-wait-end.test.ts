/** Waiting for the end of a run, for what it writes, and `reload`, against a real torud. */

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { followToru, runToru } from '../rig/cli-rig.ts';
import { type DaemonRig, startDaemon } from '../rig/daemon-rig.ts';
import { SILENT_SCRIPT, writeDropIn, writePlugin } from '../rig/plugin-fixture.ts';
import { untilTrue } from '../rig/plugin-processes.ts';

let rig: DaemonRig;
const toru = (...args: readonly string[]) => runToru(rig.folder, args);

/** Waits until the test lets it go on, then ends with CODE. */
const JOB = `#!/bin/sh
echo begun
while [ ! -e go ]; do sleep 0.02; done
rm -f go
echo done
exit "\${CODE:-0}"
`;

/** Speaks the protocol on its standard streams; knows \`reload\` unless OLD is set, and refuses a config with "bad". */
const SPEAKER = `#!/usr/bin/env node
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { type, request_id, payload } = JSON.parse(line);
  const answer = (payload) => process.stdout.write(JSON.stringify({ type, timestamp: new Date().toISOString(), request_id, payload }) + '\\n');
  if (payload.action === 'init') answer({ ready: true, protocol: 1 });
  else if (payload.action === 'shutdown') { answer({ ok: true }); process.exit(0); }
  else if (type === 'health') answer({ status: 'healthy' });
  else if (process.env.OLD) answer({ error: { code: 'unknown_type', message: 'what?' } });
  else if (payload.config.bad) answer({ error: { code: 'invalid', message: 'bad is bad' } });
  else { console.error('config ' + JSON.stringify(payload.config)); answer({ ok: true }); }
});
`;

const start = { seconds: 0 };
const restart = { policy: 'never' };

beforeAll(async () => {
  rig = await startDaemon();
  await writePlugin(rig.paths, { id: 'job', script: JOB, metadata: { start, restart } });
  await writePlugin(rig.paths, {
    id: 'bad-job',
    script: JOB,
    metadata: { start, restart, environment: { CODE: '7' } },
  });
  await writePlugin(rig.paths, { id: 'short', script: '#!/bin/sh\nexit 0\n' });
  await writePlugin(rig.paths, { id: 'bad-short', script: '#!/bin/sh\nexit 7\n', metadata: { restart } });
  await writePlugin(rig.paths, { id: 'quiet', script: SILENT_SCRIPT, metadata: { start } });
  await writePlugin(rig.paths, { id: 'speaker', script: SPEAKER, metadata: { transport: 'stdio' } });
  await writePlugin(rig.paths, {
    id: 'old',
    script: SPEAKER,
    metadata: { transport: 'stdio', environment: { OLD: '1' } },
  });
  await toru('scan');
});

afterAll(() => rig[Symbol.asyncDispose]());

/** Lets the job's run end that has begun as the nth. */
async function go(id: string, nth: number): Promise<void> {
  await untilStarted(id, nth);
  await writeFile(goFile(id), '');
}

function goFile(id: string): string {
  return join(rig.paths.dataFolder, id, 'go');
}

async function untilStarted(id: string, nth: number): Promise<void> {
  const isStart = (line: string): boolean =>
    line.includes('"event":"started"') && line.includes(`"plugin":"${id}"`);
  await untilTrue(`start ${nth} of ${id}`, () => {
    const lines = readFileSync(rig.paths.supervisorLog, 'utf8').split('\n');
    return lines.filter(isStart).length >= nth;
  });
}

async function property(id: string, key: string): Promise<string> {
  return (await toru('show', id, '-p', key, '--value')).stdout.trim();
}

test('start --wait ends with 0 when the run ended well', async () => {
  const waiting = toru('start', 'job', '--wait');
  await go('job', 1);
  expect(await waiting).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(await property('job', 'state')).toBe('exited');
});

test.each(['start', 'restart', 'enable'])(
  '%s --wait of a job that ends well before it counts as ready ends with 0',
  async (verb) => {
    expect(await toru(verb, 'short', '--wait')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const failed = await toru(verb, 'bad-short', '--wait');
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('exit code 7') });
  },
);

test('without --wait such a job did not get ready, which is told in one sentence', async () => {
  expect(await toru('start', 'short')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('it ended with exit code 0, before it was ready; that is no crash'),
  });
});

test('restart --wait is for the run that it begins; with --json it says how that ended', async () => {
  await toru('start', 'bad-job');
  const waiting = toru('restart', 'bad-job', '--wait', '--json');
  await go('bad-job', 2);
  const result = await waiting;
  expect(result.code).toBe(1);
  const [outcome] = JSON.parse(result.stdout).outcomes;
  expect(outcome).toMatchObject({ plugin: 'bad-job', exit: { code: 7, signal: null } });
  expect(JSON.parse(result.stderr).error.message).toBe('it ended with exit code 7');
});

test('Ctrl-C leaves the run alone, a stop is a good end, and a signal is named', async () => {
  await using interrupted = followToru(rig.folder, ['start', 'quiet', '--wait']);
  await untilStarted('quiet', 1);
  expect((await interrupted.end('SIGINT')).code).toBe(130);
  expect(await property('quiet', 'state')).toBe('running');
  const stopped = toru('restart', 'quiet', '--wait');
  await untilStarted('quiet', 2);
  await toru('stop', 'quiet');
  expect(await stopped).toMatchObject({ code: 0, stderr: '' });
  const killed = toru('start', 'quiet', '--wait');
  await untilStarted('quiet', 3);
  await toru('kill', '-s', 'KILL', 'quiet');
  expect(await killed).toMatchObject({ code: 1, stderr: expect.stringContaining('it was ended by SIGKILL') });
  await toru('stop', 'quiet');
});

test('--wait has no time limit of its own, keeps the one that is given, and refuses what makes no sense', async () => {
  const limited = await toru('start', 'quiet', '--wait', '--timeout', '300ms');
  expect([limited.code, limited.stderr]).toEqual([124, expect.stringContaining('quiet')]);
  expect((await toru('start', 'quiet', '--wait', '--no-block')).code).toBe(2);
  expect((await toru('enable', 'quiet', '--wait', '--no-start')).code).toBe(2);
  await toru('stop', 'quiet');
});

test('wait --for log~ sees what the run of now has written before, and nothing of the run before it', async () => {
  for (const run of [1, 2]) {
    await toru('start', 'job');
    expect((await toru('wait', 'job', '--for', 'log~^begun', '--timeout', '20s')).code).toBe(0);
    expect([run, (await toru('wait', 'job', '--for', 'log~^done', '--timeout', '300ms')).code]).toEqual([
      run,
      124,
    ]);
    await writeFile(goFile('job'), '');
    expect((await toru('wait', 'job', '--for', 'exited', '--timeout', '20s')).code).toBe(0);
  }
});

test('reload hands a new config to a plugin that knows how, without a restart, also for later connections', async () => {
  await toru('start', 'speaker');
  const runId = await property('speaker', 'runId');
  expect((await toru('reload', 'speaker', '--changed', '-o', 'value')).stdout).toBe('unchanged\n');
  await writeDropIn(rig.paths, 'speaker', '[config]\nport = 81\n');
  expect((await toru('reload', 'speaker', '--dry-run', '-o', 'value')).stdout).toBe('reload speaker\n');
  expect((await toru('reload', 'speaker', '--changed', '-o', 'value')).stdout).toBe('changed\n');
  expect((await toru('wait', 'speaker', '--for', 'log~config .*81', '--timeout', '20s')).code).toBe(0);
  expect(await property('speaker', 'runId')).toBe(runId);
  expect((await toru('reload', 'speaker', '--changed', '-o', 'value')).stdout).toBe('unchanged\n');
  await rig.killAndRestart();
  expect((await toru('wait', 'speaker', '--for', 'ready', '--timeout', '20s')).code).toBe(0);
  expect((await toru('reload', 'speaker', '--changed', '-o', 'value')).stdout).toBe('unchanged\n');
});

test('a config that the plugin refuses is a failure, and it goes on with the old one', async () => {
  await toru('start', 'speaker');
  const runId = await property('speaker', 'runId');
  await writeDropIn(rig.paths, 'speaker', '[config]\nbad = true\n');
  const refused = await toru('reload', 'speaker');
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('bad is bad')]);
  expect(await property('speaker', 'runId')).toBe(runId);
});

test('reload restarts a plugin that does not know it, or of which more than config has changed', async () => {
  await toru('start', 'old', 'quiet');
  const oldRun = await property('old', 'runId');
  const quietRun = await property('quiet', 'runId');
  await writeDropIn(rig.paths, 'old', '[config]\nport = 81\n');
  await writeDropIn(rig.paths, 'quiet', '[stop]\ngrace = "2s"\n');
  expect((await toru('reload', 'old', 'quiet', '--changed', '-o', 'value')).stdout).toBe(
    'changed\nchanged\n',
  );
  expect(await property('old', 'runId')).not.toBe(oldRun);
  expect(await property('quiet', 'runId')).not.toBe(quietRun);
  const forced = await property('quiet', 'runId');
  await toru('reload', '--force', 'quiet');
  expect(await property('quiet', 'runId')).not.toBe(forced);
});

test('reload of a plugin that does not run is success and starts nothing; a wrong file is 6 and leaves it running', async () => {
  await toru('stop', 'old');
  expect(await toru('reload', 'old')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(await property('old', 'state')).toBe('stopped');
  await writeDropIn(rig.paths, 'quiet', '[stop]\ngrase = "2s"\n');
  const refused = await toru('reload', 'quiet');
  expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining('plugins.d/quiet.toml line 2')]);
  expect(await property('quiet', 'state')).toBe('running');
});
