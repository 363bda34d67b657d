/** Kinds of values that the parameters of many methods share. */

import * as z from 'zod/mini';

const MAX_NAME_LENGTH = 256;
const MAX_TIME_LENGTH = 40;
const MAX_DURATION_MS = 366 * 24 * 3600 * 1000;
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

export const optional = z.exactOptional;
export const flag = optional(z.boolean());
export const name = z.string().check(z.minLength(1), z.maxLength(MAX_NAME_LENGTH));
export const count = z.int().check(z.minimum(0));
export const durationMs = z.number().check(z.minimum(0), z.maximum(MAX_DURATION_MS));
/** RFC 3339. */
export const time = z.string().check(
  z.maxLength(MAX_TIME_LENGTH),
  z.refine((text) => RFC3339.test(text) && !Number.isNaN(Date.parse(text)), 'an RFC 3339 time'),
);
export const nothing = z.object({});
