/** The kernel: what toru-shim and torud ask of it. */

import { release } from 'node:os';
import type { Finding } from '../../protocol/programs.ts';
import type { Check } from '../finding.ts';
import { fail, ok, warn } from '../finding.ts';
import { mountOf, textOf } from '../machine.ts';

/** close_range(2) is the newest call that toru-shim makes; pidfd_open(2) came with 5.3, PR_SET_CHILD_SUBREAPER with 3.4. */
const OLDEST = [5, 9] as const;

export const kernel: Check = (view) => [
  versionFinding(release()),
  procFinding(view.mounts, view.torudUid),
  bootFinding(),
];

/** @param text as uname(2) gives it */
export function versionFinding(text: string): Finding {
  const name = 'kernel.version';
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(text) ?? [];
  if (major === undefined)
    return warn(name, `the kernel's version "${text}" cannot be read`, 'Linux 5.9 or newer is needed');
  const isOld = Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]);
  return isOld
    ? fail(name, `Linux ${text} lacks close_range(2), which toru-shim needs`, 'run Linux 5.9 or newer')
    : ok(name, `Linux ${text}: close_range, pidfd and child subreaper are there`);
}

/** @param mounts /proc/self/mounts @param torudUid whom hidepid would keep from seeing others' processes */
export function procFinding(mounts: string, torudUid: number): Finding {
  const name = 'kernel.proc';
  if (textOf('/proc/self/stat') === undefined)
    return fail(name, '/proc is not mounted', 'mount -t proc proc /proc');
  const hidden = [...(mountOf('/proc', mounts)?.options ?? [])].find((one) => /^hidepid=(?!0|off)/.test(one));
  if (hidden === undefined || torudUid === 0)
    return ok(name, '/proc is mounted and shows all processes that torud needs');
  return warn(
    name,
    `/proc is mounted with ${hidden}: torud (uid ${torudUid}) cannot see plugins that run as another user`,
    'mount -o remount,hidepid=0 /proc, or run torud as root',
  );
}

function bootFinding(): Finding {
  const id = textOf('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  return /^[0-9a-f-]{36}$/.test(id)
    ? ok('kernel.boot-id', 'the boot id can be read')
    : fail(
        'kernel.boot-id',
        '/proc/sys/kernel/random/boot_id cannot be read: torud could not tell runs of this boot from older ones',
        'mount -t proc proc /proc',
      );
}
