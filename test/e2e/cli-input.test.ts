/** What a script gives by mistake: an input that is closed, an option without a word, a number where a name belongs. */

import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { PluginStage } from '../rig/plugin-stage.ts';
import { cleanEnvironment, TORU } from '../rig/programs.ts';

function shell(root: string, line: string): { code: number | null; stdout: string; stderr: string } {
  const env = cleanEnvironment(root, { TORU_ROOT: root, TORU });
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: root, env, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

it('an input that is closed, or a folder, is an error and changes nothing', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  const run = (line: string) => shell(stage.folder, line);
  expect(run('"$TORU" kv set sleeper k before').code).toBe(0);
  for (const [input, why] of [
    ['<&-', 'it is closed'],
    ['<.', 'it is a folder'],
  ]) {
    const set = run(`"$TORU" kv set sleeper k - ${input}`);
    expect(set).toMatchObject({ code: 1, stdout: '' });
    expect(set.stderr).toBe(`toru: kv set: cannot read standard input: ${why}\n`);
    expect(run(`"$TORU" edit sleeper --file - ${input}`)).toMatchObject({ code: 1, stdout: '' });
    expect(run(`"$TORU" start - ${input}`).stderr).toContain(why);
  }
  expect(run('"$TORU" kv get sleeper k').stdout).toBe('before');
});

it('an option whose words are none is a mistake, and does not stand for all', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  for (const words of ['list --state "$UNSET"', 'list --state ,', "events --type ''", "show sleeper -p ''"]) {
    const { code, stdout, stderr } = shell(stage.folder, `"$TORU" ${words}`);
    expect([words, code, stdout]).toEqual([words, 2, '']);
    expect(stderr).toContain('is a variable of the script not set?');
  }
});

it('kill takes its signal as kill(1) does; for other verbs a number is no name', async () => {
  await using stage = await PluginStage.open({ sleeper: '[restart]\npolicy = "never"\n' });
  await stage.act('start', 'sleeper');
  const stop = shell(stage.folder, '"$TORU" stop -5 sleeper');
  expect(stop).toMatchObject({ code: 2, stdout: '' });
  expect(stop.stderr).toContain('unknown option "-5"');
  expect((await stage.status('sleeper')).state).toBe('running');
  expect(shell(stage.folder, '"$TORU" kill -9 sleeper').code).toBe(0);
  await stage.untilState('sleeper', 'failed');
  expect((await stage.crashes('sleeper'))[0]).toMatchObject({ signal: 'SIGKILL' });
});

it('without a verb --json gets its error as JSON', async () => {
  await using stage = await PluginStage.make();
  const { code, stderr } = shell(stage.folder, '"$TORU" --json');
  expect(code).toBe(2);
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'usage' } });
});
