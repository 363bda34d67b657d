/** Reads a metadata document: bytes in, what the plugin is or one line of why not out. Never throws. */

import {
  MAX_METADATA_BYTES,
  PLUGIN_ID_PATTERN,
  type PluginMetadata,
} from '../../protocol/plugin/metadata.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { isTable, readLayer, type SettingLayer } from '../base/config-layer.ts';
import type { ValueReader } from '../base/config-values.ts';
import { oneLine, quoteValue } from '../base/one-line.ts';
import { decodeUtf8 } from '../base/small-file.ts';
import { problemAt, problemOnLine, type SettingsProblem, type SettingsText } from '../base/toml-problem.ts';
import { readDependencies } from './dependency-fields.ts';
import { findJsonLines, type JsonLines } from './json-lines.ts';
import {
  METADATA_FIELD_NAMES,
  METADATA_FIELDS,
  type MetadataField,
  REQUIRED_FIELDS,
} from './metadata-fields.ts';
import type { Dependency } from './settings.ts';

/** Longest reason of a refusal, in UTF-16 units. */
export const MAX_REASON_LENGTH = 480;

export interface ReadMetadata {
  /** `command` is empty when the document names none. */
  readonly metadata: PluginMetadata;
  /** `api.dependencies`, in its order. */
  readonly dependencies: readonly Dependency[];
  /** The author's defaults. */
  readonly layer: SettingLayer;
  /** Where `command` stands, for messages. */
  readonly commandPlace: string;
}

export interface MetadataRefusal {
  /** The id, when the document has a good one. */
  readonly id: string | undefined;
  /** One line, at most MAX_REASON_LENGTH: place and what is wrong. */
  readonly reason: string;
}

type Fields = {
  [Field in MetadataField]?: (typeof METADATA_FIELDS)[Field] extends ValueReader<infer Value> ? Value : never;
};

/**
 * @param file path of the document, or of the program that printed it
 * @param label how messages name it: `plugins/web/plugin.json`, `plugins/web/web --metadata`
 */
export function readMetadata(
  bytes: Uint8Array,
  file: string,
  label: string,
): Result<ReadMetadata, MetadataRefusal> {
  const place = { file, label };
  if (bytes.length > MAX_METADATA_BYTES)
    return refuse(undefined, problemOnLine(place, null, `is longer than ${MAX_METADATA_BYTES / 1024} KiB`));
  const text = decodeUtf8(bytes);
  if (text === undefined) return refuse(undefined, problemOnLine(place, null, 'is not UTF-8 text'));
  if (text.trim() === '') return refuse(undefined, problemOnLine(place, null, 'is empty'));
  const parsed = parseDocument(text);
  if (!parsed.ok) return refuse(undefined, problemOnLine(place, parsed.failure.line, parsed.failure.what));
  return readDocument(parsed.value, jsonText(text, file, label));
}

function parseDocument(
  text: string,
): Result<Readonly<Record<string, unknown>>, { readonly line: number | null; readonly what: string }> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    const { fault } = findJsonLines(text);
    return failure({ line: fault?.line ?? null, what: `not JSON: ${fault?.what ?? 'not well-formed'}` });
  }
  if (!isTable(value))
    return failure({ line: null, what: `must be one JSON object, not ${quoteValue(value)}` });
  // Depth first: what is nested without end must not reach code that recurses.
  const { fault } = mayBeDeep(text) ? findJsonLines(text) : {};
  return fault === undefined ? success(value) : failure(fault);
}

function mayBeDeep(text: string): boolean {
  let opened = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5b || code === 0x7b) opened++;
  }
  return opened > 100;
}

function readDocument(
  document: Readonly<Record<string, unknown>>,
  text: SettingsText,
): Result<ReadMetadata, MetadataRefusal> {
  const problems: SettingsProblem[] = [];
  const missing = REQUIRED_FIELDS.filter((field) => !Object.hasOwn(document, field));
  const list = missing.map((field) => `"${field}"`).join(', ');
  if (missing.length > 0)
    problems.push(problemAt(text, [], `${list} ${missing.length === 1 ? 'is' : 'are'} missing`));
  const fields: Fields = {};
  for (const field of METADATA_FIELD_NAMES) {
    if (Object.hasOwn(document, field)) readField(field, document[field], text, fields, problems);
  }
  const needs = readDependencies(fields.api, fields.id ?? '');
  if (!needs.ok) problems.push(problemAt(text, needs.failure.path, needs.failure.what));
  const { layer, problems: settingProblems } = readLayer(document, text, 'manifest', 'manifest');
  problems.push(...settingProblems);
  const [first] = problems;
  if (first !== undefined) return refuse(fields.id, first);
  const dependencies = needs.ok ? needs.value : [];
  const metadata = assemble(fields, document);
  return success({ metadata, dependencies, layer, commandPlace: commandPlace(text, fields) });
}

function readField(
  field: MetadataField,
  value: unknown,
  text: SettingsText,
  fields: Fields,
  problems: SettingsProblem[],
): void {
  const read = METADATA_FIELDS[field](value);
  if (read.ok) Object.assign(fields, { [field]: read.value });
  else problems.push(problemAt(text, [field], `"${field}" ${read.failure}, not ${quoteValue(value)}`));
}

function assemble(fields: Fields, document: Readonly<Record<string, unknown>>): PluginMetadata {
  return {
    ...fields,
    id: fields.id ?? '',
    name: fields.name ?? '',
    version: fields.version ?? '',
    description: fields.description ?? '',
    protocol: fields.protocol ?? 1,
    runtime: fields.runtime ?? 'process',
    command: fields.command ?? [],
    transport: fields.transport ?? 'socket',
    http_socket: fields.http_socket ?? false,
    ...(Object.hasOwn(document, 'hooks') ? { hooks: document.hooks } : {}),
    ...(Object.hasOwn(document, 'permissions') ? { permissions: document.permissions } : {}),
  };
}

function commandPlace(text: SettingsText, fields: Fields): string {
  const line = fields.command === undefined ? null : text.lineOf(['command']);
  return line === null ? text.label : `${text.label} line ${line}`;
}

function refuse(id: string | undefined, problem: SettingsProblem): Result<never, MetadataRefusal> {
  const isGood = id !== undefined && PLUGIN_ID_PATTERN.test(id);
  return failure({ id: isGood ? id : undefined, reason: oneLine(problem.message, MAX_REASON_LENGTH) });
}

function jsonText(json: string, file: string, label: string): SettingsText {
  let lines: JsonLines | undefined;
  return {
    file,
    label,
    format: 'json',
    // Positions are looked for only when there is something to complain of.
    lineOf(path) {
      lines ??= findJsonLines(json);
      return lines.lineOf(path);
    },
  };
}
