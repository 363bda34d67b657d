/** What settings, fields and codes mean, for the manual; the compiler holds each list to the table that the code uses. */

import type { SettingName } from '../../src/daemon/base/config-keys.ts';
import type { MetadataField } from '../../src/daemon/catalog/metadata-fields.ts';
import type { PluginErrorCode } from '../../src/protocol/plugin/envelope.ts';

export const SETTING_TEXTS: Readonly<Record<SettingName, string>> = {
  restartPolicy:
    '"on-crash" restarts what ended with a crash, "always" also what ended well, "never" restarts nothing',
  restartDelaysMs: 'delays before the first, second, … restart in a row; the last one repeats',
  restartJitter:
    'share of a delay that chance may add, from 0 to 1, so that many do not start in the same moment',
  restartLimit:
    'restarts in a row without a stable stretch before torud gives up: the plugin is failed then, and disabled; "none" never gives up',
  restartStableAfterMs: 'a run that has been ready for so long makes torud forget the restarts before it',
  restartSuccessCodes: 'exit codes that are no crash',
  restartNoRestartCodes: 'exit codes after which a restart is pointless: the plugin is failed at once',
  startAliveMs: 'a plugin with the transport "none" counts as ready when it has been alive for so long',
  startTimeoutMs:
    'a plugin that speaks the protocol must have answered init within this time, else the run is a crash',
  stopGraceMs: 'from the request to stop to SIGKILL',
  stopSignal: 'the signal that asks the program to end',
  healthIntervalMs: 'from one health question to the next; 0 asks none',
  healthTimeoutMs: 'a health answer that takes longer counts as a bad one',
  healthUnhealthyAfter: 'bad answers in a row that make the plugin unhealthy',
  healthRestartAfter:
    'bad answers in a row after which the plugin is restarted, with the cause "health"; "none" never does',
  limitsMemory: 'address space of each process (RLIMIT_AS), not resident memory',
  limitsNofile: 'open files (RLIMIT_NOFILE)',
  limitsNproc: 'processes of its user (RLIMIT_NPROC); does not bind root',
  limitsCore: 'size of a core dump (RLIMIT_CORE)',
  limitsCpuSeconds: 'processor time of each process (RLIMIT_CPU)',
  limitsFileSize: 'size of a file that it writes (RLIMIT_FSIZE)',
  logMaxSize: 'the log is rotated when it has this size; 0 does not rotate by size',
  logMaxAgeMs: 'the log is rotated when it is this old; 0 does not rotate by age',
  logKeep: 'rotated files that are kept',
  logCompress: 'rotated files are compressed, the newest one excepted',
  logMaxLine: 'longer lines are cut, and marked as cut',
  kvMaxKeys: 'keys that the plugin may store',
  kvMaxBytes: 'bytes that its keys and values may have together',
  user: 'user that it runs as, by name or number; torud must be root',
  group: 'group that it runs as; the primary group of the user unless set',
  umask: 'permission bits that its new files lack, in octal',
  nice: 'priority, from -20 (first) to 19 (last)',
  groups: 'names of groups that it is in, without the @; torud.toml may name it in more',
  noNewPrivileges: 'set-user-ID programs give it no more rights (PR_SET_NO_NEW_PRIVS)',
};

export const FIELD_TEXTS: Readonly<Record<MetadataField, string>> = {
  id: 'a-z, 0-9, ".", "_" and "-", at most 64 characters, beginning with a letter or digit; unique in the plugin folder; every verb names the plugin by it',
  name: 'name for people, one line',
  version: 'its version, as semver has it: 1.2.3',
  description: 'what it does',
  author: 'who made it',
  icon: "an emoji, or the name of a file in the plugin's folder",
  homepage: 'where more is to be read',
  licence: 'under which licence it stands',
  protocol: 'highest version of the plugin protocol that it speaks; 1 unless set',
  runtime: '"process"',
  command:
    "argv, the program first; a relative path lies in the plugin's folder, a bare word that is no file there is looked for in the system's PATH; the program with the plugin's own name unless set",
  transport:
    '"socket": it listens on TORU_SOCKET; "stdio": it speaks on standard input and output; "none": it speaks no protocol and is only supervised; "socket" unless set',
  route: 'path prefix of the HTTP requests that it wants, "/weather" for one',
  bundle: "file in the plugin's folder with the code of its page",
  http_socket: 'true: it also serves plain HTTP on the socket TORU_HTTP_SOCKET',
  api: 'table with "dependencies", what it needs of other plugins (see below), and "services", what it offers',
};

export const PLUGIN_ERROR_TEXTS: Readonly<Record<PluginErrorCode, string>> = {
  unknown_type: 'the receiver does not know this type, or this action of it',
  invalid: 'a field is missing or has a wrong value',
  not_found: 'there is no such key, service or path',
  denied: 'the sender may not do this',
  timeout: 'the answer did not come in time',
  too_large: 'a line, key or value is over its limit, or a quota is used up',
  unavailable:
    'it cannot be done now: the disk is full, or torud or the other plugin is away; ask again later',
  conflict: 'the stored version is another one than if_version',
  internal: 'a fault of the side that answers',
};
