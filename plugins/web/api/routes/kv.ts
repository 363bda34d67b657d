/** A plugin's store, for admins: it may hold anything. */

import * as z from 'zod/mini';
import { MAX_KV_KEY_BYTES, MAX_KV_VALUE_BYTES } from '../../../../src/protocol/plugin/messages.ts';
import { empty, json, notFound, type Route, refuse, route } from '../route.ts';
import { onePlugin, optional, pluginId, text, timeOrNull, whole } from '../schemas/basics.ts';

/** A value of which every byte is escaped (`\u0000`), and what surrounds it. */
const MAX_BODY_BYTES = 6 * MAX_KV_VALUE_BYTES + 1024;
const MAX_TTL_MS = 366 * 24 * 3600_000;

const key = z.string().check(
  z.minLength(1),
  z.refine((name) => Buffer.byteLength(name) <= MAX_KV_KEY_BYTES, `at most ${MAX_KV_KEY_BYTES} bytes`),
);
const oneKey = z.object({ id: pluginId, key });

const list = route({
  name: 'kv.list',
  method: 'get',
  path: '/plugins/:id/kv',
  does: "keys of a plugin's store",
  tag: 'store',
  role: 'admin',
  params: onePlugin,
  query: z.object({ prefix: optional(text) }),
  answers: {
    200: {
      does: 'sorted by key',
      schema: z.looseObject({
        entries: z.array(
          z.looseObject({ key: text, version: whole, valueBytes: whole, expiresAt: timeOrNull }),
        ),
      }),
    },
  },
  problems: [404, 503],
  handle: async ({ params, query, services }) => {
    const prefix = query.prefix === undefined ? {} : { prefix: query.prefix };
    const listed = await services.daemon.call('kv.list', { plugin: params.id, ...prefix });
    return listed.ok ? json({ entries: listed.value.entries }) : refuse(listed.failure);
  },
});

const get = route({
  name: 'kv.get',
  method: 'get',
  path: '/plugins/:id/kv/:key',
  does: 'one value, with its version',
  tag: 'store',
  role: 'admin',
  params: oneKey,
  answers: { 200: { does: 'the value', schema: z.looseObject({ key: text, value: text, version: whole }) } },
  problems: [404, 503],
  handle: async ({ params, services }) => {
    const found = await services.daemon.call('kv.get', { plugin: params.id, key: params.key });
    if (!found.ok) return refuse(found.failure);
    const { value, version } = found.value;
    return value === null ? notFound('key', params.key) : json({ key: params.key, value, version });
  },
});

const set = route({
  name: 'kv.set',
  method: 'put',
  path: '/plugins/:id/kv/:key',
  does: 'set one value; with ifVersion only if the stored version is that one (0: only if there is none)',
  tag: 'store',
  role: 'admin',
  params: oneKey,
  body: z.object({
    value: text,
    ttlMs: optional(z.int().check(z.minimum(1), z.maximum(MAX_TTL_MS))),
    ifVersion: optional(z.int().check(z.minimum(0))),
  }),
  maxBodyBytes: MAX_BODY_BYTES,
  answers: { 200: { does: 'stored', schema: z.looseObject({ key: text, version: whole }) } },
  problems: [404, 409, 413, 503],
  handle: async ({ params, body, services }) => {
    const stored = await services.daemon.call('kv.set', { plugin: params.id, key: params.key, ...body });
    return stored.ok ? json({ key: params.key, version: stored.value.version }) : refuse(stored.failure);
  },
});

const remove = route({
  name: 'kv.delete',
  method: 'delete',
  path: '/plugins/:id/kv/:key',
  does: 'delete one key',
  tag: 'store',
  role: 'admin',
  params: oneKey,
  answers: { 204: { does: 'deleted' } },
  problems: [404, 503],
  handle: async ({ params, services }) => {
    const gone = await services.daemon.call('kv.delete', { plugin: params.id, key: params.key });
    if (!gone.ok) return refuse(gone.failure);
    return gone.value.deleted ? empty() : notFound('key', params.key);
  },
});

export const KV_ROUTES: readonly Route[] = [list, get, set, remove];
