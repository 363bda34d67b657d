/** The control socket and the lock: who holds them, and whether they are leftovers. */

import { lstatSync, type Stats } from 'node:fs';
import { Accounts } from '../../daemon/base/accounts.ts';
import { loadConfig } from '../../daemon/base/config.ts';
import { isAlive, readBootId } from '../../daemon/base/process-identity.ts';
import { namesOutsiders } from '../../daemon/control/access-rules.ts';
import { MAX_SOCKET_PATH_BYTES } from '../../protocol/paths.ts';
import type { Finding } from '../../protocol/programs.ts';
import { errnoOf } from '../../protocol/result.ts';
import type { Check } from '../finding.ts';
import { fail, notPermitted, ok, skip, warn } from '../finding.ts';
import { textOf } from '../machine.ts';
import type { View } from '../view.ts';

export const socket: Check = async (view) => [
  pathFinding(view),
  await socketFinding(view),
  groupFinding(view),
  lockFinding(view),
];

function pathFinding({ paths }: View): Finding {
  const bytes = Buffer.byteLength(paths.controlSocket);
  const name = 'socket.path';
  if (bytes <= MAX_SOCKET_PATH_BYTES)
    return ok(name, `${paths.controlSocket} (${bytes} of ${MAX_SOCKET_PATH_BYTES} bytes)`);
  return fail(
    name,
    `${paths.controlSocket} has ${bytes} bytes, more than the kernel's ${MAX_SOCKET_PATH_BYTES}`,
    'use a shorter root',
  );
}

async function socketFinding(view: View): Promise<Finding> {
  const name = 'socket.file';
  const path = view.paths.controlSocket;
  try {
    const found = lstatSync(path);
    if (!found.isSocket())
      return fail(
        name,
        `${path} is not a socket, but in the way of one`,
        `move it away: mv ${path} ${path}.away`,
      );
    const mode = `0${(found.mode & 0o7777).toString(8)}`;
    if (view.torud.kind === 'away' && view.torud.error.code === 'unreachable')
      return warn(
        name,
        `${path} is a leftover: nobody answers on it`,
        'start torud: it removes the leftover itself',
      );
    if ((found.mode & 0o007) !== 0)
      return (await isOpenForRules(view, found))
        ? ok(name, `${path} (mode ${mode}): torud itself lets in only those whom its rules name`)
        : warn(name, `everybody may connect to ${path} (mode ${mode})`, `chmod o= ${path}`);
    return ok(name, `${path} (uid ${found.uid}, gid ${found.gid}, mode ${mode})`);
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === undefined) throw thrown;
    if (errno === 'EACCES') return notPermitted(name, path);
    return warn(name, `there is no socket ${path}`, 'start torud');
  }
}

/** torud opens its socket to everybody when rules name people outside of its group, and asks each who it is. */
async function isOpenForRules({ paths, torudUid }: View, { gid }: Stats): Promise<boolean> {
  const config = await loadConfig(paths.configFile, torudUid);
  return config.ok && namesOutsiders(config.value.access, gid, new Accounts());
}

/** Members of the group may operate plugins without being root. */
function groupFinding({ paths }: View): Finding {
  const name = 'socket.group';
  if (paths.mode !== 'system') return skip(name, 'only the torud of the machine has a group of operators');
  return new Accounts().group('toru') === undefined
    ? warn(
        name,
        'there is no group "toru": nobody but root and the user of torud may use toru',
        'groupadd --system toru, then restart torud',
      )
    : ok(name, 'the group "toru" exists; its members may operate plugins');
}

function lockFinding(view: View): Finding {
  const name = 'socket.lock';
  const { lockFile } = view.paths;
  const text = textOf(lockFile);
  const holder = holderIn(text);
  if (text === undefined) {
    return view.torud.kind === 'up'
      ? warn(
          name,
          `torud runs without its lock ${lockFile}`,
          'it makes it again by itself; look who cleans that folder',
        )
      : ok(name, 'nobody holds this root');
  }
  if (holder === undefined)
    return warn(name, `${lockFile} is damaged`, 'start torud: it takes such a lock over');
  const { pid, isHeld } = holder;
  if (isHeld && view.torud.kind === 'away' && view.torud.error.code === 'unreachable')
    return fail(
      name,
      `pid ${pid} holds ${lockFile}, but does not answer on the control socket`,
      `look at its log, ${view.paths.supervisorLog}; kill ${pid} if it hangs (plugins go on)`,
    );
  if (isHeld) return ok(name, `held by pid ${pid}`);
  return warn(
    name,
    `${lockFile} is a leftover of pid ${pid}, which is gone`,
    'start torud: it takes the lock over',
  );
}

/** @returns pid of the torud that holds the root, if it is alive */
export function lockHolder({ paths }: View): number | undefined {
  const holder = holderIn(textOf(paths.lockFile));
  return holder?.isHeld === true ? holder.pid : undefined;
}

function holderIn(text: string | undefined): { readonly pid: number; readonly isHeld: boolean } | undefined {
  const [, pid, startTime, bootId] = /^(\d+) (\d+) ([0-9a-f-]{36})\n$/.exec(text ?? '') ?? [];
  if (pid === undefined || startTime === undefined) return undefined;
  const isHeld = bootId === readBootId() && isAlive({ pid: Number(pid), startTime: Number(startTime) });
  return { pid: Number(pid), isHeld };
}
