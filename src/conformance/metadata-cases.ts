/** Cases that need no run: what the plugin says of itself. */

import { join } from 'node:path';
import { statsOf } from '../daemon/catalog/file-identity.ts';
import type { CatalogEntry } from '../daemon/catalog/settings.ts';
import { HTTP_WORDS, METADATA_TIMEOUT_MS } from '../protocol/plugin/metadata.ts';
import type { Found } from './plugin-source.ts';
import { fail, inTime, pass, skip, type Verdict } from './verdict.ts';

export const METADATA_CASES = [
  {
    name: 'metadata',
    does: 'torud would take it: its metadata, files and command pass the checks of a scan',
  },
  { name: 'metadata-stable', does: '--metadata prints the same each time, within 5 s' },
  { name: 'dependencies', does: 'what it depends on, named' },
] as const;

export function metadataVerdict(entry: CatalogEntry): Verdict {
  const { name, version, transport } = entry.metadata;
  if (HTTP_WORDS.has(entry.id))
    return fail(
      `its id "${entry.id}" is a word of the HTTP API: what comes for /api/plugins/${entry.id}/… is not meant for it there`,
      'give it another id',
    );
  return pass(`${entry.id} ${version} (${name}), transport ${transport}, runs ${entry.command.join(' ')}`);
}

/** Asks once more, as torud does after each change of the program. @param again what a scan anew makes of it */
export async function stableVerdict(entry: CatalogEntry, again: () => Promise<Found>): Promise<Verdict> {
  const isFolder = statsOf(entry.path)?.isDirectory() === true;
  if (isFolder && statsOf(join(entry.folder, 'plugin.json')) !== undefined)
    return skip('its metadata is a file');
  const startedAt = performance.now();
  const second = await again();
  const ms = performance.now() - startedAt;
  const hint = 'print the same each time: torud takes another answer for another plugin';
  if (!second.ok) return fail(`asked again: ${second.failure.reason}`, hint);
  return second.value.digest === entry.digest
    ? pass(`the same again, in ${inTime(ms)} of ${inTime(METADATA_TIMEOUT_MS)}`)
    : fail('--metadata printed something else the second time', hint);
}

export function dependencyVerdict({ dependencies }: CatalogEntry): Verdict {
  if (dependencies.length === 0) return skip('it names none');
  const names = dependencies.map(
    ({ plugin, range, required }) => `${plugin} ${range}${required ? '' : ' (optional)'}`,
  );
  return pass(`needs ${names.join(', ')}; they are not started here`);
}
