/** A script as admins write them, with `set -euo pipefail`, against the real programs. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { runToru } from '../rig/cli-rig.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { CHECKOUT, cleanEnvironment, TORU } from '../rig/programs.ts';
import { writeScripts } from '../rig/script-files.ts';

const SCRIPTS = join(CHECKOUT, 'test/fixtures/scripts');
const GROUPS = '\n[groups]\nweb = ["echo-*", "sleeper"]\n';

function makeRounds(stage: PluginStage): { code: number | null; stderr: string } {
  return runScript(stage, 'rounds.sh', 'mail');
}

function runScript(
  stage: PluginStage,
  script: string,
  file: string,
): { code: number | null; stderr: string } {
  const path = [dirname(TORU), process.env.PATH ?? ''].join(delimiter);
  const env = cleanEnvironment(stage.folder, { TORU_ROOT: stage.folder, PATH: path });
  const args = [join(SCRIPTS, script), 'today', join(stage.folder, file)];
  const { status, stderr } = spawnSync('bash', args, { cwd: stage.folder, env, encoding: 'utf8' });
  return { code: status, stderr };
}

it('rounds.sh restarts one by one, reports the crashes, and disables what has failed; twice does no harm', async () => {
  await using stage = await PluginStage.open(
    { 'echo-socket': '', 'echo-stdio': '', sleeper: '', 'exits-with': '[restart]\nlimit = 1\n' },
    GROUPS,
  );
  for (const id of ['echo-socket', 'echo-stdio']) await stage.act('enable', id);
  await stage.act('enable', 'exits-with', { noBlock: true });
  await stage.untilState('exits-with', 'failed');
  await stage.act('enable', 'exits-with', { now: false });
  const before = await stage.status('echo-socket');

  const rounds = makeRounds(stage);
  expect(rounds).toMatchObject({ code: 0 });
  expect(rounds.stderr).toMatch(/echo-socket: run \d+ -> \d+\n/);
  expect(rounds.stderr).toContain('sleeper does not run (stopped); left alone');
  expect(rounds.stderr).toContain('disabled: 1\n');
  const after = await stage.status('echo-socket');
  expect(after).toMatchObject({ state: 'running', enabled: true });
  expect(after.runId).toBeGreaterThan(before.runId ?? 0);
  expect(await stage.status('exits-with')).toMatchObject({ state: 'failed', enabled: false });
  const mail = readFileSync(join(stage.folder, 'mail'), 'utf8');
  expect(mail).toMatch(/^Subject: [0-9a-f-]{36}: crashes since today\n/);
  expect(mail).toContain('about to exit with 3');
  expect(mail).toContain('2 crashes.\n');
  expect(mail).toMatch(/^exits-with is failed/m);
  expect(existsSync(join(stage.folder, 'mail.new'))).toBe(false);

  const again = makeRounds(stage);
  expect(again).toMatchObject({ code: 0 });
  expect(again.stderr).toContain('disabled: 0\n');
});

it('rounds.sh ends with 150 when there is no torud, and leaves no half mail behind', async () => {
  await using stage = await PluginStage.make();
  const rounds = makeRounds(stage);
  expect(rounds.code).toBe(150);
  expect(existsSync(join(stage.folder, 'mail'))).toBe(false);
});

it('night.sh reports what ran and what went wrong, ends what is stuck, and is content when all is well', async () => {
  await using stage = await PluginStage.open({}, '\n[[schedule]]\nscript = "nix"\ncron = "@yearly"\n');
  await writeScripts(stage.paths, {
    'good.sh': 'echo fine',
    'bad.sh': 'echo one\necho two\necho "disk is full" >&2\nexit 3',
    'stuck.sh': 'exec sleep 300',
    'check.sh': 'echo "checked since $1"',
  });
  const night = (): { code: number | null; stderr: string } => runScript(stage, 'night.sh', 'report');
  const report = (): string => readFileSync(join(stage.folder, 'report'), 'utf8');
  await runToru(stage.folder, ['run', 'good.sh', '--', 'a b']);
  const { stdout: stuck } = await runToru(stage.folder, ['run', '--detach', 'stuck.sh']);
  expect(night()).toEqual({ code: 0, stderr: `ended ${stuck.trim()}, which gave 143\nall is well\n` });
  expect(report()).toMatch(/^Tasks since today: 2\n/);
  expect(report()).toMatch(/^done .* ms {2}exit 0 +good\.sh 'a b' \(\S+\)$/m);
  expect(report()).toContain('schedule nix: problem: nix: there is no such script');
  expect(report()).toMatch(/^checked since today$/m);

  await runToru(stage.folder, ['run', 'bad.sh']);
  expect(night()).toEqual({ code: 1, stderr: 'somebody has to look\n' });
  expect(report()).toMatch(/^ +State: failed, exit 3$/m);
  expect(report()).toContain('\n    one\n    two\n    disk is full\n');
});
