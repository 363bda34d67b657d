/** `toru edit NAME` */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { getSystemErrorMessage } from 'node:util';
import type { DropInResult, SetDropInParams } from '../../protocol/control/install.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { errorBody } from '../../protocol/errors.ts';
import type { Result } from '../../protocol/result.ts';
import { failure, messageOf, success } from '../../protocol/result.ts';
import { CHANGED, changeAnswer } from '../action-command.ts';
import type { Command } from '../command.ts';
import { fromEditorText, tidied, toEditorText } from '../edit-text.ts';
import { editorOf, runEditor } from '../editor.ts';
import { readInput } from '../names.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { formatError } from '../output/report-error.ts';
import { isTerminalDescriptor } from '../output/screen.ts';
import { writeNote } from '../output/sink.ts';
import { DRY_RUN } from '../plan-answer.ts';
import type { Session } from '../session.ts';

/** Longest text that torud takes. */
const MAX_TEXT_BYTES = 1024 * 1024;

export const edit: Command = {
  verb: 'edit',
  kind: 'action',
  operands: 'NAME',
  minOperands: 1,
  maxOperands: 1,
  takesNames: false,
  options: [
    { name: 'file', value: 'FILE|-', does: 'take the whole text from this file, or - from standard input' },
    { ...DRY_RUN, does: 'change nothing: only have torud check the text' },
    CHANGED,
  ],
  does: "edit a plugin's drop-in with VISUAL or EDITOR, and have torud check it",
  details: [
    'Nothing is written unless the whole text is valid; a text that was not taken is kept in a temporary file, whose name is',
    'said. Without a text the drop-in is removed. A plugin that runs takes new settings with "toru reload".',
  ].join('\n'),
  examples: [
    'toru edit web',
    'toru edit web --file web.toml',
    'printf "nice = 5\\n" | toru edit web --file -',
  ],
  run: runEdit,
};

async function runEdit(session: Session): Promise<Answer> {
  const [plugin = ''] = session.operands;
  const source = session.value('file');
  const dropIn = await session.client.call('plugin.dropIn', { plugin }, session.globals.timeoutMs);
  if (!dropIn.ok) return failed({ name: plugin, ...dropIn.failure });
  if (source === undefined) return editByHand(session, plugin, dropIn.value);
  const text = await textFrom(source);
  if (!text.ok) return failed({ name: plugin, ...text.failure });
  return setText(session, dropIn.value, { plugin, text: text.value });
}

async function textFrom(source: string): Promise<Result<string, ErrorBody>> {
  if (source !== '-') {
    try {
      return success(readFileSync(source, 'utf8'));
    } catch (thrown) {
      return failure(errorBody('usage', `--file: ${source} cannot be read: ${reasonOf(thrown)}`));
    }
  }
  const input = await readInput(MAX_TEXT_BYTES);
  return input.ok ? success(input.value.toString('utf8')) : input;
}

/** What the system says of it, without call and path. */
function reasonOf(thrown: unknown): string {
  const { errno } = thrown as NodeJS.ErrnoException;
  return typeof errno === 'number' ? getSystemErrorMessage(errno) : messageOf(thrown);
}

async function editByHand(session: Session, plugin: string, dropIn: DropInResult): Promise<Answer> {
  const canAsk = isTerminalDescriptor(0) && isTerminalDescriptor(2);
  const editor = editorOf(process.env, canAsk);
  if (editor === undefined) {
    const hint = 'set VISUAL or EDITOR, or give the text with --file';
    return failed(errorBody('usage', 'there is no editor', { name: plugin, hint }));
  }
  const shown = await session.client.call('plugin.show', { plugin }, session.globals.timeoutMs);
  const settings = shown.ok ? shown.value.settings : [];
  const file = join(mkdtempSync(join(tmpdir(), 'toru-edit-')), `${plugin.replaceAll('/', '_')}.toml`);
  writeFileSync(file, toEditorText(plugin, dropIn.path, dropIn.text, settings), { mode: 0o600 });
  for (;;) {
    const edited = await runEditor(editor, file);
    if (!edited.ok) return kept(edited.failure, plugin, file, dropIn);
    const text = fromEditorText(readFileSync(file, 'utf8'));
    if (text === tidied(dropIn.text ?? '')) {
      discard(file);
      return unchanged(session, plugin, dropIn.path);
    }
    const answer = await setText(session, dropIn, { plugin, text, ifDigest: dropIn.digest });
    const error = answer.errors?.[0];
    if (error === undefined) {
      discard(file);
      return answer;
    }
    if (error.code !== 'invalid' || !canAsk || !(await wantsAgain(error)))
      return kept(error, plugin, file, dropIn);
  }
}

async function setText(session: Session, dropIn: DropInResult, params: SetDropInParams): Promise<Answer> {
  const { plugin } = params;
  const isDryRun = session.has('dry-run');
  const asked = { ...params, ...(isDryRun ? { dryRun: true } : {}) };
  const result = await session.client.call('plugin.setDropIn', asked, session.globals.timeoutMs);
  if (!result.ok) return failed({ name: plugin, ...result.failure });
  const { changed, settings, needsRestart } = result.value;
  if (!changed) return unchanged(session, plugin, dropIn.path);
  const hints = isDryRun
    ? [`it is valid, and changes ${settings.length === 0 ? 'no setting' : settings.join(', ')}`]
    : needsRestart
      ? [`toru reload ${plugin} takes it now`]
      : [];
  return {
    document: {
      ...(isDryRun ? { dryRun: true } : {}),
      plugin,
      path: dropIn.path,
      changed,
      settings,
      needsRestart,
    },
    ...changeAnswer([[plugin, 'changed']], session.has('changed')),
    hints,
  };
}

function unchanged(session: Session, plugin: string, path: string): Answer {
  return {
    document: { plugin, path, changed: false, settings: [], needsRestart: false },
    ...changeAnswer([[plugin, 'unchanged']], session.has('changed')),
    // A script asked for what is so already; who sat in an editor wants to know that nothing was taken.
    hints: session.value('file') !== undefined && !session.has('dry-run') ? [] : [`${plugin}: unchanged`],
  };
}

/** The error, with where the text is; a text that nobody changed is not worth keeping. */
function kept(error: ErrorBody, plugin: string, file: string, dropIn: DropInResult): Answer {
  if (fromEditorText(readFileSync(file, 'utf8')) === tidied(dropIn.text ?? '')) {
    // An editor that was ended saves beside the file what it had not written.
    if (readdirSync(dirname(file)).length > 1)
      return failed({ name: plugin, ...error, hint: `what the editor has saved is in ${dirname(file)}` });
    discard(file);
    return failed({ name: plugin, ...error });
  }
  return failed({ name: plugin, ...error, hint: `nothing was changed; your text is in ${file}` });
}

function discard(file: string): void {
  rmSync(dirname(file), { recursive: true, force: true });
}

async function wantsAgain(error: ErrorBody): Promise<boolean> {
  await writeNote(formatError(error, 'edit', false));
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question('Edit it again? [Y/n] ');
    return !/^\s*n/i.test(answer);
  } finally {
    terminal.close();
  }
}
