/** The HTTP module, where it runs: as whom, and whether that one may ask torud. */

import { Accounts } from '../../daemon/base/accounts.ts';
import { loadConfig } from '../../daemon/base/config.ts';
import { grantsFor, overallRole } from '../../daemon/control/access-rules.ts';
import type { Role } from '../../protocol/control/envelope.ts';
import { HTTP_WORDS } from '../../protocol/plugin/metadata.ts';
import type { Finding } from '../../protocol/programs.ts';
import type { Check } from '../finding.ts';
import { ok, warn } from '../finding.ts';
import { textOf } from '../machine.ts';
import { pluginsOf } from '../view.ts';

/** Its id. */
const PLUGIN = 'web';
const NAME = 'web.user';

/** Warns of plugins that it takes for words of its own paths. */
export function idFindings(ids: readonly string[]): readonly Finding[] {
  return ids
    .filter((id) => HTTP_WORDS.has(id))
    .map((id) =>
      warn(
        'web.ids',
        `"${id}" is a word of the HTTP API: requests to /api/plugins/${id}/… do not reach the plugin of that id, and may act on another one`,
        'give the plugin another id',
      ),
    );
}

/** Says nothing where it does not run. */
export const web: Check = async (view) => {
  const plugins = pluginsOf(view);
  const pid = plugins.find(({ id }) => id === PLUGIN)?.pid;
  const ids = pid === undefined || pid === null ? undefined : idsOf(textOf(`/proc/${pid}/status`) ?? '');
  if (ids === undefined) return [];
  const { uid, gids } = ids;
  const accounts = new Accounts();
  const config = await loadConfig(view.paths.configFile, view.torudUid);
  const rules = config.ok ? config.value.access : [];
  const grants = grantsFor({ uid, gids }, rules, accounts);
  const group = config.ok ? accounts.group(config.value.pluginSocketGroup) : undefined;
  return [
    ...idFindings(plugins.map(({ id }) => id)),
    webFinding({
      uid,
      torudUid: view.torudUid,
      role: grants.length === 0 ? undefined : overallRole(grants),
      isInGroup: group !== undefined && gids.has(group.gid),
    }),
  ];
};

export interface WebFacts {
  /** As whom the module runs. */
  readonly uid: number;
  readonly torudUid: number;
  /** What the rules give that user; undefined: none names it. */
  readonly role: Role | undefined;
  /** It is in the group that may connect to plugins' sockets. */
  readonly isInGroup: boolean;
}

export function webFinding({ uid, torudUid, role, isInGroup }: WebFacts): Finding {
  if (uid === 0)
    return warn(NAME, 'web runs as root', 'give it a user of its own: "Its own user" in toru-web(1)');
  if (uid === torudUid) return ok(NAME, `web runs as uid ${uid}, as torud does`);
  if (role !== 'admin')
    return warn(
      NAME,
      `web runs as uid ${uid}, which may not do all that it needs: ${role === undefined ? 'no [[access]] rule names it' : `its role is ${role}`}`,
      'give that user the role admin by [[access]] in torud.toml; toru daemon reload',
    );
  if (!isInGroup)
    return warn(
      NAME,
      `web runs as uid ${uid}, which is not in the group that plugin_socket_group in torud.toml names: it reaches no plugin of another user`,
      `make that user a member of the group; then toru restart ${PLUGIN}`,
    );
  return ok(NAME, `web runs as uid ${uid}, may ask torud and reaches plugins`);
}

/** Of proc_pid_status(5); undefined when the process is gone. */
function idsOf(status: string): { readonly uid: number; readonly gids: ReadonlySet<number> } | undefined {
  const numbers = (key: string): readonly number[] =>
    (new RegExp(`^${key}:(.*)$`, 'm').exec(status)?.[1] ?? '').trim().split(/\s+/).map(Number);
  const [uid] = numbers('Uid');
  if (status === '' || uid === undefined) return undefined;
  return { uid, gids: new Set([...numbers('Gid'), ...numbers('Groups')]) };
}
