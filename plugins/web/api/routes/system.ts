/** torud, figures for a monitor, and this API itself. */

import * as z from 'zod/mini';
import { success } from '../../../../src/protocol/result.ts';
import { json, type Route, refuse, route } from '../route.ts';
import { optional, text, time, whole } from '../schemas/basics.ts';

const bytes = z.number();

const daemonSchema = z.looseObject({
  daemon: z.looseObject({
    version: text,
    pid: whole,
    since: time,
    instanceId: text,
    plugins: z.looseObject({ total: whole, running: whole, failed: whole }),
    memoryBytes: bytes,
    problems: z.array(text),
  }),
});

const daemon = route({
  name: 'daemon.show',
  method: 'get',
  path: '/daemon',
  does: 'torud itself',
  tag: 'system',
  role: 'view',
  answers: { 200: { does: 'its version, its age, and what is wrong with it', schema: daemonSchema } },
  problems: [503],
  handle: async ({ services }) => {
    const status = await services.daemon.call('daemon.status', {});
    if (!status.ok) return refuse(status.failure);
    // Who this module is for torud, and where its files are, is nobody's affair here.
    const { caller, paths, ...shown } = status.value.daemon;
    return json({ daemon: shown });
  },
});

/** By what each format is known (OpenMetrics 1.0, "Content type"; Prometheus text format 0.0.4). */
const METRIC_TYPES = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
};

const metrics = route({
  name: 'metrics',
  method: 'get',
  path: '/metrics',
  does: 'figures of torud, its plugins, its tasks and the machine for a monitor',
  tag: 'system',
  role: 'view',
  needsAllPlugins: true,
  query: z.object({ format: optional(z.enum(['openmetrics', 'prometheus'])) }),
  answers: {
    200: { does: 'OpenMetrics text, unless format says otherwise', type: 'application/openmetrics-text' },
  },
  problems: [503],
  handle: async ({ query, services }) => {
    const format = query.format ?? 'openmetrics';
    const read = await services.daemon.call('daemon.metrics', { format });
    if (!read.ok) return refuse(read.failure);
    return success({ kind: 'text', text: read.value.text, type: METRIC_TYPES[format] });
  },
});

const document = route({
  name: 'openapi',
  method: 'get',
  path: '/openapi.json',
  does: 'this document',
  tag: 'system',
  role: 'view',
  answers: { 200: { does: 'OpenAPI 3.1', schema: z.looseObject({ openapi: text }) } },
  handle: ({ services }) => json(services.document()),
});

export const SYSTEM_ROUTES: readonly Route[] = [daemon, metrics, document];
