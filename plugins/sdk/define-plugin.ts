/** The one call of a plugin: says what it is when asked with `--metadata`, else runs it. */

import { PLUGIN_PROTOCOL } from '../../src/protocol/version.ts';
import type { PluginDefinition } from './definition.ts';
import { ForwardedUsers } from './forwarded-user.ts';
import { KvClient } from './kv-client.ts';
import { KvRequests } from './kv-requests.ts';
import type { WritableContext } from './lifecycle.ts';
import { type Listener, listen, listenOnStdio } from './listen.ts';
import { createLog, type Log } from './log.ts';
import { Plugin } from './plugin.ts';

const KV_TIMEOUT_MS = 10_000;

/** What a plugin may use outside its handlers, in timers of its own for example. */
export interface RunningPlugin {
  readonly kv: KvClient;
  readonly log: Log;
}

/**
 * Runs a plugin in this process, until torud ends it. With `--metadata` as an argument it prints the metadata and
 * exits 0. The transport is that of the metadata: `socket` (listens on TORU_SOCKET) unless it says `stdio`.
 * Exit codes: 0 after a shutdown or SIGTERM, 1 when that or listening failed, 2 when TORU_SOCKET is missing.
 */
export function definePlugin(definition: PluginDefinition): RunningPlugin {
  const log = createLog();
  const requests = new KvRequests(definition.kvTimeoutMs ?? KV_TIMEOUT_MS);
  const kv = new KvClient(requests);
  if (process.argv.includes('--metadata')) {
    process.stdout.write(`${JSON.stringify({ protocol: PLUGIN_PROTOCOL, ...definition.metadata })}\n`);
    process.exit(0);
  }
  let listener: Listener | undefined;
  const end = (code: number): void => {
    listener?.close();
    requests.close('the plugin ends');
    process.exit(code);
  };
  const users = new ForwardedUsers(kv, () => context.pluginId);
  const context: WritableContext = {
    pluginId: process.env.TORU_PLUGIN_ID ?? '',
    runId: Number(process.env.TORU_RUN_ID) || 0,
    instanceId: process.env.TORU_INSTANCE_ID ?? '',
    dataDir: process.env.TORU_DATA_DIR ?? process.cwd(),
    config: {},
    kv,
    log,
    userOf: (request) => users.of(request),
  };
  const plugin = new Plugin(definition, context, requests, end);
  endOnSignals(plugin, end);
  listener =
    definition.metadata.transport === 'stdio' ? startOnStdio(plugin, end) : startOnSocket(plugin, log, end);
  return { kv, log };
}

function startOnSocket(plugin: Plugin, log: Log, end: (code: number) => void): Listener | undefined {
  const socketPath = process.env.TORU_SOCKET;
  if (socketPath) return listen(socketPath, plugin);
  log.err(
    'TORU_SOCKET is not set: torud starts this program and says there where to listen; or try --metadata',
  );
  end(2);
  return undefined;
}

function startOnStdio(plugin: Plugin, end: (code: number) => void): Listener {
  return listenOnStdio({
    onAnswer: (message, connection) => plugin.onAnswer(message, connection),
    onRequest: (message, connection) => plugin.onRequest(message, connection),
    // Nobody can ask for anything any more, and nobody else can come.
    onClosed: () => void endAfter(plugin, 'stdin was closed', end),
  });
}

function endOnSignals(plugin: Plugin, end: (code: number) => void): void {
  process.on('SIGTERM', () => void endAfter(plugin, 'SIGTERM', end));
  process.on('SIGINT', () => void endAfter(plugin, 'SIGINT', end));
  // Log lines that cannot be written have nowhere else to go, and are no reason to die.
  process.stderr.on('error', () => undefined);
}

async function endAfter(plugin: Plugin, reason: string, end: (code: number) => void): Promise<void> {
  const isClean = await plugin.shutdown({ reason, graceMs: null });
  end(isClean ? 0 : 1);
}
