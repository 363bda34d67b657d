/** torud itself: does it answer, is it the version that is installed, what does it say of itself. */

import { readdirSync } from 'node:fs';
import type { Finding } from '../../protocol/programs.ts';
import { errnoOf } from '../../protocol/result.ts';
import { CONTROL_PROTOCOL, VERSION } from '../../protocol/version.ts';
import type { Check } from '../finding.ts';
import { fail, ok, skip, warn } from '../finding.ts';
import { limitOf, lookAtPath, numberOf, textOf } from '../machine.ts';
import { pluginsOf, statusOf, type View } from '../view.ts';
import { lockHolder } from './socket.ts';

export const daemon: Check = (view) => [
  reachFinding(view),
  ...versionFindings(view),
  ...problemFindings(view),
  ...descriptorFindings(view),
];

function reachFinding(view: View): Finding {
  const { torud, paths } = view;
  const name = 'torud.reachable';
  if (torud.kind === 'up') {
    const { status } = torud;
    if (status === undefined)
      return warn(name, 'torud answers, but not with its status', `look at its log, ${paths.supervisorLog}`);
    return ok(name, `torud answers (pid ${status.pid}, since ${status.since})`);
  }
  const { code, message, hint } = torud.error;
  if (code === 'denied')
    return skip(name, message, hint ?? 'be root, or a member of the group of the socket');
  const start = paths.mode === 'system' ? 'systemctl start torud, or torud --system --detach' : 'start torud';
  if (code === 'unreachable') return fail(name, message, start);
  const pid = lockHolder(view);
  if (code === 'timeout' && pid !== undefined)
    return fail(
      name,
      `${message} (pid ${pid})`,
      `kill -9 ${pid}, then start torud again (${start}); the plugins go on`,
    );
  return fail(name, message, hint ?? start);
}

function versionFindings({ torud }: View): readonly Finding[] {
  if (torud.kind === 'away') return [];
  const name = 'torud.version';
  const version = torud.welcome.daemon.replace(/^torud\//, '');
  if (torud.welcome.protocol !== CONTROL_PROTOCOL)
    return [
      fail(
        name,
        `torud speaks control protocol ${torud.welcome.protocol}, this toru ${CONTROL_PROTOCOL}`,
        'upgrade the older of the two',
      ),
    ];
  return version === VERSION
    ? [ok(name, `torud and toru are ${VERSION}, control protocol ${CONTROL_PROTOCOL}`)]
    : [warn(name, `torud is ${version}, toru is ${VERSION}`, 'toru daemon upgrade')];
}

function problemFindings(view: View): readonly Finding[] {
  const status = statusOf(view);
  if (status === undefined) return [];
  if (status.problems.length === 0) return [ok('torud.problems', 'torud knows of nothing that ails it')];
  return status.problems.map((problem) => warn('torud.problems', problem, `see ${view.paths.supervisorLog}`));
}

/** Descriptors, and what the kernel gives watchers and processes, against the number of plugins. */
function descriptorFindings(view: View): readonly Finding[] {
  const plugins = pluginsOf(view).length;
  return [openFilesFinding(view), watchFinding(plugins), pidFinding(plugins)];
}

function openFilesFinding(view: View): Finding {
  const name = 'limits.descriptors';
  const pid = statusOf(view)?.pid;
  if (pid === undefined) return skip(name, 'torud does not answer');
  const limit = limitOf(textOf(`/proc/${pid}/limits`) ?? '', 'Max open files');
  const used = openCount(pid);
  if (limit === undefined || used === undefined)
    return skip(name, `the descriptors of pid ${pid} cannot be counted`, 'run "toru doctor" as root');
  const detail = `torud uses ${used} of ${limit.soft} descriptors`;
  // A plugin takes three: its socket, its shim's, and a watch.
  const room = limit.soft - used;
  return room < 64 || used > limit.soft * 0.8
    ? warn(name, detail, 'raise it: LimitNOFILE= of the unit, or ulimit -n')
    : ok(name, detail);
}

function openCount(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return undefined;
  }
}

function watchFinding(plugins: number): Finding {
  const name = 'limits.inotify';
  const watches = numberOf('/proc/sys/fs/inotify/max_user_watches');
  const instances = numberOf('/proc/sys/fs/inotify/max_user_instances');
  if (watches === undefined || instances === undefined)
    return skip(name, 'the limits of inotify cannot be read');
  const detail = `${watches} watches and ${instances} instances a user, for ${plugins} plugins`;
  if (watches < 64 + plugins * 2)
    return warn(name, detail, `sysctl fs.inotify.max_user_watches=${Math.max(65_536, plugins * 4)}`);
  return instances < 16 ? warn(name, detail, 'sysctl fs.inotify.max_user_instances=128') : ok(name, detail);
}

function pidFinding(plugins: number): Finding {
  const name = 'limits.processes';
  const most = numberOf('/proc/sys/kernel/pid_max');
  if (most === undefined || lookAtPath('/proc') === 'denied')
    return skip(name, 'kernel.pid_max cannot be read');
  return most < Math.max(8192, plugins * 20)
    ? warn(
        name,
        `the kernel knows ${most} process ids, for ${plugins} plugins`,
        'sysctl kernel.pid_max=4194304',
      )
    : ok(name, `the kernel knows ${most} process ids`);
}
