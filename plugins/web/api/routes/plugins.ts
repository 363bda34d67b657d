/** Plugins: what they are, and what they are told. */

import * as z from 'zod/mini';
import type { CallName, ParamsOf, ResultOf } from '../../../../src/protocol/control/methods.ts';
import type { ActionParams, ActionResult } from '../../../../src/protocol/control/plugins.ts';
import { PLUGIN_STATES } from '../../../../src/protocol/plugin-state.ts';
import { mayTouch } from '../../login/identity.ts';
import { includesRole } from '../../login/role.ts';
import { publicStatus } from '../public-status.ts';
import { json, type Reply, type Route, refuse, route } from '../route.ts';
import { onePlugin, optional, yesOrNo } from '../schemas/basics.ts';
import {
  actionBody,
  actionSchema,
  enableBody,
  pluginListSchema,
  pluginShowSchema,
  reloadBody,
} from '../schemas/plugin.ts';
import type { Services } from '../services.ts';

/** How long an action is waited for unless the request says so, as `toru` does; and what is left for the answer. */
const ACTION_LIMIT_MS = 90_000;
const ANSWER_MS = 10_000;

const list = route({
  name: 'plugin.list',
  method: 'get',
  path: '/plugins',
  does: 'all plugins',
  tag: 'plugins',
  role: 'view',
  query: z.object({ state: optional(z.enum(PLUGIN_STATES)), enabled: optional(yesOrNo) }),
  answers: { 200: { does: 'sorted by id', schema: pluginListSchema } },
  problems: [503],
  handle: async ({ query, identity, services }) => {
    const listed = await services.daemon.call('plugin.list', {
      ...(query.state === undefined ? {} : { states: [query.state] }),
      ...(query.enabled === undefined ? {} : { enabled: query.enabled === 'true' }),
    });
    if (!listed.ok) return refuse(listed.failure);
    return json({
      plugins: listed.value.plugins.filter(({ id }) => mayTouch(identity, id)).map(publicStatus),
    });
  },
});

const show = route({
  name: 'plugin.show',
  method: 'get',
  path: '/plugins/:id',
  does: 'one plugin: status, why it is so, settings (values of environment and config for admins alone)',
  tag: 'plugins',
  role: 'view',
  params: onePlugin,
  answers: { 200: { does: 'the plugin', schema: pluginShowSchema } },
  problems: [404, 503],
  handle: async ({ params, identity, services }) => {
    const [why, shown] = await Promise.all([
      services.daemon.call('plugin.why', { plugin: params.id }),
      services.daemon.call('plugin.show', { plugin: params.id }),
    ]);
    if (!why.ok) return refuse(why.failure);
    if (!shown.ok) return refuse(shown.failure);
    const isAdmin = includesRole(identity.role, 'admin');
    const settings = shown.value.settings.filter(({ key }) => isAdmin || !isPrivate(key));
    const { text, plugin, commands } = why.value;
    return json({ plugin: publicStatus(plugin), why: text, commands, settings });
  },
});

/** Values of these may be passwords. */
export function isPrivate(key: string): boolean {
  return /^(environment|config)(\.|$)/.test(key);
}

type ActionName = {
  [Name in CallName]: ResultOf<Name> extends ActionResult ? Name : never;
}[CallName];

async function act<Name extends ActionName>(
  { daemon, ownId }: Services,
  method: Name,
  id: string,
  asked: Omit<ActionParams, 'names'> & Readonly<Record<string, unknown>>,
): Promise<Reply> {
  // What ends this very process cannot be waited for in it.
  const params = id === ownId && asked.dryRun !== true ? { ...asked, noBlock: true } : asked;
  const timeoutMs = params.timeoutMs ?? ACTION_LIMIT_MS;
  const request = { ...params, names: [id], timeoutMs } as unknown as ParamsOf<Name>;
  const answer = await daemon.call(method, request, timeoutMs + ANSWER_MS);
  if (!answer.ok) return refuse(answer.failure);
  const { outcomes, plan } = answer.value as ActionResult;
  const [outcome] = outcomes;
  if (outcome === undefined) return json({ plugin: id, changed: false, state: null });
  if (outcome.error !== undefined) return refuse({ ...outcome.error, name: outcome.error.name ?? id });
  const { plugin, changed, state } = outcome;
  const value = { plugin, changed, state, ...(plan === undefined ? {} : { plan }) };
  return json(value, params.noBlock === true ? 202 : 200);
}

const ACTION_ANSWERS = {
  200: { does: 'done, or already so', schema: actionSchema },
  202: { does: 'with noBlock: begun', schema: actionSchema },
};
const ACTION_PROBLEMS = [404, 409, 422, 503, 504];

function action(verb: 'start' | 'stop' | 'restart', does: string): Route {
  return route({
    name: `plugin.${verb}`,
    method: 'post',
    path: `/plugins/:id/${verb}`,
    does,
    tag: 'plugins',
    role: 'operate',
    params: onePlugin,
    body: actionBody,
    answers: ACTION_ANSWERS,
    problems: ACTION_PROBLEMS,
    handle: ({ params, body, services }) => act(services, `plugin.${verb}`, params.id, body),
  });
}

function switching(verb: 'enable' | 'disable', does: string): Route {
  return route({
    name: `plugin.${verb}`,
    method: 'post',
    path: `/plugins/:id/${verb}`,
    does,
    tag: 'plugins',
    role: 'operate',
    params: onePlugin,
    body: enableBody,
    answers: ACTION_ANSWERS,
    problems: ACTION_PROBLEMS,
    handle: ({ params, body, services }) => act(services, `plugin.${verb}`, params.id, body),
  });
}

function reload(name: string, path: string): Route {
  return route({
    name,
    method: 'post',
    path,
    does: 'read manifest and drop-in again, and restart if they changed',
    tag: 'plugins',
    role: 'operate',
    params: onePlugin,
    body: reloadBody,
    answers: ACTION_ANSWERS,
    problems: ACTION_PROBLEMS,
    handle: ({ params, body, services }) => act(services, 'plugin.reload', params.id, body),
  });
}

export const PLUGIN_ROUTES: readonly Route[] = [
  list,
  show,
  reload('plugin.reloadById', '/plugins/reload/:id'),
  switching('enable', 'start with the machine, and now'),
  switching('disable', 'do not start with the machine, and stop now'),
  action('start', 'start until the next boot'),
  action('stop', 'stop until the next boot'),
  action('restart', 'stop, then start'),
  reload('plugin.reload', '/plugins/:id/reload'),
];
