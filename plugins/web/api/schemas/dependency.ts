/** Dependencies (src/protocol/control/dependencies.ts). */

import * as z from 'zod/mini';
import { PLUGIN_STATES } from '../../../../src/protocol/plugin-state.ts';
import { flag, text, textOrNull } from './basics.ts';

/** Nodes are of the same form, as deep as the plugins need each other. */
const nodeSchema = z.looseObject({
  plugin: text,
  range: text,
  required: flag,
  state: z.nullable(z.enum(PLUGIN_STATES)),
  version: textOrNull,
  fits: flag,
  isCycle: flag,
  nodes: z.array(z.looseObject({ plugin: text, isCycle: flag, nodes: z.array(z.unknown()) })),
});

export const dependencyTreeSchema = z.looseObject({ tree: nodeSchema });
