/** The fields of a metadata document (PROTOCOL.md, "Finding out what it is") and what each must be. */

import { valid as validVersion } from 'semver';
import { PLUGIN_ID_PATTERN } from '../../protocol/plugin/metadata.ts';
import { failure, success } from '../../protocol/result.ts';
import { readCommand } from '../base/config-keys.ts';
import { isTable } from '../base/config-layer.ts';
import { boolean, oneOf, type ValueReader } from '../base/config-values.ts';

const MAX_TEXT = 4096;
const MAX_NAME = 128;

/** Text without control characters but newline and tab. */
function words(maxLength: number): ValueReader<string> {
  return (value) =>
    typeof value === 'string' && value.length <= maxLength && !/[^\P{Cc}\n\t]/u.test(value)
      ? success(value)
      : failure(`must be text of at most ${maxLength} characters without control characters`);
}

const id: ValueReader<string> = (value) =>
  typeof value === 'string' && PLUGIN_ID_PATTERN.test(value)
    ? success(value)
    : failure('must be 1 to 64 of a-z, 0-9, ".", "_" and "-", beginning with a letter or digit');

const name: ValueReader<string> = (value) => {
  const read = words(MAX_NAME)(value);
  return read.ok && /^[^\n\t]*\S[^\n\t]*$/.test(read.value)
    ? read
    : failure(`must be one line of 1 to ${MAX_NAME} characters without control characters`);
};

const version: ValueReader<string> = (value) =>
  // semver takes "v1.2.3" and " 1.2.3" as well; a version that is compared as text must not.
  typeof value === 'string' &&
  value.length <= MAX_NAME &&
  validVersion(value) !== null &&
  /^\d/.test(value.trimEnd()) &&
  value === value.trim()
    ? success(value)
    : failure('must be semver');

const protocol: ValueReader<number> = (value) => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
    return failure('must be a whole number from 1');
  // The newest that the plugin speaks; `init` says which one is spoken.
  return success(value);
};

const runtime: ValueReader<'process'> = (value) => {
  const known = oneOf('process', 'wasm', 'library')(value);
  if (!known.ok) return known;
  return known.value === 'process'
    ? success(known.value)
    : failure('must be "process": this torud runs no other runtime yet');
};

/** A path prefix: segments of unreserved characters (RFC 3986), none of them `.` or `..`. */
const route: ValueReader<string> = (value) =>
  typeof value === 'string' &&
  value.length <= 256 &&
  /^\/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]+(?:\/[A-Za-z0-9._~!$&'()*+,;=:@-]+)*\/?)?$/.test(value) &&
  !value.split('/').some((segment) => segment === '.' || segment === '..')
    ? success(value)
    : failure('must be a path prefix like "/weather"');

const fileInside: ValueReader<string> = (value) => {
  const read = words(256)(value);
  const isInside = read.ok && /^[^/\n\t][^\n\t]*$/.test(read.value) && !read.value.split('/').includes('..');
  return isInside ? read : failure("must be the name of a file in the plugin's folder");
};

const table: ValueReader<Readonly<Record<string, unknown>>> = (value) =>
  isTable(value) ? success(value) : failure('must be an object');

export const REQUIRED_FIELDS = ['id', 'name', 'version'] as const;

/** Fields that are checked; hooks and permissions are handed on as they are, unknown ones are left alone. */
export const METADATA_FIELDS = {
  id,
  name,
  version,
  description: words(MAX_TEXT),
  author: words(MAX_TEXT),
  icon: words(256),
  homepage: words(MAX_TEXT),
  licence: words(MAX_TEXT),
  protocol,
  runtime,
  command: readCommand,
  transport: oneOf('socket', 'stdio', 'none'),
  route,
  bundle: fileInside,
  http_socket: boolean,
  api: table,
} satisfies Readonly<Record<string, ValueReader<unknown>>>;

export type MetadataField = keyof typeof METADATA_FIELDS;
export const METADATA_FIELD_NAMES = Object.keys(METADATA_FIELDS) as readonly MetadataField[];
