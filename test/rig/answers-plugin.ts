/** The plugin of test/fixtures/web, which answers HTTP in both ways, and forwarding to it. */

import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PluginHttp } from '../../src/protocol/control/plugins.ts';
import { ForwardRig, type ForwardRigOptions, watchedPlugin } from './forward-rig.ts';
import { bundlePlugin } from './plugin-bundle.ts';
import { CHECKOUT } from './programs.ts';
import { ScriptedCore } from './scripted-core.ts';

export class AnswersPlugin implements AsyncDisposable {
  readonly #folder: string;
  #core: ScriptedCore | undefined;
  #rigs: ForwardRig[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Its files, in a temporary folder. */
  static async make(): Promise<AnswersPlugin> {
    const folder = await mkdtemp(join(tmpdir(), 'toru-web-'));
    const program = join(folder, 'answers.cjs');
    await bundlePlugin('plugins/sdk/index.ts', join(folder, 'sdk.cjs'));
    await copyFile(join(CHECKOUT, 'test/fixtures/web/answers.cjs'), program);
    await chmod(program, 0o755);
    return new AnswersPlugin(folder);
  }

  get core(): ScriptedCore {
    if (this.#core === undefined) throw new Error('it does not run');
    return this.#core;
  }

  /** Starts it, and a server that hands requests under /p/answers over to it. */
  async open(level: 'messages' | 'http', options: ForwardRigOptions = {}): Promise<ForwardRig> {
    const httpSocket = join(this.#folder, 'http.sock');
    this.#core = await ScriptedCore.start({
      command: [join(this.#folder, 'answers.cjs')],
      environment: { TORU_HTTP_SOCKET: httpSocket, TORU_PLUGIN_ID: 'answers' },
    });
    await this.#core.init();
    const http: PluginHttp = {
      route: '/answers',
      socket: this.#core.socketPath,
      httpSocket: level === 'http' ? httpSocket : null,
    };
    const rig = await ForwardRig.open([watchedPlugin('answers', http)], options);
    this.#rigs.push(rig);
    return rig;
  }

  /** Ends it and the servers to it; its files stay. */
  async end(): Promise<void> {
    for (const rig of this.#rigs.splice(0)) await rig[Symbol.asyncDispose]();
    await this.#core?.dispose();
    this.#core = undefined;
    await rm(join(this.#folder, 'http.sock'), { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
