/** What torud answers when a plugin asks: its own keys, nothing of others. */

import type { PluginMessageType } from '../../protocol/plugin/envelope.ts';
import { failure } from '../../protocol/result.ts';
import type { KvSettings } from '../catalog/settings.ts';
import type { KvStore } from '../data/kv.ts';
import { serveKv } from '../data/kv-requests.ts';
import type { Payload, PluginAnswer, ServePlugin } from '../runs/plugin-connection.ts';

export function servePlugin(kv: KvStore, plugin: string, quota: KvSettings): ServePlugin {
  return (type: PluginMessageType, payload: Payload): Promise<PluginAnswer> => {
    if (type === 'kv') return Promise.resolve(serveKv(kv, plugin, payload, quota));
    return Promise.resolve(
      failure({ code: 'unknown_type', message: `this torud does not serve "${type}" yet` }),
    );
  };
}
