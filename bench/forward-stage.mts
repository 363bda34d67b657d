/** What the forwarding figures need: a torud with one plugin, fronts to that plugin in processes of their own, and the web plugin. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BenchRoot } from './bench-root.mts';
import { startWeb, type WebFront } from './web-front.mts';

export type FrontKind = 'messages' | 'http' | 'plain';

const CHECKOUT = dirname(dirname(fileURLToPath(import.meta.url)));

export class Front {
  readonly port: number;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** Resident memory in bytes. @param isClean after a garbage collection */
  async rss(isClean: boolean): Promise<number> {
    this.#child.send(isClean ? 'gc' : 'rss');
    const [{ rss }] = (await once(this.#child, 'message')) as [{ rss: number }];
    return rss;
  }

  async close(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }
}

export class ForwardStage {
  readonly #root = new BenchRoot();
  readonly #fronts: Front[] = [];

  /** Starts torud and the plugin. */
  async open(): Promise<void> {
    const folder = join(this.#root.folder, 'plugins/bench');
    const manifest = {
      id: 'bench',
      name: 'Bench',
      version: '1.0.0',
      command: ['bench.cjs'],
      route: '/bench',
    };
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    writeFileSync(join(folder, 'plugin.json'), JSON.stringify(manifest));
    await bundle('forward-plugin', join(folder, 'bench.cjs'), '#!/usr/bin/env node');
    this.#root.startDaemon();
    this.#root.toru('enable', 'bench');
  }

  async front(kind: FrontKind): Promise<Front> {
    const program = join(this.#root.folder, 'front.cjs');
    await bundle('forward-front', program);
    const sockets = join(this.#root.folder, 'run/plugins');
    const child = fork(program, [kind, join(sockets, 'bench.sock'), join(sockets, 'bench.http.sock')], {
      execArgv: ['--expose-gc'],
    });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    const front = new Front(child, port);
    this.#fronts.push(front);
    return front;
  }

  /** The web plugin as it is shipped, on a free port. */
  web(): Promise<WebFront> {
    return startWeb(this.#root);
  }

  async close(): Promise<void> {
    for (const front of this.#fronts) await front.close();
    this.#root.close();
  }
}

/** As the build makes programs: what Node needs to read TypeScript is not measured. */
async function bundle(name: string, outfile: string, banner = ''): Promise<void> {
  await build({
    entryPoints: [join(CHECKOUT, 'bench', `${name}.mts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    banner: { js: banner },
    logLevel: 'error',
  });
  chmodSync(outfile, 0o755);
}
