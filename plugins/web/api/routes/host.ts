/** The machine that torud runs on. */

import * as z from 'zod/mini';
import type { PluginProcesses, SystemReadParams } from '../../../../src/protocol/control/system.ts';
import { type Identity, mayTouch } from '../../login/identity.ts';
import { includesRole } from '../../login/role.ts';
import { json, type Route, refuse, route } from '../route.ts';
import { optional, yesOrNo } from '../schemas/basics.ts';
import { systemSchema } from '../schemas/system.ts';

/** torud keeps no more. */
const MAX_HISTORY_MS = 3_600_000;
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 };
const DURATION = /^(\d{1,9})(ms|s|m|min|h)?$/;

const system = route({
  name: 'system.show',
  method: 'get',
  path: '/system',
  does:
    'processors, memory, load, disks, networks and uptime of the machine; with history (15min, 3600 for as many seconds; an ' +
    'hour is kept) the past as columns, as many points as are asked for; with processes=true those of each plugin that runs, ' +
    'with their arguments for those who may operate it',
  tag: 'system',
  role: 'view',
  query: z.object({
    history: optional(z.string().check(z.regex(DURATION))),
    points: optional(z.string().check(z.regex(/^([1-9]\d{0,2}|[12]\d{3}|3[0-5]\d\d|3600)$/))),
    processes: optional(yesOrNo),
  }),
  answers: {
    200: { does: 'as torud saw it within the last second; rates are a second', schema: systemSchema },
  },
  problems: [503],
  handle: async ({ query, identity, services }) => {
    const { history, points, processes } = query;
    const params: SystemReadParams = {
      ...(history === undefined ? {} : { historyMs: Math.min(MAX_HISTORY_MS, milliseconds(history)) }),
      ...(points === undefined ? {} : { points: Number(points) }),
      ...(processes === 'true' ? { processes: true } : {}),
    };
    const read = await services.daemon.call('system.read', params);
    if (!read.ok) return refuse(read.failure);
    const { system: figures, plugins, ...rest } = read.value;
    return json({
      ...figures,
      ...rest,
      ...(plugins === undefined ? {} : { plugins: shownTo(identity, plugins) }),
    });
  },
});

function milliseconds(duration: string): number {
  const [, count, unit = 's'] = DURATION.exec(duration) ?? [];
  return Number(count) * (UNITS_MS[unit] ?? 0);
}

/** torud knows this module alone, so whose arguments are shown to whom is decided here, by the same rule as there. */
function shownTo(identity: Identity, plugins: readonly PluginProcesses[]): readonly PluginProcesses[] {
  const mine = plugins.filter(({ plugin }) => mayTouch(identity, plugin));
  if (includesRole(identity.role, 'operate')) return mine;
  return mine.map(({ plugin, processes }) => ({
    plugin,
    processes: processes.map((one) => ({ ...one, command: one.name })),
  }));
}

export const HOST_ROUTES: readonly Route[] = [system];
