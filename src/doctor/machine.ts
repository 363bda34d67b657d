/** The machine as files: text of /proc and /sys, mounts, modes. Nothing here throws for a file that is not there. */

import { readFileSync, type Stats, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../protocol/result.ts';

/** Text of a file, or undefined when it cannot be read. */
export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return undefined;
  }
}

/** A number alone in a file, as /proc/sys has them. */
export function numberOf(path: string): number | undefined {
  const text = textOf(path)?.trim();
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

export type Looked = Stats | 'absent' | 'denied';

/** What lies at a path; links are followed. */
export function lookAtPath(path: string): Looked {
  try {
    return statSync(path);
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === undefined) throw thrown;
    return errno === 'EACCES' || errno === 'EPERM' ? 'denied' : 'absent';
  }
}

export interface Mount {
  readonly point: string;
  readonly kind: string;
  readonly options: ReadonlySet<string>;
}

/** The mount that a path lies on, by /proc/self/mounts (fstab(5): blanks are written in octal). */
export function mountOf(path: string, mounts: string): Mount | undefined {
  let best: Mount | undefined;
  for (const line of mounts.split('\n')) {
    const [, rawPoint, kind, options] = line.split(' ');
    if (rawPoint === undefined || kind === undefined) continue;
    const point = rawPoint.replace(/\\([0-7]{3})/g, (_all, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const isAbove = point === '/' || path === point || path.startsWith(`${point}/`);
    // Of two on one point, the later one covers the other.
    if (isAbove && point.length >= (best?.point.length ?? 0))
      best = { point, kind, options: new Set((options ?? '').split(',')) };
  }
  return best;
}

export interface Space {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** 0 on file systems that make inodes as they are needed. */
  readonly totalInodes: number;
  readonly freeInodes: number;
}

/** Of the file system of a path, or of the nearest folder above it that exists. */
export function spaceAt(path: string): Space | undefined {
  for (let at = path; ; at = dirname(at)) {
    try {
      const found = statfsSync(at);
      return {
        freeBytes: found.bavail * found.bsize,
        totalBytes: found.blocks * found.bsize,
        totalInodes: found.files,
        freeInodes: found.ffree,
      };
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
      if (at === dirname(at)) return undefined;
    }
  }
}

/** Soft and hard limit of a row of /proc/PID/limits (proc(5)); undefined: no limit, or no such row. */
export function limitOf(text: string, row: string): { soft: number; hard: number } | undefined {
  const line = text.split('\n').find((one) => one.startsWith(row));
  const [soft, hard] = line?.slice(row.length).trim().split(/\s+/) ?? [];
  if (soft === undefined || hard === undefined) return undefined;
  const number = (word: string): number => (word === 'unlimited' ? Number.POSITIVE_INFINITY : Number(word));
  return { soft: number(soft), hard: number(hard) };
}
