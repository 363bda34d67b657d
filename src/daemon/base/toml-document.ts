/** A TOML settings file: read, checked, parsed, with the line of every key. */

import { dirname } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { failure, type Result, success } from '../../protocol/result.ts';
import { distrustOf } from './file-trust.ts';
import { oneLine } from './one-line.ts';
import { decodeUtf8, readSmallFile } from './small-file.ts';
import type { LineMap } from './toml-line-map.ts';
import { findTomlLines } from './toml-lines.ts';
import { problemOnLine, type SettingsProblem, type SettingsText } from './toml-problem.ts';

const MAX_SETTINGS_BYTES = 1024 * 1024;
const MAX_DEPTH = 100;

export interface TomlDocument {
  readonly text: SettingsText;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Reads a settings file. Success with undefined: there is no such file.
 * @param ownUid uid of torud; a file that others can change is refused
 */
export function readTomlFile(
  file: string,
  label: string,
  ownUid: number,
): Result<TomlDocument | undefined, SettingsProblem> {
  const read = readSmallFile(file, MAX_SETTINGS_BYTES);
  if (!read.ok) {
    if (read.failure.errno === 'ENOENT') return success(undefined);
    return failure(problemOnLine({ file, label }, null, read.failure.reason));
  }
  const distrust = distrustOf(read.value.stats, ownUid);
  if (distrust !== undefined) return failure(problemOnLine({ file, label }, null, distrust));
  const decoded = decodeUtf8(read.value.bytes);
  if (decoded === undefined) return failure(problemOnLine({ file, label }, null, 'is not UTF-8 text'));
  return parseToml(decoded, file, label);
}

export function parseToml(toml: string, file: string, label: string): Result<TomlDocument, SettingsProblem> {
  try {
    const values = parse(toml, { maxDepth: MAX_DEPTH });
    return success({ values, text: tomlText(toml, file, label) });
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) throw thrown;
    const what = thrown.message.replace(/^Invalid TOML document: /, '').split('\n')[0] ?? '';
    return failure(problemOnLine({ file, label }, thrown.line, `not TOML: ${oneLine(what, 200)}`));
  }
}

/** The label of a file inside `folder`'s parent: `plugins.d/web.toml`. */
export function labelBeside(folder: string, path: string): string {
  const parent = dirname(folder);
  const prefix = parent.endsWith('/') ? parent : `${parent}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length) : path;
}

function tomlText(toml: string, file: string, label: string): SettingsText {
  let lines: LineMap | undefined;
  return {
    file,
    label,
    format: 'toml',
    // Positions are looked for only when there is something to complain of.
    lineOf(path) {
      lines ??= findTomlLines(toml);
      return lines.lineOf(path);
    },
  };
}
