/** `toru crashes export ID|-1 [NAME] [--file F]` */

import { closeSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { errnoOf, failure, messageOf, type Result, success } from '../../protocol/result.ts';
import { JSON_SCHEMA } from '../../protocol/version.ts';
import type { Command } from '../command.ts';
import { fetchCrash } from '../crash-id.ts';
import { crashReport, MAX_REPORT_LINES } from '../crash-report.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { formatSize } from '../output/sizes.ts';
import type { Session } from '../session.ts';

export const crashesExport: Command = {
  verb: 'crashes export',
  kind: 'query',
  operands: 'ID|-1 [NAME]',
  minOperands: 1,
  maxOperands: 2,
  takesNames: false,
  options: [
    {
      name: 'file',
      value: 'FILE',
      does: 'write it into this file (mode 0600) instead; - is standard output',
    },
  ],
  does: 'give one crash with all that is known around it as one JSON document, without secrets',
  details: `It holds the crash, its run and the last good one with their settings, the events of five minutes before and after, the log of the run (its last ${MAX_REPORT_LINES} lines), and the versions of toru, torud, Node and the kernel. Values whose names look secret (TOKEN, PASSWORD, KEY, …) are removed, also where the log repeats them; "removed" names them. Read it before you send it on.`,
  examples: ['toru crashes export 311 > crash-311.json', 'toru crashes export -1 web --file web-crash.json'],
  run: runExport,
};

async function runExport(session: Session): Promise<Answer> {
  const [text = '', plugin] = session.operands;
  const shown = await fetchCrash(session, text, plugin);
  if (!shown.ok) return failed(shown.failure);
  const report = await crashReport(session, shown.value);
  const file = session.value('file') ?? '-';
  if (file === '-') {
    const readable = JSON.stringify({ schema: JSON_SCHEMA, ...report }, undefined, 2);
    return { document: report, paintedText: escapeControls(readable) };
  }
  if (file === '') return failed(errorBody('usage', '--file needs the name of a file'));
  const contents = `${JSON.stringify({ schema: JSON_SCHEMA, ...report }, undefined, 2)}\n`;
  const written = writeReport(resolve(file), contents);
  if (!written.ok) return failed({ ...written.failure, name: file });
  const bytes = Buffer.byteLength(contents);
  return {
    document: { file: resolve(file), bytes },
    values: [resolve(file)],
    text: '',
    hints: [
      `crash ${shown.value.crash.id} is in ${file} (${formatSize(bytes)}); read it before you send it on`,
    ],
  };
}

/** JSON escapes what is below 0x20; these would act on a terminal as well. */
function escapeControls(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const WRITE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on device',
};

/** Whole or not at all: beside its place first, then by rename(2). What is no regular file is written to as it is. */
function writeReport(file: string, contents: string): Result<void, ErrorBody> {
  const found = lstatSync(file, { throwIfNoEntry: false });
  const isSpecial = found !== undefined && !found.isFile();
  const target = isSpecial ? file : `${file}.new-${process.pid}`;
  try {
    const descriptor = openSync(target, isSpecial ? 'w' : 'wx', 0o600);
    try {
      writeFileSync(descriptor, contents);
      if (!isSpecial) fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (!isSpecial) renameSync(target, file);
    return success(undefined);
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    if (!isSpecial) rmSync(target, { force: true });
    return failure(
      errorBody(
        'failed',
        `the file cannot be written: ${WRITE_FAULTS[errnoOf(thrown) ?? ''] ?? messageOf(thrown)}`,
      ),
    );
  }
}
