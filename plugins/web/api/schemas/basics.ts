/** Parts that several schemas are made of. Objects of answers are loose: later versions add keys. */

import * as z from 'zod/mini';
import { ERROR_KINDS, type ErrorCode } from '../../../../src/protocol/errors.ts';
import { PLUGIN_ID_PATTERN } from '../../../../src/protocol/plugin/metadata.ts';
import { ROLES } from '../../login/role.ts';
import { USER_NAME_PATTERN } from '../../login/user-table.ts';

export const optional = z.exactOptional;
export const text = z.string();
export const flag = z.boolean();
export const number = z.number();
export const whole = z.int();
export const numberOrNull = z.nullable(z.number());
export const textOrNull = z.nullable(z.string());

/** RFC 3339. */
export const time = z
  .string()
  .check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/));
export const timeOrNull = z.nullable(time);

export const role = z.enum(ROLES);
const ONE_ID = PLUGIN_ID_PATTERN.source.replace(/^\^|\$$/g, '');
export const pluginId = z.string().check(z.regex(PLUGIN_ID_PATTERN));
/** In a query: ids with commas between. */
export const pluginIdList = z.string().check(z.regex(new RegExp(`^${ONE_ID}(,${ONE_ID})*$`)));
export const userName = z.string().check(z.regex(USER_NAME_PATTERN));

/** In a query everything is text. */
export const yesOrNo = z.enum(['true', 'false']);
export const wholeText = z.string().check(z.regex(/^\d{1,15}$/));

export const onePlugin = z.object({ id: pluginId });

const CODES = Object.keys(ERROR_KINDS) as [ErrorCode, ...ErrorCode[]];
export const errorSchema = z.looseObject({
  code: z.enum(CODES),
  message: text,
  hint: optional(text),
  name: optional(text),
});

/** problem+json (api/problem.ts). */
export const problemSchema = z.looseObject({
  type: text,
  title: text,
  status: whole,
  detail: text,
  code: z.enum(CODES),
  hint: optional(text),
  name: optional(text),
});

export const actorSchema = z.looseObject({
  kind: z.enum(['user', 'daemon', 'plugin', 'boot']),
  uid: optional(whole),
  gid: optional(whole),
  pid: optional(whole),
  name: optional(text),
});
