/** torud.toml, the drop-ins, and the plugins that torud refuses. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../daemon/base/clock.ts';
import { builtInConfig, type DaemonConfig, loadConfig } from '../../daemon/base/config.ts';
import { SECURE_PATH } from '../../daemon/catalog/catalog.ts';
import { type DropIn, DropIns } from '../../daemon/catalog/drop-ins.ts';
import { FolderScan } from '../../daemon/catalog/folder-scan.ts';
import { EMPTY_CONTENT } from '../../daemon/catalog/scan-compare.ts';
import type { Finding } from '../../protocol/programs.ts';
import { errnoOf } from '../../protocol/result.ts';
import type { Check } from '../finding.ts';
import { fail, notPermitted, ok, skip, warn } from '../finding.ts';
import { lookAtPath } from '../machine.ts';
import { pluginsOf, type View } from '../view.ts';

export const settings: Check = async (view) => {
  const { paths, torudUid } = view;
  const loaded = await loadConfig(paths.configFile, torudUid);
  const config = loaded.ok ? loaded.value : builtInConfig(paths.configFile);
  const isDenied = !loaded.ok && isUnreadable(paths.configFile);
  const configFinding = loaded.ok
    ? ok(
        'settings.torud',
        lookAtPath(paths.configFile) === 'absent'
          ? `there is no ${paths.configFile}: all settings are built-in`
          : `${paths.configFile} is valid`,
      )
    : isDenied
      ? notPermitted('settings.torud', paths.configFile)
      : fail('settings.torud', loaded.failure.message, `mend ${paths.configFile}, then toru daemon reload`);
  const read = new DropIns(paths.dropInFolder, torudUid).read();
  if (!read.ok)
    return [
      configFinding,
      isUnreadable(paths.dropInFolder)
        ? notPermitted('settings.drop-ins', paths.dropInFolder)
        : fail('settings.drop-ins', read.failure.message, `mend ${paths.dropInFolder}`),
    ];
  const looked = view.torud.kind === 'up' ? undefined : await refusedOffline(view, config, read.value);
  return [
    configFinding,
    ...dropInFindings(view, read.value, looked?.ids),
    ...(looked?.findings ?? refusedByTorud(view)),
  ];
};

/** True when it is there and the caller may not read it. */
function isUnreadable(path: string): boolean {
  try {
    readdirSync(path);
    return false;
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === undefined) throw thrown;
    return errno === 'EACCES';
  }
}

function dropInFindings(
  view: View,
  dropIns: ReadonlyMap<string, DropIn>,
  offlineIds: ReadonlySet<string> | undefined,
): readonly Finding[] {
  const name = 'settings.drop-ins';
  const wrong = [...dropIns].flatMap(([id, dropIn]) =>
    dropIn.ok
      ? []
      : [fail(name, dropIn.failure[0]?.message ?? `the drop-in of ${id} is wrong`, `toru edit ${id}`)],
  );
  const known = offlineIds ?? new Set(pluginsOf(view).map(({ id }) => id));
  // Who may not see every plugin cannot say that one is missing.
  const isComplete =
    offlineIds !== undefined || (view.torud.kind === 'up' && view.torud.plugins !== undefined);
  const strange = [...dropIns.keys()].filter((id) => isComplete && !known.has(id));
  const lonely = strange.map((id) =>
    warn(
      name,
      `${join(view.paths.dropInFolder, `${id}.toml`)} is for a plugin that is not there`,
      `install ${id}, or remove the file`,
    ),
  );
  if (wrong.length + lonely.length > 0) return [...wrong, ...lonely];
  return [ok(name, dropIns.size === 0 ? 'there are no drop-ins' : `${dropIns.size} valid`)];
}

function refusedByTorud(view: View): readonly Finding[] {
  const name = 'plugins.refused';
  const plugins = pluginsOf(view);
  const refused = plugins.filter(({ state }) => state === 'invalid');
  if (refused.length === 0) return [ok(name, `torud refuses none of ${plugins.length} plugins`)];
  return refused.map(({ id, reason }) =>
    fail(name, `${id}: ${reason}`, `toru why ${id}; mend it, torud looks again by itself`),
  );
}

/** The scan that torud would make, but nothing is run: plugins that say what they are only when they are run are left out. */
async function refusedOffline(
  view: View,
  config: DaemonConfig,
  dropIns: ReadonlyMap<string, DropIn>,
): Promise<{ readonly ids: ReadonlySet<string> | undefined; readonly findings: readonly Finding[] }> {
  const name = 'plugins.refused';
  const { pluginFolder, pluginSocketFolder } = view.paths;
  const found = lookAtPath(pluginFolder);
  if (found === 'absent')
    return { ids: undefined, findings: [skip(name, `${pluginFolder} is not there yet`)] };
  const scan = new FolderScan({
    pluginFolder,
    socketFolder: pluginSocketFolder,
    searchPath: SECURE_PATH,
    ownUid: view.torudUid,
    clock: systemClock,
  });
  const names = scan.names();
  if (!names.ok) return { ids: undefined, findings: [notPermitted(name, pluginFolder)] };
  const quiet = names.value.filter((one) => lookAtPath(join(pluginFolder, one, 'plugin.json')) !== 'absent');
  const content = await scan.look(quiet, config.defaults, dropIns, EMPTY_CONTENT, false);
  const ids =
    quiet.length === names.value.length
      ? new Set([...content.entries.keys(), ...content.refusals.map(({ id }) => id)])
      : undefined;
  if (content.refusals.length === 0)
    return { ids, findings: [ok(name, `${content.entries.size} plugins would be taken`)] };
  return {
    ids,
    findings: content.refusals.map(({ id, reason }) =>
      fail(name, `${id}: ${reason}`, 'mend it; torud looks again when it starts'),
    ),
  };
}
