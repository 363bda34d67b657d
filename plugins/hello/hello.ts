#!/usr/bin/env node
/** hello: greets over HTTP, counts visits and clicks in its store, and has a page. Shows a plugin made with the SDK. */

import { definePlugin, type HttpAnswer, type HttpRequest, type PluginContext } from '../sdk/index.ts';
import { type Count, Counter } from './counter.ts';
import metadata from './plugin.json';

const MAX_NAME_LENGTH = 80;
const TEXT = { 'content-type': 'text/plain; charset=utf-8' };
const JSON_TYPE = { 'content-type': 'application/json' };

const visits = new Counter('visits');
const clicks = new Counter('clicks');

definePlugin({
  metadata: { ...metadata, runtime: 'process', transport: 'socket' },
  init: ({ config, log }) => log.info(`ready to greet ${nameIn(config)}`),
  http: (request, context) => {
    switch (request.path.replace(/\/$/, '')) {
      case '/hello':
        return greetVisitor(request, context);
      case '/hello/greeting':
        return greet(request, context);
      case '/hello/visits':
        return answerCount('visits', visits, request, context);
      case '/hello/clicks':
        return answerCount('clicks', clicks, request, context);
      default:
        return {
          status: 404,
          headers: TEXT,
          body: 'Only /hello and what README.md names below it is here.\n',
        };
    }
  },
  health: () => ({ status: 'healthy' }),
  reload: ({ config, log }) => log.info(`now greeting ${nameIn(config)}`),
  shutdown: ({ reason }, { log }) => log.notice(`goodbye: ${reason}`),
});

/** GET /hello is a visit. */
async function greetVisitor(request: HttpRequest, context: PluginContext): Promise<HttpAnswer> {
  const [name, visit] = [await nameFor(request, context), await countUp('visit', visits, context)];
  const said = 'count' in visit ? `You are visitor ${visit.count}.` : 'This visit could not be counted.';
  return { headers: TEXT, body: `Hello, ${name}. ${said}\n` };
}

async function greet(request: HttpRequest, context: PluginContext): Promise<HttpAnswer> {
  return { headers: TEXT, body: `Hello, ${await nameFor(request, context)}.\n` };
}

/** The `name` that is asked for, else who is signed in at the web console, else whom the settings name. */
async function nameFor(request: HttpRequest, context: PluginContext): Promise<string> {
  const asked = [...(request.query.get('name') ?? '').trim()].slice(0, MAX_NAME_LENGTH).join('');
  if (asked !== '') return asked;
  return (await context.userOf(request))?.name ?? nameIn(context.config);
}

/** GET tells the count, POST adds one. */
async function answerCount(
  name: string,
  counter: Counter,
  { method }: HttpRequest,
  context: PluginContext,
): Promise<HttpAnswer> {
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST')
    return { status: 405, headers: { ...TEXT, allow: 'GET, HEAD, POST' }, body: 'GET or POST.\n' };
  const counted =
    method === 'POST' ? await countUp(name.slice(0, -1), counter, context) : await counter.read(context);
  const isKnown = 'count' in counted;
  const body = isKnown ? { [name]: counted.count } : counted;
  return { status: isKnown ? 200 : 503, headers: JSON_TYPE, body: `${JSON.stringify(body)}\n` };
}

async function countUp(what: string, counter: Counter, context: PluginContext): Promise<Count> {
  const counted = await counter.add(context);
  if ('fault' in counted) context.log.warning(`a ${what} was not counted: ${counted.fault}`);
  return counted;
}

function nameIn(config: Readonly<Record<string, unknown>>): string {
  return typeof config.name === 'string' ? config.name : 'world';
}
