/** Scripts in the scripts folder of a root, as an admin puts them there. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Paths } from '../../src/protocol/paths.ts';
import { writeProgram } from './plugin-fixture.ts';

/** Writes each under its name, executable; a text without `#!` becomes one of sh(1). */
export async function writeScripts(paths: Paths, scripts: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(paths.scriptsFolder, { recursive: true, mode: 0o755 });
  for (const [name, text] of Object.entries(scripts)) {
    const whole = text.startsWith('#!') ? text : `#!/bin/sh\n${text}\n`;
    await writeProgram(join(paths.scriptsFolder, name), whole);
  }
}

/** A line of sh(1) that waits until the file is there. */
export function waitsFor(file: string): string {
  return `while [ ! -e '${file}' ]; do sleep 0.02; done`;
}
