/** Completion in the real shells, against a real torud. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runToru } from '../rig/cli-rig.ts';
import { type DaemonRig, startDaemon } from '../rig/daemon-rig.ts';
import { CHECKOUT, cleanEnvironment } from '../rig/programs.ts';
import { writeScripts } from '../rig/script-files.ts';
import { hasProgram, TerminalShell, titleFor } from '../rig/terminal-shell.ts';

const BASH_COMPLETION = '/usr/share/bash-completion/bash_completion';

let rig: DaemonRig;
let taskId: string;

beforeAll(async () => {
  rig = await startDaemon();
  for (const id of ['web-a', 'web-b', 'db']) {
    const folder = join(rig.paths.pluginFolder, id);
    await mkdir(folder);
    const metadata = {
      id,
      name: `The ${id}`,
      version: '1.0.0',
      api: { protocol: 1 },
      command: ['/bin/true'],
      transport: 'none',
    };
    await writeFile(join(folder, 'plugin.json'), JSON.stringify(metadata));
  }
  await runToru(rig.folder, ['scan']);
  for (const key of ['plain/key', 'two words', '$(touch hacked)'])
    await runToru(rig.folder, ['kv', 'set', 'db', key, '1']);
  await writeScripts(rig.paths, { 'backup.sh': '# saves all', 'break me': '' });
  await runToru(rig.folder, ['actions', 'add', 'deploy', '--script', 'backup.sh']);
  taskId = (await runToru(rig.folder, ['run', '--detach', 'backup.sh'])).stdout.trim();
  for (const shell of ['bash', 'zsh', 'fish']) {
    const made = await runToru(rig.folder, ['completion', shell]);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    await writeFile(join(rig.folder, `toru.${shell}`), made.stdout);
  }
}, 60_000);

afterAll(() => rig[Symbol.asyncDispose]());

/** What fish offers for a line: word, then description after a tab. */
function fishOffers(line: string, env: Readonly<Record<string, string>> = {}): string[] {
  const script = `source ${rig.folder}/toru.fish; complete -C $argv[1]`;
  const surroundings = cleanEnvironment(rig.folder, {
    PATH: `${CHECKOUT}/bin:${process.env.PATH ?? ''}`,
    ...env,
  });
  const asked = spawnSync('fish', ['--no-config', '-c', script, line], {
    env: surroundings,
    cwd: rig.folder,
  });
  expect(asked.stderr.toString()).toBe('');
  return asked.stdout
    .toString()
    .split('\n')
    .filter((one) => one !== '');
}

const bashKinds = [
  ['without bash-completion', []],
  ['with bash-completion', [`source ${BASH_COMPLETION}`]],
] as const;

describe.each(bashKinds)('bash %s', (_kind, setup) => {
  const isThere = setup.length === 0 || existsSync(BASH_COMPLETION);
  const title = isThere
    ? 'completes verbs, options, values and names'
    : 'completes (skipped: bash-completion is not installed)';

  test.skipIf(!isThere)(title, async () => {
    await using shell = await TerminalShell.open('bash', rig.folder, [
      ...setup,
      "bind 'set enable-bracketed-paste off'; bind 'set bell-style none'; bind '\"\\C-g\": insert-completions'",
      `source ${rig.folder}/toru.bash`,
    ]);
    const at = `toru --root ${rig.folder}`;
    expect(await shell.complete('toru is-act')).toBe('toru is-active ');
    expect(await shell.complete('toru daemon upg')).toBe('toru daemon upgrade ');
    expect(await shell.complete('toru list --fail')).toBe('toru list --failed ');
    expect(await shell.complete('toru list --state ru')).toBe('toru list --state running ');
    expect(await shell.complete('toru list --state=ru')).toBe('toru list --state=running ');
    expect(await shell.complete('toru kill -s HU')).toBe('toru kill -s HUP ');
    expect(await shell.complete('toru wait --for restarts')).toMatch(/--for restarts\\?<$/);
    expect(await shell.complete(`${at} start d`)).toBe(`${at} start db `);
    expect(await shell.complete(`${at} start db we`)).toBe(`${at} start db web-`);
    expect(await shell.complete(`toru --root=${rig.folder} stop -- d`)).toBe(
      `toru --root=${rig.folder} stop -- db `,
    );
    expect(await shell.complete(`${at} kv get db plain`)).toBe(`${at} kv get db plain/key `);
    expect(await shell.complete(`${at} kv get db tw`)).toBe(`${at} kv get db two\\ words `);
    expect(await shell.complete(`${at} check toru.ba`)).toBe(`${at} check toru.bash `);
    expect(await shell.complete(`${at} run ba`)).toBe(`${at} run backup.sh `);
    expect(await shell.complete(`${at} run br`)).toBe(`${at} run break\\ me `);
    expect(await shell.complete(`${at} run backup.sh -- toru.ba`)).toBe(`${at} run backup.sh -- toru.bash `);
    expect(await shell.complete(`${at} task show 0`)).toBe(`${at} task show ${taskId} `);
    expect(await shell.complete(`${at} actions run d`)).toBe(`${at} actions run deploy `);
    expect(await shell.complete(`${at} actions add x --script=ba`)).toBe(
      `${at} actions add x --script=backup.sh `,
    );
    expect(await shell.complete('toru tasks --state qu')).toBe('toru tasks --state queued ');
  });
});

test('in bash nothing of the line and nothing that torud says is run as a command', async () => {
  await using shell = await TerminalShell.open('bash', rig.folder, [
    "bind 'set enable-bracketed-paste off'; bind 'set bell-style none'",
    `source ${rig.folder}/toru.bash`,
  ]);
  const at = `toru --root ${rig.folder}`;
  expect(await shell.complete(`${at} kv get db \\$`)).toMatch(/kv get db \\\$/);
  for (const weird of ['$(touch hacked)', '`touch hacked`', "a'b", 'a"b', '*', '\\', 'x;touch hacked;'])
    await shell.complete(`toru start ${weird}`);
  await shell.complete(`toru --root $(touch hacked) start `);
  expect(existsSync(join(rig.folder, 'hacked'))).toBe(false);
});

test.skipIf(!hasProgram('zsh'))(
  titleFor('zsh', 'zsh completes verbs, options, values and names, with descriptions'),
  async () => {
    await using shell = await TerminalShell.open('zsh', rig.folder, [
      'unsetopt zle_bracketed_paste beep list_beep automenu',
      'autoload -U compinit; compinit -D -u',
      `source ${rig.folder}/toru.zsh`,
    ]);
    const at = `toru --root ${rig.folder}`;
    expect(await shell.complete('toru is-act')).toBe('toru is-active ');
    expect(await shell.complete('toru daemon upg')).toBe('toru daemon upgrade ');
    expect(await shell.complete('toru list --fail')).toBe('toru list --failed ');
    expect(await shell.complete('toru list --state ru')).toBe('toru list --state running ');
    expect(await shell.complete('toru list --state=ru')).toBe('toru list --state=running ');
    expect(await shell.complete(`${at} start d`)).toBe(`${at} start db `);
    expect(await shell.complete(`toru --root=${rig.folder} stop d`)).toBe(
      `toru --root=${rig.folder} stop db `,
    );
    expect(await shell.complete(`TORU_ROOT=${rig.folder} toru stop d`)).toBe(
      `TORU_ROOT=${rig.folder} toru stop db `,
    );
    expect(await shell.complete(`${at} kv get db tw`)).toBe(`${at} kv get db two\\ words `);
    expect(await shell.complete(`${at} run ba`)).toBe(`${at} run backup.sh `);
    expect(await shell.complete(`${at} run br`)).toBe(`${at} run break\\ me `);
    expect(await shell.complete(`${at} task show 0`)).toBe(`${at} task show ${taskId} `);
    expect(await shell.complete(`${at} actions run d`)).toBe(`${at} actions run deploy `);
    expect(await shell.shown(`${at} start web-\t`, /web-b[^\n]*\n/)).toContain('stopped, The web-b');
    expect(await shell.shown('toru sta\t', /status[^\n]*\n/)).toContain('status');
    expect(existsSync(join(rig.folder, 'hacked'))).toBe(false);
  },
);

test.skipIf(!hasProgram('fish'))(
  titleFor('fish', 'fish completes verbs, options, values and names, with descriptions'),
  () => {
    const at = `toru --root ${rig.folder}`;
    const words = (line: string): string[] => fishOffers(line).map((one) => one.split('\t')[0] ?? '');
    expect(words('toru is-')).toEqual(['is-active', 'is-enabled', 'is-failed']);
    expect(fishOffers('toru is-act')).toEqual([expect.stringMatching(/^is-active\t\S/)]);
    expect(words('toru daemon upg')).toEqual(['upgrade']);
    expect(words('toru list --fail')).toEqual(['--failed']);
    expect(words('toru list --state ru')).toEqual(['running']);
    expect(words('toru list --state=ru')).toEqual(['--state=running']);
    expect(words('toru kill -s HU')).toEqual(['HUP']);
    expect(fishOffers(`${at} start d`)).toEqual(['db\tstopped, The db']);
    expect(words(`${at} start db web`)).toEqual(['web-a', 'web-b']);
    expect(words(`toru --root=${rig.folder} stop -- d`)).toEqual(['db']);
    expect(words(`TORU_ROOT=${rig.folder} toru stop d`)).toEqual(['db']);
    expect(words(`${at} kv get db `)).toEqual(['$(touch hacked)', 'plain/key', 'two words']);
    expect(words(`${at} check toru.fi`)).toEqual(['toru.fish']);
    expect(fishOffers(`${at} run ba`)).toEqual(['backup.sh\tsaves all']);
    expect(words(`${at} task logs 0`)).toEqual([taskId]);
    expect(words(`${at} actions edit d`)).toEqual(['deploy']);
    expect(words(`${at} actions add x --script ba`)).toEqual(['backup.sh']);
    expect(existsSync(join(rig.folder, 'hacked'))).toBe(false);
  },
);

test.skipIf(!hasProgram('fish'))(
  titleFor('fish', 'without a torud there are no names, and no word of complaint'),
  () => {
    expect(fishOffers('toru --root /nonexistent start ')).toEqual([]);
    expect(fishOffers('toru start ', { TORU_SOCKET: join(rig.folder, 'nobody.sock') })).toEqual([]);
  },
);

test('what the scripts ask is answered in silence when the question or the torud is wrong', async () => {
  const silent = { code: 0, stdout: '', stderr: '' };
  const wrong = [['names'], ['nonsense', '--', 'toru', ''], ['keys', 'nobody', '--', 'toru', ''], []];
  for (const question of wrong)
    expect(await runToru(rig.folder, ['__complete', ...question])).toMatchObject(silent);
  const away = ['__complete', 'names', '--', 'toru', '--root', '/nonexistent', 'start', ''];
  expect(await runToru(rig.folder, away)).toMatchObject(silent);
});

test('a torud that has hung is not waited for longer than half a second', async () => {
  process.kill(rig.pid, 'SIGSTOP');
  try {
    const startedAt = performance.now();
    const asked = await runToru(rig.folder, ['__complete', 'names', '--', 'toru', 'start', '']);
    expect(asked).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  } finally {
    process.kill(rig.pid, 'SIGCONT');
  }
});

test('an unknown shell is named, with what there is', async () => {
  const asked = await runToru(rig.folder, ['completion', 'zhs']);
  expect(asked).toMatchObject({
    code: 2,
    stdout: '',
    stderr: 'toru: completion: unknown shell "zhs"; did you mean "zsh"?\n',
  });
});
