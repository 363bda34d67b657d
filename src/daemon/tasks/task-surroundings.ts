/** What scripts need of the machine beside themselves, as `[tasks]` names it: a user, a group, a working directory. */

import { failure, type Result, success } from '../../protocol/result.ts';
import type { Accounts } from '../base/accounts.ts';
import type { TaskSettings } from '../base/config-tasks.ts';
import { statsOf } from '../catalog/file-identity.ts';
import { ownerOf } from '../runs/run-plan.ts';
import type { TaskPerson } from './task-spec.ts';

type Named = Pick<TaskSettings, 'user' | 'group' | 'workingFolder'>;

/** Who scripts run as. Failure: one line. */
export function personOf(settings: Named, accounts: Accounts): Result<TaskPerson, string> {
  const owner = ownerOf(settings, accounts);
  if (typeof owner === 'string') return failure(`${owner}, whom [tasks] in torud.toml names`);
  const uid = String(process.getuid?.() ?? 0);
  const own = accounts.user(uid);
  // Called by its number: the machine has no such account.
  return success({ owner, account: owner ?? (own?.name === uid ? undefined : own) });
}

/** One line: why no script can be begun now; undefined when it can. Users and folders may come later, so each asks anew. */
export function surroundingsProblem(settings: Named, accounts: Accounts): string | undefined {
  const person = personOf(settings, accounts);
  if (!person.ok) return person.failure;
  const { workingFolder } = settings;
  if (workingFolder === null) return undefined;
  const stats = statsOf(workingFolder);
  if (stats === undefined) return `${workingFolderText(workingFolder)} is not there`;
  return stats.isDirectory() ? undefined : `${workingFolderText(workingFolder)} is not a folder`;
}

/** The folder, and what names it. */
export function workingFolderText(folder: string): string {
  return `the working directory ${folder} (working_dir of [tasks] in torud.toml)`;
}
