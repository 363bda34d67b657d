/** A real torud with plugins of test/fixtures on a root of its own, driven over the control socket; waits for states, never for time. */

import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Crash, CrashSummary } from '../../src/protocol/control/crashes.ts';
import type { PluginEvent } from '../../src/protocol/control/events.ts';
import type { ActionOutcome, PluginStatus, WatchItem } from '../../src/protocol/control/plugins.ts';
import { type ControlConnection, openControl } from './control-connection.ts';
import { type DaemonOptions, DaemonRig } from './daemon-rig.ts';
import { writeConfig, writeDropIn } from './plugin-fixture.ts';
import { CHECKOUT } from './programs.ts';
import { makeTemporaryRoot } from './temporary-root.ts';

/** Longest wait for a state; a test that gets there has failed. */
const LIMIT_MS = 15_000;
/** Starts of many plugins are one call. */
const CALL_LIMIT_MS = 60_000;

/** Nothing waits longer than it must: ready at once, restarted at once, given up on stopping soon. */
const QUICK = `
[defaults.start]
seconds = 0
[defaults.restart]
delays_ms = [0]
`;

export type Answer = Readonly<Record<string, unknown>>;

export class PluginStage implements AsyncDisposable {
  readonly rig: DaemonRig;
  #request = 100;

  private constructor(rig: DaemonRig) {
    this.rig = rig;
  }

  /** A root without a torud yet. @param config appended to torud.toml */
  static async make(config = '', options: DaemonOptions = {}): Promise<PluginStage> {
    const root = await makeTemporaryRoot();
    await writeConfig(root.paths, QUICK + config);
    return new PluginStage(new DaemonRig(root, options));
  }

  /** A root with these fixture plugins (`id` or `id: drop-in`), and torud running on it. */
  static async open(
    plugins: Readonly<Record<string, string>>,
    config = '',
    options: DaemonOptions = {},
  ): Promise<PluginStage> {
    const stage = await PluginStage.make(config, options);
    try {
      for (const [id, dropIn] of Object.entries(plugins)) await stage.install(id, dropIn);
      await stage.rig.start();
      return stage;
    } catch (thrown) {
      await stage[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  get folder(): string {
    return this.rig.folder;
  }

  get paths(): DaemonRig['paths'] {
    return this.rig.paths;
  }

  /** Copies a fixture plugin. `fixture/other-id` installs it under another id. */
  async install(name: string, dropIn = ''): Promise<string> {
    const [fixture = '', id = fixture] = name.split('/');
    const folder = join(this.paths.pluginFolder, id);
    if (dropIn !== '') await writeDropIn(this.paths, id, dropIn);
    await this.copyFixture(fixture, id, folder);
    return folder;
  }

  async copyFixture(fixture: string, id: string, folder: string): Promise<void> {
    await cp(join(CHECKOUT, 'test/fixtures/plugins', fixture), folder, { recursive: true });
    if (fixture === id) return;
    const file = join(folder, 'plugin.json');
    const metadata: unknown = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...(metadata as object), id }));
  }

  /** One request; its result, or its error under `error`. Throws when torud does not answer in time. */
  async call(method: string, params: object = {}): Promise<Answer> {
    await using connection = await openControl(this.paths.controlSocket);
    this.#request += 1;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      connection.close();
    }, CALL_LIMIT_MS);
    try {
      const frame = await connection.request(this.#request, method, params);
      return (frame.result ?? { error: frame.error }) as Answer;
    } catch (thrown) {
      throw isLate ? new Error(`torud gave no answer to ${method} for ${CALL_LIMIT_MS} ms`) : thrown;
    } finally {
      clearTimeout(timer);
    }
  }

  /** An action on one plugin; its outcome. */
  async act(verb: string, id: string, params: object = {}): Promise<ActionOutcome> {
    const answer = await this.call(`plugin.${verb}`, { names: [id], ...params });
    const [outcome] = (answer.outcomes ?? []) as readonly ActionOutcome[];
    if (outcome === undefined) throw new Error(`${verb} ${id}: ${JSON.stringify(answer)}`);
    return outcome;
  }

  async status(id: string): Promise<PluginStatus> {
    const { plugins } = (await this.call('plugin.list', { names: [id] })) as {
      plugins: readonly PluginStatus[];
    };
    const [status] = plugins;
    if (status === undefined) throw new Error(`torud knows no ${id}`);
    return status;
  }

  /** Pid of the toru-shim that carries the plugin's run. */
  async shimPid(id: string): Promise<number> {
    const { properties } = await this.call('plugin.show', { plugin: id });
    return Number((properties as Answer).shimPid);
  }

  /** Waits, told by plugin.watch, until the plugin's status is as wanted, and answers it. */
  async until(id: string, isWanted: (status: PluginStatus) => boolean): Promise<PluginStatus> {
    let last: PluginStatus | undefined;
    for await (const item of this.items('plugin.watch', { names: ['*'], allowNone: true })) {
      const watched = item as unknown as WatchItem;
      const seen =
        watched.kind === 'snapshot' ? watched.plugins : watched.kind === 'plugin' ? [watched.plugin] : [];
      for (const status of seen) {
        if (status.id !== id) continue;
        last = status;
        if (isWanted(status)) return status;
      }
    }
    throw new Error(`${id} never got there; last: ${JSON.stringify(last)}`);
  }

  untilState(id: string, state: PluginStatus['state']): Promise<PluginStatus> {
    return this.until(id, (status) => status.state === state);
  }

  /** Waits until the plugin has logged a line with this text. */
  async untilLine(id: string, text: string): Promise<void> {
    for await (const item of this.items('log.read', { names: [id], follow: true, lines: 1000 })) {
      if ((item.lines as readonly string[]).some((line) => line.includes(text))) return;
    }
    throw new Error(`${id} never logged ${text}`);
  }

  /** Waits until `id` is no longer among the plugins. */
  async untilForgotten(id: string): Promise<void> {
    for await (const item of this.items('plugin.watch', { names: ['*'], allowNone: true })) {
      const watched = item as unknown as WatchItem;
      if (watched.kind === 'removed' && watched.id === id) return;
      if (watched.kind === 'snapshot' && !watched.plugins.some((plugin) => plugin.id === id)) return;
    }
    throw new Error(`${id} is still there`);
  }

  /** Waits for an event, the written ones first. */
  async untilEvent(isWanted: (event: PluginEvent) => boolean): Promise<PluginEvent> {
    for await (const item of this.items('event.read', { follow: true })) {
      const found = (item.events as readonly PluginEvent[]).find(isWanted);
      if (found !== undefined) return found;
    }
    throw new Error('no such event came');
  }

  /** All events so far, oldest first; of one plugin when it is named. */
  async events(id?: string): Promise<readonly PluginEvent[]> {
    const events: PluginEvent[] = [];
    for await (const item of this.items('event.read', id === undefined ? {} : { names: [id] }))
      events.push(...(item.events as readonly PluginEvent[]));
    return events;
  }

  /** Newest first. */
  async crashes(id: string): Promise<readonly CrashSummary[]> {
    return (await this.call('crash.list', { names: [id] })).crashes as readonly CrashSummary[];
  }

  /** The plugin's newest capsule. */
  async capsule(id: string): Promise<Crash> {
    return (await this.call('crash.show', { id: -1, plugin: id })).crash as Crash;
  }

  /** Items of a stream until it ends, or until the limit of all waits. */
  async *items(method: string, params: object): AsyncGenerator<Answer> {
    await using connection = await openControl(this.paths.controlSocket);
    connection.send({ id: 1, method, params });
    const timer = setTimeout(() => connection.close(), LIMIT_MS);
    try {
      yield* itemsOf(connection, method);
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.rig[Symbol.asyncDispose]();
  }
}

async function* itemsOf(connection: ControlConnection, method: string): AsyncGenerator<Answer> {
  for (;;) {
    const frame = await connection.nextFrame();
    if (frame === undefined || frame.end !== undefined) return;
    if (frame.error !== undefined) throw new Error(`${method}: ${JSON.stringify(frame.error)}`);
    if (frame.item !== undefined) yield frame.item as Answer;
  }
}
