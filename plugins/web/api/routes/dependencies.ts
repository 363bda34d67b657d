/** What a plugin needs, and who needs it. */

import * as z from 'zod/mini';
import { json, type Route, refuse, route } from '../route.ts';
import { onePlugin, optional, yesOrNo } from '../schemas/basics.ts';
import { dependencyTreeSchema } from '../schemas/dependency.ts';

const tree = route({
  name: 'plugin.dependencies',
  method: 'get',
  path: '/plugins/:id/dependencies',
  does: 'what the plugin needs, and what that needs; with reverse=true who needs it',
  tag: 'plugins',
  role: 'view',
  params: onePlugin,
  query: z.object({ reverse: optional(yesOrNo) }),
  answers: { 200: { does: 'the plugin, and below it the others', schema: dependencyTreeSchema } },
  problems: [404, 503],
  handle: async ({ params, query, services }) => {
    const reverse = query.reverse === 'true' ? { reverse: true } : {};
    const found = await services.daemon.call('plugin.dependencies', { plugin: params.id, ...reverse });
    return found.ok ? json({ tree: found.value.tree }) : refuse(found.failure);
  },
});

export const DEPENDENCY_ROUTES: readonly Route[] = [tree];
