/** Plugins for the pictures of both user interfaces: made up, but real ones, of which some do well and some do not. */

import { type Installed, install } from '../test/rig/dependent-plugins.ts';
import type { PluginStage } from '../test/rig/plugin-stage.ts';

function talks(lines: readonly string[]): string {
  return ['#!/bin/sh', ...lines.map((line) => `echo '${line}'`), 'exec sleep infinity', ''].join('\n');
}

const CRASHES = `#!/bin/sh
echo 'connecting to crm (attempt 3)'
echo 'could not connect to crm: ECONNREFUSED' >&2
echo 'fatal: no backend, exiting' >&2
exit 7
`;

/** Three crashes at once, and then time to look at them. */
const SOON = '[restart]\ndelays_ms = [0, 0, 600000]\n';

/** @param front id of the one that the others are for */
function plugins(front: string): Readonly<Record<string, Installed>> {
  return {
    crm: {
      version: '2.3.1',
      script: talks([
        'listening on /run/crm.sock',
        'pool of 8 connections is ready',
        'GET /customers 200 in 12 ms',
      ]),
    },
    analytics: { version: '1.3.2', needs: ['crm@^2.0'], script: talks(['connected to crm']), dropIn: SOON },
    gateway: { needs: ['crm@^2.0'], script: talks(['serving 3 routes']) },
    [front]: { needs: ['gateway'], script: talks(['listening on 0.0.0.0:8080', 'GET / 200 in 3 ms']) },
    backup: {},
  };
}

/** What is installed over the one that ran well. */
const NEXT_ANALYTICS: Installed = {
  version: '1.4.0',
  needs: ['crm@^2.0'],
  script: CRASHES,
  dropIn: SOON,
};

/** Before torud starts. @param front id of the plugin that the others are for */
export async function installPlugins(stage: PluginStage, front: string): Promise<void> {
  for (const [id, plugin] of Object.entries(plugins(front))) await install(stage, id, plugin);
}

/** With torud: most run, and one no longer does since it was updated. */
export async function startPlugins(stage: PluginStage, front: string): Promise<void> {
  for (const id of ['crm', 'analytics', 'gateway', front]) await stage.act('start', id);
  await stage.act('enable', 'crm');
  await install(stage, 'analytics', NEXT_ANALYTICS);
  await stage.call('plugin.scan');
  await stage.act('restart', 'analytics', { block: false });
  await stage.until('analytics', (status) => status.state === 'backoff' && status.restarts >= 2);
}
