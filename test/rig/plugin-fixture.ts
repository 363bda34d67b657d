/** Writes plugins and settings into a root, as an author and an admin would. */

import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Paths } from '../../src/protocol/paths.ts';

export interface PluginSource {
  /** Also the name of its folder. */
  readonly id: string;
  /** Text of its program, with its `#!` line; written as `run`, mode 0755. */
  readonly script: string;
  /** Over the fixture's own metadata: transport `none`, version 1.0.0, command `run`. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Drop-in of an admin, TOML. */
  readonly dropIn?: string;
}

/** Writes plugins/ID with plugin.json and its program; answers the folder. */
export async function writePlugin(paths: Paths, source: PluginSource): Promise<string> {
  const folder = join(paths.pluginFolder, source.id);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  // The program first: with plugin.json the plugin is complete.
  await writeProgram(join(folder, 'run'), source.script);
  if (source.dropIn !== undefined) await writeDropIn(paths, source.id, source.dropIn);
  await writeFile(join(folder, 'plugin.json'), `${JSON.stringify(metadataOf(source), null, 2)}\n`, {
    mode: 0o644,
  });
  return folder;
}

/** Writes etc/plugins.d/ID.toml. */
export async function writeDropIn(paths: Paths, id: string, toml: string): Promise<void> {
  await mkdir(paths.dropInFolder, { recursive: true, mode: 0o755 });
  await writeFile(join(paths.dropInFolder, `${id}.toml`), toml, { mode: 0o644 });
}

/** Writes etc/torud.toml. */
export async function writeConfig(paths: Paths, toml: string): Promise<void> {
  await mkdir(paths.dropInFolder, { recursive: true, mode: 0o755 });
  await writeFile(paths.configFile, toml, { mode: 0o644 });
}

/** A program that anybody may run and only its owner may change, whatever the umask. */
export async function writeProgram(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}

/** A program that does nothing until it is told to end. */
export const SILENT_SCRIPT = '#!/bin/sh\nexec sleep infinity\n';

function metadataOf(source: PluginSource): Record<string, unknown> {
  return {
    id: source.id,
    name: source.id,
    version: '1.0.0',
    protocol: 1,
    transport: 'none',
    command: ['run'],
    ...source.metadata,
  };
}
