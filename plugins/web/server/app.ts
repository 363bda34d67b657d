/** The routes of the API on hono: each request is identified, admitted, checked, served, and noted if it changes something. */

import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { errorBody } from '../../../src/protocol/errors.ts';
import { messageOf } from '../../../src/protocol/result.ts';
import { checkRequest } from '../api/check.ts';
import { problem, type RouteError } from '../api/problem.ts';
import type { Answer, Reply, Route } from '../api/route.ts';
import type { Services } from '../api/services.ts';
import { awaitsContinue, sayContinue } from '../forward/continue.ts';
import { actorText, type Identity } from '../login/identity.ts';
import type { AddressList } from './address-list.ts';
import { noteChange } from './audit.ts';
import { isSafeMethod } from './csrf.ts';
import type { Fallback } from './fallback.ts';
import { faultOf } from './fault.ts';
import { admit, identify, UNKNOWN } from './gate.ts';
import type { Incoming, Outgoing } from './http-types.ts';
import { pathFault } from './path-fault.ts';
import { type Remote, remoteOf } from './remote.ts';
import { setSafeHeaders } from './safe-headers.ts';

type Env = { Bindings: HttpBindings };

/** Stands for whoever is not signed in where a route is for everybody. */
const NOBODY: Identity = { userId: 0, name: '', role: 'view', plugins: [] };

export interface AppOptions {
  readonly services: Services;
  readonly routes: readonly Route[];
  readonly trustedProxies: AddressList;
  /** What no route takes. */
  readonly fallback: Fallback;
}

interface Facts {
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  readonly remote: Remote;
  readonly identity: Identity | undefined;
}

export class App {
  readonly hono = new Hono<Env>();
  readonly #options: AppOptions;

  constructor(options: AppOptions) {
    this.#options = options;
    this.hono.use(async (context, next) => {
      const { incoming, outgoing } = context.env;
      const fault = pathFault(incoming.url ?? '');
      if (fault === undefined) await next();
      else context.res = problem({ error: errorBody('usage', fault), headers: { connection: 'close' } });
      // HTTP/2 knows no such field (RFC 9113 §8.2.2).
      if (incoming.httpVersionMajor > 1) context.res.headers.delete('connection');
      // Whether the body comes after all, nobody could tell: the next bytes are no request.
      else if (awaitsContinue(incoming)) outgoing.setHeader('connection', 'close');
    });
    for (const route of options.routes) {
      this.hono.on(route.method.toUpperCase(), `/api${route.path}`, (context) =>
        this.#onRoute(context, route),
      );
    }
    for (const [path, methods] of methodsByPath(options.routes)) {
      this.hono.all(`/api${path}`, (context) => this.#onWrongMethod(context, methods));
    }
    this.hono.all('*', (context) => this.#onOther(context));
    this.hono.onError((thrown, context) => {
      const { told, isBug } = faultOf(thrown);
      const { log } = options.services;
      const text = `${context.req.method} ${context.req.path}: ${messageOf(thrown)}`;
      if (isBug) log.error(text);
      else log.often('web.db', text);
      return problem(told);
    });
  }

  async #onRoute(context: Context<Env>, route: Route): Promise<Response> {
    const facts = this.#factsOf(context, route.role === 'none');
    const { identity, incoming } = facts;
    if (identity === undefined && route.role !== 'none') return this.#refused(facts, UNKNOWN);
    const path = context.req.param() as Readonly<Record<string, string>>;
    if (identity !== undefined && route.role !== 'none') {
      const { needsAllPlugins, role } = route;
      const admitted = admit(incoming, facts.remote, identity, { role, plugin: path.id, needsAllPlugins });
      if (!admitted.ok) {
        this.#note(route, facts, path, admitted);
        return this.#refused(facts, admitted.failure);
      }
    }
    const search = new URL(context.req.url).searchParams;
    const checked = await checkRequest(route, incoming, path, search, () =>
      sayContinue(incoming, facts.outgoing),
    );
    if (!checked.ok) return this.#refused(facts, checked.failure);
    const { services } = this.#options;
    const reply = await route.handle({
      ...checked.value,
      identity: identity ?? NOBODY,
      remote: facts.remote,
      services:
        identity === undefined ? services : { ...services, daemon: services.daemon.for(actorText(identity)) },
      request: incoming,
      response: facts.outgoing,
    });
    this.#note(route, facts, path, reply);
    return reply.ok ? answer(reply.value) : problem(reply.failure);
  }

  /** A path of the API is never a plugin's, whatever the method. */
  #onWrongMethod(context: Context<Env>, methods: readonly string[]): Response {
    const facts = this.#factsOf(context);
    if (facts.identity === undefined) return this.#refused(facts, UNKNOWN);
    const error = errorBody('usage', `${facts.incoming.method} is not known here: ${methods.join(', ')}`);
    return this.#refused(facts, { error, status: 405, headers: { allow: methods.join(', ') } });
  }

  async #onOther(context: Context<Env>): Promise<Response> {
    const facts = this.#factsOf(context);
    if (facts.identity === undefined) return this.#refused(facts, UNKNOWN);
    const refusal = await this.#options.fallback.serve({ ...facts, identity: facts.identity });
    return refusal === undefined ? RESPONSE_ALREADY_SENT : this.#refused(facts, refusal);
  }

  /** @param isForAll nobody need be known: no look at the file, which may be held by somebody */
  #factsOf(context: Context<Env>, isForAll = false): Facts {
    const { incoming, outgoing } = context.env;
    const { services, trustedProxies } = this.#options;
    setSafeHeaders(outgoing);
    const remote = remoteOf(incoming, trustedProxies);
    const identity = isForAll ? undefined : identify(incoming, services.accounts, services.isProduction);
    return { incoming, outgoing, remote, identity };
  }

  #refused({ incoming, remote, identity }: Facts, refusal: RouteError): Response {
    const response = problem(refusal);
    const who = identity === undefined ? remote.address : `${identity.name} from ${remote.address}`;
    const path = incoming.url?.split('?')[0] ?? '';
    this.#options.services.log.often(
      `refused with ${response.status}`,
      `${who}: ${incoming.method} ${path}: ${refusal.error.message}`,
    );
    return response;
  }

  /** The audit: changes that were asked for. Signing in has its own entry. */
  #note(
    route: Route,
    { incoming, identity, remote }: Facts,
    path: Readonly<Record<string, string>>,
    reply: Reply | { ok: false; failure: RouteError },
  ): void {
    if (isSafeMethod(incoming.method) || identity === undefined || route.name === 'session.begin') return;
    noteChange(this.#options.services, {
      actor: actorText(identity),
      address: remote.address,
      action: route.name,
      target: [path.id, path.key, path.name, path.task].filter((word) => word !== undefined).join(' '),
      result: reply.ok ? 'ok' : reply.failure.error.code,
    });
  }
}

function methodsByPath(routes: readonly Route[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { path, method } of routes) found.set(path, [...(found.get(path) ?? []), method.toUpperCase()]);
  return found;
}

function answer(given: Answer): Response {
  switch (given.kind) {
    case 'json':
      return new Response(JSON.stringify(given.value), {
        status: given.status,
        headers: { 'content-type': 'application/json; charset=utf-8', ...given.headers },
      });
    case 'text':
      return new Response(given.text, { headers: { 'content-type': given.type } });
    case 'empty':
      return new Response(null, { status: 204, headers: given.headers });
    case 'sent':
      return RESPONSE_ALREADY_SENT;
  }
}
