/** The web plugin as it is shipped, in a root of the bench, with somebody signed in. */

import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchRoot } from './bench-root.mts';

const CHECKOUT = dirname(dirname(fileURLToPath(import.meta.url)));
const PASSWORD = 'only for a moment on the loopback';

export interface WebFront {
  readonly port: number;
  /** The field Cookie of the session. */
  readonly cookie: string;
}

/** Enables it on a free port. torud has to run. */
export async function startWeb(root: BenchRoot): Promise<WebFront> {
  const { folder } = root;
  cpSync(join(CHECKOUT, 'dist/plugins/web'), join(folder, 'plugins/web'), { recursive: true });
  mkdirSync(join(folder, 'etc/plugins.d'), { recursive: true, mode: 0o755 });
  const dropIn = `[environment]\nSTEERING_PORT = "0"\nADMIN_PASSWORD = "${PASSWORD}"\n`;
  writeFileSync(join(folder, 'etc/plugins.d/web.toml'), dropIn, { mode: 0o600 });
  root.toru('enable', 'web');
  const said = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(root.toru('logs', 'web', '-n', '100'));
  const port = Number(said?.[1]);
  const answer = await fetch(`http://127.0.0.1:${port}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: PASSWORD }),
  });
  if (!answer.ok) throw new Error(`signing in was answered with ${answer.status}`);
  return { port, cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
}
