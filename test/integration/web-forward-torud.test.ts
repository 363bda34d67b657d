/** Forwarding beside a real torud: the routes follow plugin.watch, the plugins are torud's. */

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { UserKeys } from '../../plugins/web/forward/user-keys.ts';
import { ControlClient } from '../../src/client/control-client.ts';
import { USER_KEY_NAME } from '../../src/protocol/plugin/forwarded-user.ts';
import { ForwardRig, type ForwardRigOptions } from '../rig/forward-rig.ts';
import { bundlePlugin } from '../rig/plugin-bundle.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { CHECKOUT } from '../rig/programs.ts';

/** torud with the plugin hello. */
async function withHello(): Promise<PluginStage> {
  const stage = await PluginStage.make();
  const folder = join(stage.paths.pluginFolder, 'hello');
  await cp(join(CHECKOUT, 'plugins/hello/plugin.json'), join(folder, 'plugin.json'));
  await bundlePlugin('plugins/hello/hello.ts', join(folder, 'hello.cjs'));
  await stage.rig.start();
  return stage;
}

/** Forwarding whose routes follow torud, as long as torud is there. */
class Followed implements AsyncDisposable {
  readonly rig: ForwardRig;
  readonly #client: ControlClient;
  #wake: (() => void)[] = [];

  private constructor(rig: ForwardRig, client: ControlClient) {
    this.rig = rig;
    this.#client = client;
  }

  static async open(stage: PluginStage, options: ForwardRigOptions = {}): Promise<Followed> {
    const client = new ControlClient(stage.paths.controlSocket);
    const followed = new Followed(await ForwardRig.open([], options), client);
    void followed.#follow();
    return followed;
  }

  /** Settles with the first match of its kind for hello. */
  async until(kind: 'target' | 'away' | 'none'): Promise<void> {
    while (this.rig.forwarding.matchRoute('/p', '/hello').kind !== kind)
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve);
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    await this.rig[Symbol.asyncDispose]();
  }

  async #follow(): Promise<void> {
    for await (const item of this.#client.stream('plugin.watch', { all: true })) {
      this.rig.forwarding.apply(item);
      for (const wake of this.#wake.splice(0)) wake();
    }
  }
}

it('the status of a plugin says where its HTTP requests go', async () => {
  await using stage = await PluginStage.open({ sleeper: '', 'echo-stdio': '' });
  const folder = join(stage.paths.pluginFolder, 'hello');
  await cp(join(CHECKOUT, 'plugins/hello/plugin.json'), join(folder, 'plugin.json'));
  await bundlePlugin('plugins/hello/hello.ts', join(folder, 'hello.cjs'));
  await stage.call('plugin.scan');
  const sockets = stage.paths.pluginSocketFolder;
  expect((await stage.status('hello')).http).toEqual({
    route: '/hello',
    socket: join(sockets, 'hello.sock'),
    httpSocket: null,
  });
  expect(await stage.status('sleeper')).not.toHaveProperty('http');
  expect(await stage.status('echo-stdio')).not.toHaveProperty('http');
});

it('a plugin is there when it is enabled and runs, away while it restarts, and gone when it is disabled', async () => {
  await using stage = await withHello();
  await using followed = await Followed.open(stage);
  const { rig } = followed;
  expect((await fetch(rig.url('/hello'))).status).toBe(404);
  await stage.act('enable', 'hello');
  await followed.until('target');
  expect(await (await fetch(rig.url('/hello'))).text()).toBe('Hello, world. You are visitor 1.\n');
  const posted = await fetch(rig.url('/hello/visits'), { method: 'POST' });
  expect(await posted.json()).toEqual({ visits: 2 });

  const { pid } = await stage.status('hello');
  process.kill(Number(pid), 'SIGKILL');
  await followed.until('away');
  await followed.until('target');
  expect(await (await fetch(rig.url('/hello'))).text()).toBe('Hello, world. You are visitor 3.\n');

  await stage.act('disable', 'hello');
  await followed.until('none');
  expect((await fetch(rig.url('/hello'))).status).toBe(404);
});

it('a plugin that is down for longer is 503 with the time at which it is due', async () => {
  await using stage = await withHello();
  await using followed = await Followed.open(stage);
  await stage.act('enable', 'hello');
  await stage.act('stop', 'hello');
  await followed.until('away');
  const answer = await fetch(followed.rig.url('/hello'));
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '30']);
});

it('forwarding goes on while torud is away', async () => {
  await using stage = await withHello();
  await using followed = await Followed.open(stage);
  await stage.act('enable', 'hello');
  await followed.until('target');
  await stage.rig.kill();
  // The store is torud's, so this waits for nothing but the plugin.
  expect((await fetch(followed.rig.url('/hello/other'))).status).toBe(404);
  expect((await followed.rig.ended(1))[0]).toEqual({ status: 404 });
  await stage.rig.start();
});

it('the plugin believes who is signed in, by the key that torud handed over', async () => {
  await using stage = await withHello();
  const keys = new UserKeys(Buffer.alloc(32, 3), async (plugin, value) => {
    const answer = await stage.call('kv.set', { plugin, key: USER_KEY_NAME, value });
    return answer.error === undefined;
  });
  await using followed = await Followed.open(stage, {
    keyOf: (id) => keys.keyOf(id),
    context: () => ({ user: { name: 'Ada', role: 'view' } }),
  });
  await stage.act('enable', 'hello');
  await followed.until('target');
  expect(await (await fetch(followed.rig.url('/hello?x=1'))).text()).toMatch(/^Hello, Ada\. /);
});
