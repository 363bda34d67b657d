/** What toru applies to plugins, and what it can apply here. */

import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { Accounts } from '../../daemon/base/accounts.ts';
import type { Finding } from '../../protocol/programs.ts';
import { errnoOf } from '../../protocol/result.ts';
import type { Check } from '../finding.ts';
import { ok, skip, warn } from '../finding.ts';
import { limitOf, lookAtPath, textOf } from '../machine.ts';
import { statusOf, type View } from '../view.ts';

export const limits: Check = (view) => [
  appliedFinding(),
  hardLimitFinding(view),
  userFinding(view),
  cgroupFinding(view),
  memoryFinding(),
];

function appliedFinding(): Finding {
  return ok(
    'limits.applied',
    'plugins get rlimits, nice, umask, user and group, no_new_privs as their settings say; toru sets no seccomp filter, no landlock rules and no cgroup limits',
  );
}

/** A hard limit of torud is the most that a plugin can be given by a torud that is not root. */
function hardLimitFinding(view: View): Finding {
  const name = 'limits.rlimits';
  const pid = statusOf(view)?.pid;
  const text = textOf(`/proc/${pid ?? 'self'}/limits`);
  if (text === undefined)
    return skip(name, `the limits of pid ${pid} cannot be read`, 'run "toru doctor" as root');
  const rows = [
    ['Max open files', 'nofile'],
    ['Max processes', 'nproc'],
    ['Max address space', 'as'],
    ['Max core file size', 'core'],
    ['Max cpu time', 'cpu'],
    ['Max file size', 'fsize'],
  ] as const;
  const hard = rows.map(([row, word]) => {
    const most = limitOf(text, row)?.hard;
    return `${word} ${most === undefined ? '?' : Number.isFinite(most) ? most : 'unlimited'}`;
  });
  const whose = pid === undefined ? 'hard limits here' : 'hard limits of torud';
  const files = limitOf(text, 'Max open files')?.hard ?? Number.POSITIVE_INFINITY;
  const detail = `${whose}: ${hard.join(', ')}${view.torudUid === 0 ? '; root may raise them' : '; plugins cannot be given more'}`;
  return files < 1024
    ? warn(name, detail, 'raise it: LimitNOFILE= of the unit, or ulimit -Hn')
    : ok(name, detail);
}

function userFinding(view: View): Finding {
  const name = 'limits.user';
  if (view.torudUid === 0) return ok(name, 'torud is root: plugins can run as another user and group');
  const user = new Accounts().user(String(view.torudUid))?.name ?? String(view.torudUid);
  return ok(
    name,
    `torud is ${user} (uid ${view.torudUid}): plugins run as that user; "user" and "group" in settings need a torud that is root`,
  );
}

function cgroupFinding(view: View): Finding {
  const name = 'limits.cgroup';
  const controllers = textOf('/sys/fs/cgroup/cgroup.controllers')?.trim();
  if (controllers === undefined)
    return ok(name, 'cgroup v2 is not mounted at /sys/fs/cgroup; toru needs none of it');
  const own = /^0::(.*)$/m.exec(textOf(`/proc/${statusOf(view)?.pid ?? 'self'}/cgroup`) ?? '')?.[1] ?? '/';
  const word = isWritable(join('/sys/fs/cgroup', own, 'cgroup.procs'))
    ? 'can be written to'
    : 'is not delegated';
  return ok(
    name,
    `cgroup v2 (${controllers || 'no controllers'}); ${own} ${word}; toru sets no cgroup limits, it needs none of it`,
  );
}

function memoryFinding(): Finding {
  const name = 'limits.accounting';
  return lookAtPath('/proc/self/statm') === 'absent'
    ? skip(name, '/proc/self/statm is not there')
    : ok(name, 'memory and CPU of plugins are read from /proc; peaks come from wait4(2)');
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return false;
  }
}
