#!/usr/bin/env node
/** hello: greets over HTTP and counts the visits in its store. Shows a plugin made with the SDK. */

import { definePlugin, type PluginContext } from '../sdk/index.ts';
import metadata from './plugin.json';

/** Somebody else may change the count between our read and our write (`toru kv set`): then it is read again. */
const MAX_TRIES = 5;

/** Visits are counted one after the other, so that two at once are two. */
let lastVisit: Promise<string> = Promise.resolve('');

definePlugin({
  metadata: { ...metadata, runtime: 'process', transport: 'socket' },
  init: ({ config, log }) => log.info(`ready to greet ${nameIn(config)}`),
  http: async ({ path }, context) => {
    if (path !== '/hello') return { status: 404, body: 'Only /hello is here.\n' };
    lastVisit = lastVisit.then(() => countVisit(context));
    const visits = await lastVisit;
    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    return { headers, body: `Hello, ${nameIn(context.config)}. ${visits}\n` };
  },
  health: () => ({ status: 'healthy' }),
  reload: ({ config, log }) => log.info(`now greeting ${nameIn(config)}`),
  shutdown: ({ reason }, { log }) => log.notice(`goodbye: ${reason}`),
});

function nameIn(config: Readonly<Record<string, unknown>>): string {
  return typeof config.name === 'string' ? config.name : 'world';
}

/** Adds one to the stored count and answers with a sentence about it; what goes wrong is such a sentence too. */
async function countVisit({ kv, log }: PluginContext): Promise<string> {
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const stored = await kv.get('visits');
    if (!stored.ok) return uncounted(stored.failure.message);
    const visits = (Number(stored.value.value) || 0) + 1;
    const written = await kv.set('visits', String(visits), { ifVersion: stored.value.version });
    if (written.ok) return `You are visitor ${visits}.`;
    if (written.failure.code !== 'conflict') return uncounted(written.failure.message);
  }
  return uncounted(`the count was changed by others ${MAX_TRIES} times`);

  function uncounted(why: string): string {
    log.warning(`a visit was not counted: ${why}`);
    return 'This visit could not be counted.';
  }
}
