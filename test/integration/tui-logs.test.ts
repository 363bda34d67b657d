/** The logs screen of the terminal UI before a real torud: what comes while it is paused is all there afterwards. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Globals } from '../../src/cli/globals.ts';
import { Session } from '../../src/cli/session.ts';
import type { ScreenMessage } from '../../src/cli/tui/messages.ts';
import { Requests } from '../../src/cli/tui/requests.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { LogsStage } from '../unit/tui-logs-stage.ts';

const FIRST_LINES = 500;
const LINES = 100_000;
const LIMIT_MS = 40_000;

/** Writes some lines, and many more once it is told to. */
const SCRIPT = `#!/bin/sh
seq -f 'n=%.0f' ${FIRST_LINES}
until [ -e "$(dirname "$0")/go" ]; do sleep 0.05; done
seq -f 'n=%.0f' ${FIRST_LINES + 1} ${FIRST_LINES + LINES}
exec sleep infinity
`;

/** A screen whose effects go to torud. */
class LiveLogs implements Disposable {
  readonly stage = new LogsStage(['writes-lines']);
  readonly #requests: Requests;
  readonly #session: Session;
  #onMessage: () => void = () => undefined;

  constructor(socketPath: string) {
    const globals = { isQuiet: true, timeoutMs: 10_000 } as Globals;
    const screen = { isTerminal: false, hasColour: false, columns: 80 } as unknown as Session['screen'];
    this.#session = new Session([], {}, globals, screen, socketPath);
    this.#requests = new Requests(this.#session, (message) => this.#take(message));
    this.#requests.onConnection(this.#session.client);
    this.stage.open();
    this.#carryOut();
  }

  press(key: string): void {
    this.stage.press(key);
    this.#carryOut();
  }

  /** Waits for messages until it is so. */
  async until(isSo: () => boolean): Promise<void> {
    const deadline = performance.now() + LIMIT_MS;
    while (!isSo()) {
      if (performance.now() > deadline) throw new Error(`it did not come: ${this.stage.lines().join('\n')}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onMessage = resolve;
      const timer = setTimeout(resolve, LIMIT_MS);
      await promise;
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    this.#requests.end();
    this.#session.client.close();
  }

  #take(message: ScreenMessage): void {
    this.stage.send(message);
    this.#carryOut();
    this.#onMessage();
  }

  #carryOut(): void {
    for (const effect of this.stage.effects.splice(0)) {
      if (effect.type === 'call') void this.#requests.call(effect);
      if (effect.type === 'follow') void this.#requests.follow(effect);
      if (effect.type === 'unfollow') this.#requests.unfollow(effect.tag);
    }
  }
}

describe('logs of a real torud', () => {
  test('100,000 lines that come while it is paused and scrolled are all reachable, in order', async () => {
    await using plugins = await PluginStage.open({ 'writes-lines': '' });
    const folder = join(plugins.paths.pluginFolder, 'writes-lines');
    await writeFile(join(folder, 'run'), SCRIPT);
    await plugins.act('start', 'writes-lines');
    using logs = new LiveLogs(plugins.paths.controlSocket);
    const { stage } = logs;
    stage.rows = 120;
    await logs.until(() => stage.numbers().at(-1) === FIRST_LINES);
    logs.press(' ');
    logs.press('b');
    const shown = stage.numbers();
    await writeFile(join(folder, 'go'), '');
    await logs.until(() => stage.status().includes('+ new lines wait'));
    expect(stage.numbers()).toEqual(shown);
    // Over another torud, too.
    await plugins.rig.kill();
    await plugins.rig.start();
    let seen = shown.at(-1) ?? 0;
    while (seen < FIRST_LINES + LINES) {
      // At the end of what is held so far it moves only when more has come.
      await logs.until(() => {
        logs.press('f');
        return (stage.numbers().at(-1) ?? 0) > seen;
      });
      const numbers = stage.numbers();
      expect(numbers[0]).toBeLessThanOrEqual(seen + 1);
      expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] ?? 0) + at));
      seen = numbers.at(-1) ?? 0;
    }
    logs.press('g');
    await logs.until(() => stage.numbers()[0] === 1);
    logs.press('G');
    await logs.until(() => stage.numbers().at(-1) === FIRST_LINES + LINES);
  });
});
