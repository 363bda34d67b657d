#!/usr/bin/env node
/** hello: greets over HTTP and counts the visits in its store. Shows a plugin made with the SDK. */

import { definePlugin, type HttpAnswer, type HttpRequest, type PluginContext } from '../sdk/index.ts';
import metadata from './plugin.json';

/** Somebody else may change the count between our read and our write (`toru kv set`): then it is read again. */
const MAX_TRIES = 5;
const TEXT = { 'content-type': 'text/plain; charset=utf-8' };
const JSON_TYPE = { 'content-type': 'application/json' };

/** The count after a visit, or why it is not known. */
type Count = { readonly visits: number } | { readonly fault: string };

/** Visits are counted one after the other, so that two at once are two. */
let lastVisit: Promise<Count> = Promise.resolve({ visits: 0 });

definePlugin({
  metadata: { ...metadata, runtime: 'process', transport: 'socket' },
  init: ({ config, log }) => log.info(`ready to greet ${nameIn(config)}`),
  http: (request, context) => {
    if (request.path === '/hello' || request.path === '/hello/') return greet(request, context);
    if (request.path === '/hello/visits') return answerVisits(request, context);
    return { status: 404, headers: TEXT, body: 'Only /hello and /hello/visits are here.\n' };
  },
  health: () => ({ status: 'healthy' }),
  reload: ({ config, log }) => log.info(`now greeting ${nameIn(config)}`),
  shutdown: ({ reason }, { log }) => log.notice(`goodbye: ${reason}`),
});

/** GET /hello is a visit. Who is signed in at the web console is greeted by name. */
async function greet(request: HttpRequest, context: PluginContext): Promise<HttpAnswer> {
  const [user, count] = [await context.userOf(request), await countVisit(context)];
  const visit = 'visits' in count ? `You are visitor ${count.visits}.` : 'This visit could not be counted.';
  return { headers: TEXT, body: `Hello, ${user?.name ?? nameIn(context.config)}. ${visit}\n` };
}

/** GET /hello/visits tells the count, POST adds one. */
async function answerVisits({ method }: HttpRequest, context: PluginContext): Promise<HttpAnswer> {
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST')
    return { status: 405, headers: { ...TEXT, allow: 'GET, HEAD, POST' }, body: 'GET or POST.\n' };
  const count = method === 'POST' ? await countVisit(context) : await readVisits(context);
  const status = 'visits' in count ? 200 : 503;
  return { status, headers: JSON_TYPE, body: `${JSON.stringify(count)}\n` };
}

function nameIn(config: Readonly<Record<string, unknown>>): string {
  return typeof config.name === 'string' ? config.name : 'world';
}

async function readVisits({ kv }: PluginContext): Promise<Count> {
  const stored = await kv.get('visits');
  return stored.ok ? { visits: Number(stored.value.value) || 0 } : { fault: stored.failure.message };
}

function countVisit(context: PluginContext): Promise<Count> {
  lastVisit = lastVisit.then(() => addVisit(context));
  return lastVisit;
}

async function addVisit({ kv, log }: PluginContext): Promise<Count> {
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const stored = await kv.get('visits');
    if (!stored.ok) return uncounted(stored.failure.message);
    const visits = (Number(stored.value.value) || 0) + 1;
    const written = await kv.set('visits', String(visits), { ifVersion: stored.value.version });
    if (written.ok) return { visits };
    if (written.failure.code !== 'conflict') return uncounted(written.failure.message);
  }
  return uncounted(`the count was changed by others ${MAX_TRIES} times`);

  function uncounted(fault: string): Count {
    log.warning(`a visit was not counted: ${fault}`);
    return { fault };
  }
}
