/** Log files: written by whom, and not growing without end. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../../protocol/programs.ts';
import { errnoOf } from '../../protocol/result.ts';
import type { Check } from '../finding.ts';
import { fail, notPermitted, ok, skip, warn } from '../finding.ts';
import { lookAtPath } from '../machine.ts';
import type { View } from '../view.ts';

/** Larger than any file that rotates by the built-in settings ever gets. */
const HUGE_BYTES = 1024 * 1024 * 1024;

export const logs: Check = (view) => [supervisorFinding(view), ...pluginLogFindings(view)];

function supervisorFinding(view: View): Finding {
  const name = 'logs.torud';
  const file = view.paths.supervisorLog;
  const found = lookAtPath(file);
  if (found === 'denied') return notPermitted(name, file);
  if (found === 'absent')
    return view.torud.kind === 'up'
      ? warn(
          name,
          `${file} is not there, although torud runs`,
          'kill -USR1 the pid of torud: it opens its logs anew',
        )
      : skip(name, `${file} is not there yet`);
  if (!found.isFile())
    return fail(name, `${file} is not a regular file`, 'move it away, then kill -USR1 the pid of torud');
  if (found.uid !== view.torudUid)
    return warn(
      name,
      `${file} belongs to uid ${found.uid}, torud has ${view.torudUid}`,
      `chown ${view.torudUid} ${file}`,
    );
  if ((found.mode & 0o002) !== 0) return fail(name, `everybody may write to ${file}`, `chmod o-w ${file}`);
  return found.size > HUGE_BYTES
    ? warn(name, `${file} is huge: it does not rotate`, 'kill -USR1 the pid of torud, and see its disk')
    : ok(name, `${file}, ${Math.ceil(found.size / 1024)} KiB`);
}

function pluginLogFindings(view: View): readonly Finding[] {
  const name = 'logs.plugins';
  const folder = view.paths.pluginLogFolder;
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === undefined) throw thrown;
    return [errno === 'EACCES' ? notPermitted(name, folder) : skip(name, `${folder} is not there yet`)];
  }
  const huge = names.filter((one) => {
    const found = lookAtPath(join(folder, one));
    return typeof found === 'object' && found.size > HUGE_BYTES;
  });
  if (huge.length === 0) return [ok(name, `${names.length} files in ${folder}, none of them huge`)];
  return huge.map((one) =>
    warn(
      name,
      `${join(folder, one)} has more than 1 GiB`,
      'set log.max_size for the plugin, or see whether its toru-shim lives',
    ),
  );
}
