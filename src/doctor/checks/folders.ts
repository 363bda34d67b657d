/** The folders of this root: there, whose, with which modes; room on their file systems. */

import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { distrustOfFolder } from '../../daemon/base/file-trust.ts';
import { RESERVE_BYTES } from '../../daemon/store/reserve.ts';
import type { Finding } from '../../protocol/programs.ts';
import type { Check } from '../finding.ts';
import { fail, notPermitted, ok, skip, warn } from '../finding.ts';
import { lookAtPath, mountOf, spaceAt } from '../machine.ts';
import type { View } from '../view.ts';

const LEAST_FREE_SHARE = 0.05;
const LEAST_FREE_BYTES = 100 * 1024 * 1024;
const MIB = 1024 * 1024;

interface Place {
  readonly name: string;
  readonly path: string;
  /** torud makes it when it starts. */
  readonly isMade: boolean;
  readonly mustBeWritable: boolean;
}

export const folders: Check = (view) => [
  ...placesOf(view).map((place) => folderFinding(view, place)),
  ...programFindings(view),
  ...spaceFindings(view),
  reserveFinding(view),
];

function placesOf({ paths }: View): readonly Place[] {
  const place = (name: string, path: string, isMade = true, mustBeWritable = true): Place => ({
    name: `folder.${name}`,
    path,
    isMade,
    mustBeWritable,
  });
  return [
    place('settings', dirname(paths.configFile), false, false),
    place('drop-ins', paths.dropInFolder, false, false),
    place('plugins', paths.pluginFolder, true, false),
    place('state', paths.stateFolder),
    place('data', paths.dataFolder),
    place('log', paths.logFolder),
    place('plugin-logs', paths.pluginLogFolder),
    place('run', paths.runFolder),
    place('sockets', paths.pluginSocketFolder),
    place('runs', paths.runsFolder),
  ];
}

function folderFinding(view: View, { name, path, isMade, mustBeWritable }: Place): Finding {
  const found = lookAtPath(path);
  if (found === 'denied') return notPermitted(name, path);
  if (found === 'absent') {
    if (!isMade) return ok(name, `${path} is not there; it is needed only for settings of your own`);
    if (view.torud.kind === 'up' && mustBeWritable)
      return fail(
        name,
        `${path} is not there, although torud runs`,
        'toru daemon stop --keep-plugins, then start torud',
      );
    return warn(name, `${path} is not there yet`, 'start torud: it makes its folders');
  }
  if (!found.isDirectory())
    return fail(name, `${path} is not a folder`, `move it away: mv ${path} ${path}.away`);
  const distrust = distrustOfFolder(found, view.torudUid);
  if (distrust !== undefined)
    return fail(name, `${path} ${distrust}`, `chown ${view.torudUid} ${path}; chmod o-w ${path}`);
  if (mustBeWritable && !isWritableBy(found, view.torudUid))
    return fail(
      name,
      `${path} (${modeText(found)}) cannot be written to by uid ${view.torudUid}, which torud has`,
      `chown ${view.torudUid} ${path}; chmod u+rwx ${path}`,
    );
  const mount = mountOf(path, view.mounts);
  if (mustBeWritable && mount?.options.has('ro') === true)
    return fail(
      name,
      `${path} lies on ${mount.point}, which is mounted read-only`,
      `mount -o remount,rw ${mount.point}`,
    );
  return ok(
    name,
    `${path} (uid ${found.uid}, mode ${modeText(found)}${mount === undefined ? '' : `, ${mount.kind} on ${mount.point}`})`,
  );
}

/** By owner and mode bits; the groups of torud's user beside its own are not looked at. */
function isWritableBy(stats: Stats, uid: number): boolean {
  if (uid === 0) return true;
  if (stats.uid === uid) return (stats.mode & 0o300) === 0o300;
  return (stats.mode & 0o003) === 0o003 || (stats.mode & 0o030) === 0o030;
}

/** Plugins are programs that must be executable where they lie. */
function programFindings(view: View): readonly Finding[] {
  const name = 'folder.plugins.exec';
  const mount = mountOf(view.paths.pluginFolder, view.mounts);
  if (mount === undefined) return [skip(name, 'the mounts of this machine cannot be read')];
  return mount.options.has('noexec')
    ? [
        fail(
          name,
          `${view.paths.pluginFolder} lies on ${mount.point}, which is mounted noexec: plugins cannot be run there`,
          `mount -o remount,exec ${mount.point}`,
        ),
      ]
    : [ok(name, `programs may be run in ${view.paths.pluginFolder}`)];
}

function spaceFindings({ paths }: View): readonly Finding[] {
  const places = [
    ['state', paths.stateFolder],
    ['log', paths.logFolder],
    ['run', paths.runFolder],
    ['plugins', paths.pluginFolder],
  ] as const;
  return places.map(([word, path]) => {
    const name = `disk.${word}`;
    const space = spaceAt(path);
    if (space === undefined) return skip(name, `nothing can be said about the file system of ${path}`);
    const share = space.totalBytes === 0 ? 1 : space.freeBytes / space.totalBytes;
    const detail = `${Math.floor(space.freeBytes / MIB)} MiB (${Math.floor(share * 100)} %) are free for ${path}`;
    // A small file system of its own, like /run, is not short of space because it is small.
    const isShort = share < LEAST_FREE_SHARE || (space.freeBytes < LEAST_FREE_BYTES && share < 0.5);
    if (space.freeBytes < RESERVE_BYTES)
      return fail(name, detail, 'free some space; du -xh --max-depth=2 shows where it is');
    if (isShort) return warn(name, detail, 'free some space before torud has to refuse changes');
    if (space.totalInodes > 0 && space.freeInodes / space.totalInodes < LEAST_FREE_SHARE)
      return warn(
        name,
        `${space.freeInodes} of ${space.totalInodes} inodes are free for ${path}`,
        'remove some of the many small files',
      );
    return ok(name, detail);
  });
}

function reserveFinding(view: View): Finding {
  const name = 'disk.reserve';
  const file = join(dirname(view.paths.databaseFile), 'reserve');
  const found = lookAtPath(file);
  if (found === 'denied') return notPermitted(name, file);
  if (typeof found === 'object' && found.size === RESERVE_BYTES)
    return ok(name, `${RESERVE_BYTES / 1024} KiB are held back for torud's state on a full disk`);
  if (lookAtPath(view.paths.databaseFile) === 'absent') return skip(name, 'torud has not run here yet');
  return warn(
    name,
    `${file} is not there: the disk was full, or still is`,
    'free some space; torud makes it again by itself',
  );
}

function modeText(stats: Stats): string {
  return `0${(stats.mode & 0o7777).toString(8)}`;
}
