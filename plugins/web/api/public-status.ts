/** A plugin's status, as clients of this server get it. */

import type { PluginStatus } from '../../../src/protocol/control/plugins.ts';

/** Where the plugin's sockets are is nobody's affair outside. */
export function publicStatus({ http, ...status }: PluginStatus): unknown {
  return { ...status, ...(http === undefined ? {} : { route: http.route }) };
}
