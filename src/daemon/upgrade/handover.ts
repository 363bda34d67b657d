/**
 * What a torud leaves to the version that replaces it in the same process, as one environment variable. Versions
 * read each other's: keys are only ever added, and all but `from` may be absent.
 */

import type { Actor } from '../../protocol/control/plugins.ts';

export interface ListenerBequest {
  /** Descriptor of the listening control socket. */
  readonly fd: number;
  /** `device:inode` of its file, by which the heir knows that the file in the folder is still this socket's. */
  readonly inode: string;
}

export interface Handover {
  /** Version of the torud that was. */
  readonly from: string;
  /** Who asked for the upgrade. */
  readonly actor?: Actor;
  readonly listener?: ListenerBequest;
  /** torud was asked to stop while it was being replaced. */
  readonly isToStop?: boolean;
}

/** What a torud has of the one that was in this process before it. */
export interface Inheritance {
  readonly handover: Handover;
  /** Why the upgrade failed: the heir is the same version again, and counts as old as that one. */
  readonly failure?: { readonly reason: string; readonly since: number };
}

const VARIABLE = 'TORU_HANDOVER';

export function withHandover(
  environment: Readonly<Record<string, string | undefined>>,
  handover: Handover,
): Record<string, string | undefined> {
  return { ...environment, [VARIABLE]: JSON.stringify(handover) };
}

/** Reads the variable and removes it, so that no child inherits it. Undefined when this is no upgrade. */
export function takeHandover(environment: Record<string, string | undefined>): Handover | undefined {
  const text = environment[VARIABLE];
  delete environment[VARIABLE];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isHandover(value) ? value : undefined;
  } catch {
    // Set by hand: nothing was left to us.
    return undefined;
  }
}

function isHandover(value: unknown): value is Handover {
  if (typeof value !== 'object' || value === null) return false;
  const { from, listener } = value as Partial<Handover>;
  return typeof from === 'string' && (listener === undefined || isListener(listener));
}

function isListener(value: unknown): value is ListenerBequest {
  if (typeof value !== 'object' || value === null) return false;
  const { fd, inode } = value as Partial<ListenerBequest>;
  return Number.isInteger(fd) && Number(fd) > 2 && typeof inode === 'string';
}
