/** The browser's part of a plugin. The other files of its folder are served beside it (server/plugin-fallback.ts). */

import * as z from 'zod/mini';
import { errorBody } from '../../../../src/protocol/errors.ts';
import { asksForWorker, NO_WORKER } from '../../forward/service-worker.ts';
import { BUNDLE } from '../../server/frontend.ts';
import { sendStatic } from '../../server/static-file.ts';
import { notFound, type Route, refuse, route, SENT } from '../route.ts';
import { onePlugin, optional, text } from '../schemas/basics.ts';

const bundle = route({
  name: 'plugin.bundle',
  method: 'get',
  path: `/plugins/:id/${BUNDLE}`,
  does: "the browser's part of an enabled plugin, an ES module; v is ignored, for who wants an address of its own for each version",
  tag: 'plugins',
  role: 'view',
  params: onePlugin,
  query: z.object({ v: optional(text) }),
  answers: {
    200: { does: 'with an ETag', type: 'text/javascript' },
    304: { does: 'as If-None-Match has it' },
  },
  problems: [404, 503],
  handle: async ({ params, services, request, response }) => {
    if (asksForWorker(request)) return refuse(errorBody(NO_WORKER.code, NO_WORKER.detail));
    const found = await services.frontend.find(params.id, BUNDLE);
    if (!found.ok) return refuse(found.failure);
    if (found.value === undefined) return notFound('bundle', params.id);
    await sendStatic(found.value, request, response);
    return SENT;
  },
});

export const FRONTEND_ROUTES: readonly Route[] = [bundle];
