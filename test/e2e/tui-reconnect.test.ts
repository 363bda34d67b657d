/** torud goes away under the live view, in every way: it says so, keeps its place, and goes on when torud is back. */

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { pluginStatus, ScriptedDaemon } from '../fixtures/scripted-daemon.ts';
import { runToru } from '../rig/cli-rig.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { TORU } from '../rig/programs.ts';
import { runOnTerminal } from '../rig/terminal.ts';
import { hasProgram, titleFor } from '../rig/terminal-shell.ts';
import { TmuxTerminal } from '../rig/tmux-terminal.ts';

const tmuxTest = test.skipIf(!hasProgram('tmux'));
const title = (text: string): string => titleFor('tmux', text);

let stage: PluginStage;
let terminal: TmuxTerminal;

beforeAll(async () => {
  stage = await PluginStage.open({ sleeper: '', 'sleeper/other': '', 'sleeper/third': '' });
  await stage.act('start', 'sleeper');
});
afterAll(() => stage[Symbol.asyncDispose]());

beforeEach(async () => {
  if (hasProgram('tmux')) terminal = await TmuxTerminal.open(stage.folder);
});
afterEach(() => terminal?.[Symbol.asyncDispose]());

async function open(): Promise<void> {
  await terminal.run('toru top; echo "left with $?"');
  await terminal.until(/sleeper +R running/);
}

tmuxTest(
  title('keeps cursor and filter over a kill -9 of torud, and says how long it was away'),
  async () => {
    await open();
    await terminal.type('/thi');
    await terminal.until((screen) => !/^. other/m.test(screen));
    await terminal.press('Enter');
    await stage.rig.kill();
    const away = await terminal.until(/torud is away since \d+ s/);
    expect(away).toMatch(/▸ third +S stopped/);
    expect(away).not.toMatch(/^. other/m);
    // What is done meanwhile is refused with the reason, and nothing ends for it.
    await terminal.type('s');
    await terminal.until(/third.*torud is away/);
    await stage.rig.start();
    const back = await terminal.until(/torud is back; it was away for \d/);
    expect(back).toMatch(/▸ third +S stopped/);
    expect(back).not.toMatch(/^. other/m);
    // And it is no picture of the past.
    await stage.act('start', 'third');
    await terminal.until(/third +R running/);
    await stage.act('stop', 'third');
    await terminal.until(/third +S stopped/);
  },
);

tmuxTest(title('keeps what is being typed, and the screens that are open'), async () => {
  await open();
  await terminal.type('?');
  await terminal.until(/> help/);
  await stage.rig.kill();
  await terminal.until(/torud is away/);
  await stage.rig.start();
  expect(await terminal.until(/torud is back/)).toMatch(/> help/);
  await terminal.press('Escape');
  await terminal.until(/sleeper +R running/);
  await terminal.type('/oth');
  await terminal.until(/^ \/oth$/m);
  await stage.rig.kill();
  await terminal.until(/torud is away/);
  await stage.rig.start();
  const back = await terminal.until(/torud is back/);
  expect(back).toMatch(/^ \/oth$/m);
  await terminal.type('e');
  await terminal.until(/^ \/othe$/m);
});

tmuxTest(title('a torud that is stopped stays away, and q leaves'), async () => {
  await open();
  await stage.rig.stop();
  await terminal.until(/torud is away since [1-9]/);
  await terminal.press('q');
  await terminal.until(/^left with 0$/m);
  await stage.rig.start();
  await stage.act('start', 'sleeper');
});

tmuxTest(title('goes on over an upgrade of torud'), async () => {
  await open();
  const upgraded = await runToru(stage.folder, ['daemon', 'upgrade']);
  expect(upgraded).toMatchObject({ code: 0 });
  await terminal.until(/torud is back; it was away for/);
  await stage.act('start', 'other');
  await terminal.until(/other +R running/);
});

tmuxTest(title('a torud that hangs is said to, and what is shown stays usable'), async () => {
  await open();
  process.kill(stage.rig.pid, 'SIGSTOP');
  try {
    await terminal.until(/torud does not answer since \d+ s/);
    // Whoever comes only now is not left waiting before an empty screen.
    const late = await runOnTerminal(stage.folder, `${TORU} top --timeout 200ms`);
    expect(late).toEqual({
      code: 124,
      shown: expect.stringMatching(/^toru: top: no answer from torud within 200 ms\n$/),
    });
    await terminal.press('G');
    await terminal.until(/▸ third/);
  } finally {
    process.kill(stage.rig.pid, 'SIGCONT');
  }
  await terminal.until(/torud answers again/);
});

tmuxTest(
  title('another version is named when it is back, and one that speaks otherwise is one line'),
  async () => {
    const daemon = await ScriptedDaemon.create();
    try {
      const welcome = {
        protocol: 1,
        daemon: 'torud/9.9.9',
        instanceId: 'i',
        capabilities: [],
        role: 'admin',
      };
      daemon.on('daemon.status', (_params, reply) => reply.error({ code: 'failed', message: 'no' }));
      daemon.on('plugin.watch', (_params, reply) =>
        reply.item({ kind: 'snapshot', plugins: [pluginStatus('web')] }),
      );
      await daemon.listen();
      await terminal.run(`toru --root ${daemon.root} top; echo "left with $?"`);
      await terminal.until(/web +R running/);
      await daemon.close();
      await terminal.until(/torud is away/);
      daemon.greeting = { welcome: { ...welcome, daemon: 'torud/10.0.0' } };
      await daemon.listen();
      await terminal.until(/torud is back as 10\.0\.0, was 9\.9\.9; it was away for/);
      await daemon.close();
      await terminal.until(/torud is away/);
      daemon.greeting = { welcome: { ...welcome, protocol: 2 } };
      await daemon.listen();
      const left = await terminal.until(/^left with 151$/m);
      expect(left).toMatch(/^toru: top: torud speaks control protocol 2, this toru speaks 1; /m);
    } finally {
      await daemon.remove();
    }
  },
);
