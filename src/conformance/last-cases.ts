/** Cases that look at what all others left behind. */

import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../protocol/result.ts';
import type { Stage } from './stage.ts';
import { ALL_TRANSPORTS, type ConformanceCase, fail, pass, SPEAKING, skip, type Verdict } from './verdict.ts';

/** @param folder the plugin's own; null: it has none. @param before what lay in it before any run; undefined: too much to look at */
export function lastCases(
  folder: string | null,
  before: ReadonlyMap<string, string> | undefined,
): readonly ConformanceCase[] {
  return [
    {
      name: 'own-lines',
      does: 'every line that it sends is one that torud can read',
      transports: SPEAKING,
      needs: ['handshake'],
      isLast: true,
      run: async (stage) => ownLines(stage),
    },
    {
      name: 'log',
      does: 'what it writes to stdout and stderr can be read as a log',
      transports: ALL_TRANSPORTS,
      needs: ['start'],
      isLast: true,
      run: async (stage) => log(stage),
    },
    {
      name: 'plugin-folder',
      does: 'it leaves the folder that it is installed in as it was',
      transports: ALL_TRANSPORTS,
      needs: ['start'],
      isLast: true,
      run: async () => pluginFolder(folder, before),
    },
  ];
}

/** Entries of a folder that are looked at; a larger one is left alone. */
const MAX_ENTRIES = 5_000;

function ownLines(stage: Stage): Verdict {
  const [first, ...more] = stage.notes.faults;
  if (first === undefined) return pass('each was a message');
  return fail(
    `${first}${more.length === 0 ? '' : `, and ${more.length} faults more`}`,
    'write one JSON object a line, with type, request_id and payload, and nothing else',
  );
}

function log(stage: Stage): Verdict {
  const lines = stage.notes.runs.flatMap((run) => run.logLines());
  if (lines.length === 0) return pass('it wrote nothing');
  const cut = lines.find(({ isCut }) => isCut);
  if (cut !== undefined)
    return fail(
      `it wrote a line of more than ${stage.plan.settings.log.maxLineBytes} bytes to ${cut.stream}`,
      'end each line of the log',
    );
  const foreign = lines.find(({ message }) => message.includes('\ufffd'));
  if (foreign !== undefined)
    return fail(`it wrote bytes to ${foreign.stream} that are not UTF-8`, 'write text, in UTF-8');
  return pass(`${lines.length} ${lines.length === 1 ? 'line' : 'lines'} from all runs`);
}

function pluginFolder(folder: string | null, before: ReadonlyMap<string, string> | undefined): Verdict {
  if (folder === null) return skip('it is a program without a folder of its own');
  const now = before === undefined ? undefined : listing(folder);
  if (before === undefined || now === undefined) return skip('its folder is too large to be looked at');
  const changed = [...now].filter(([path, state]) => before.get(path) !== state).map(([path]) => path);
  const gone = [...before.keys()].filter((path) => !now.has(path));
  const [first] = [...changed, ...gone];
  if (first === undefined) return pass('nothing was changed there');
  return fail(
    `it changed ${first} in its own folder`,
    'write into TORU_DATA_DIR, which is the working directory: the plugin folder may be read-only',
  );
}

/** Paths below a folder, each with what tells whether it was changed; undefined: too many, or not to be read. */
export function listing(folder: string): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  const folders = [''];
  try {
    for (let inner = folders.pop(); inner !== undefined; inner = folders.pop()) {
      for (const entry of readdirSync(join(folder, inner), { withFileTypes: true })) {
        if (found.size + folders.length >= MAX_ENTRIES) return undefined;
        const path = join(inner, entry.name);
        const { size, mtimeMs, ino } = lstatSync(join(folder, path));
        // A folder changes with what is in it, which is listed itself.
        if (entry.isDirectory()) folders.push(path);
        else found.set(path, `${size} ${mtimeMs} ${ino}`);
      }
    }
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return undefined;
  }
  return found;
}
