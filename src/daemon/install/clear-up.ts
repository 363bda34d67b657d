/** At torud's start, before the plugin folder is read: what a torud that was killed left half done is undone. */

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Paths } from '../../protocol/paths.ts';
import { errnoOf } from '../../protocol/result.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import type { AskedChange } from '../catalog/asked-change.ts';
import { recoverStaging } from './staging.ts';

/**
 * Never rejects for what the disk says: that is logged.
 * @returns changes that stood already, by plugin, and that may not have been told
 */
export async function clearUpInstalls(
  paths: Paths,
  log: SupervisorLog,
): Promise<ReadonlyMap<string, AskedChange>> {
  const { undone, finished, problems } = await recoverStaging(paths.pluginFolder);
  for (const plugin of undone) log.write('warning', 'install-undone', { plugin });
  for (const plugin of finished.keys()) log.write('info', 'install-finished', { plugin });
  for (const error of problems) log.write('error', 'staging-left', { error });
  clearDropIns(paths.dropInFolder);
  return finished;
}

/** Of a drop-in that was being written. */
function clearDropIns(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      if (/^\..+\.toml\.\d+\.new$/.test(name)) rmSync(join(folder, name), { force: true });
    }
  } catch (thrown) {
    // Without a folder there is nothing in it, and what cannot be removed is left alone by everybody.
    if (errnoOf(thrown) === undefined) throw thrown;
  }
}
