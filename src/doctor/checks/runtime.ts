/** What torud runs on: Node, koffi, and its own bundles. */

import { dirname, join } from 'node:path';
import { loadKernelCalls } from '../../daemon/upgrade/kernel-calls.ts';
import type { Finding } from '../../protocol/programs.ts';
import type { Check } from '../finding.ts';
import { fail, ok, skip, warn } from '../finding.ts';
import { textOf } from '../machine.ts';

const OLDEST_NODE = 24;

export const runtime: Check = async (view) => [
  nodeFinding(process.versions.node, wantedNode(view.request.distFolder)),
  await koffiFinding(),
  bundleFinding(view.request.distFolder),
];

/** @param wanted the version that is installed with toru; undefined: none is */
export function nodeFinding(used: string, wanted: string | undefined): Finding {
  const name = 'runtime.node';
  if (Number(used.split('.')[0]) < OLDEST_NODE)
    return fail(
      name,
      `Node ${used} is too old`,
      `put Node ${OLDEST_NODE} or newer in PATH, or run npm install where toru is installed`,
    );
  if (wanted !== undefined && wanted !== used)
    return warn(
      name,
      `Node ${used} is used; ${wanted} is the one that toru was tested with`,
      'start toru by bin/toru, which finds the Node that it brought along',
    );
  return ok(name, `Node ${used}${wanted === undefined ? ', from PATH' : ''}`);
}

/** As package.json of this installation names it; undefined where Node is not brought along. */
function wantedNode(distFolder: string): string | undefined {
  const packaged = jsonOf(join(dirname(distFolder), 'package.json'));
  const wanted = (packaged?.optionalDependencies as Record<string, unknown> | undefined)?.[
    `node-linux-${process.arch}`
  ];
  return typeof wanted === 'string' ? wanted : undefined;
}

async function koffiFinding(): Promise<Finding> {
  const name = 'runtime.koffi';
  const loaded = await loadKernelCalls();
  if (loaded.ok)
    return ok(
      name,
      'koffi works: callers are known by their uid, service managers are notified, sockets stay over an upgrade',
    );
  return warn(
    name,
    `${loaded.failure}: torud does not know who calls, so the control socket is 0600, and there is no notice to systemd`,
    'run npm install where toru is installed',
  );
}

function bundleFinding(distFolder: string): Finding {
  const name = 'runtime.bundles';
  const missing = ['torud.cjs', 'toru.cjs', 'toru-full.cjs'].filter(
    (file) => textOf(join(distFolder, file)) === undefined,
  );
  if (missing.length > 0)
    return fail(name, `${missing.join(', ')} cannot be read in ${distFolder}`, 'install toru again');
  return ok(name, `installed in ${distFolder}`);
}

function jsonOf(file: string): Record<string, unknown> | undefined {
  const text = textOf(file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

/** What native/build.sh wrote down of how it made toru-shim. */
export interface BuildRecord {
  readonly arch: string;
  readonly compiler: string;
  readonly static: boolean;
  readonly sha256: string;
}

/** dist/native/build-record.json; undefined: not written down. */
export function buildRecordOf(distFolder: string, file: string): BuildRecord | undefined {
  return jsonOf(join(distFolder, 'native/build-record.json'))?.[file] as BuildRecord | undefined;
}

/** For a finding whose subject needs a torud that answers. */
export function needsTorud(name: string): Finding {
  return skip(name, 'only a torud that answers knows');
}
