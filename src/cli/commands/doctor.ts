/** `toru doctor [--bundle FILE]` */

import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ControlClient } from '../../client/control-client.ts';
import { within } from '../../client/time-limit.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { errorBody } from '../../protocol/errors.ts';
import { resolvePaths } from '../../protocol/paths.ts';
import type {
  DoctorProgram,
  DoctorReport,
  DoctorRequest,
  Finding,
  TorudLine,
} from '../../protocol/programs.ts';
import { DOCTOR_BUNDLE, FINDING_RESULTS } from '../../protocol/programs.ts';
import { errnoOf, failure, messageOf, success } from '../../protocol/result.ts';
import type { Command } from '../command.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { type Colour, paint } from '../output/colours.ts';
import { sanitise } from '../output/sanitise.ts';
import { isTerminalDescriptor } from '../output/screen.ts';
import { writeOutput } from '../output/sink.ts';
import type { Session } from '../session.ts';

/** torud is given this long for each answer unless --timeout says less: one that hangs is a finding, not a reason to hang. */
const ASK_LIMIT_MS = 5_000;
const FAILED_EXIT = 1;
const COLOURS: Readonly<Record<Finding['result'], Colour | undefined>> = {
  fail: 'red',
  warn: 'yellow',
  ok: 'green',
  skip: 'dim',
};

export const doctor: Command = {
  verb: 'doctor',
  kind: 'query',
  operands: '',
  minOperands: 0,
  maxOperands: 0,
  takesNames: false,
  options: [
    { name: 'strict', does: 'exit code 1 for warnings as well' },
    {
      name: 'bundle',
      value: 'FILE',
      does: 'write a .tar.gz for a bug report, without secrets; - is standard output',
    },
    { name: 'force', does: 'with --bundle: write over a file that is there' },
  ],
  does: 'check the installation; name each fault and its mend',
  details:
    'It works with and without a running torud, and changes nothing. Exit code 1 when something fails; with -q only what is not well is shown. With --bundle the findings go into the archive, and the exit code says whether that was written. Look through it before you send it: names of plugins, paths and log messages are in it.',
  examples: ['toru doctor', 'toru doctor -q --strict', 'toru doctor --bundle report.tar.gz'],
  run: runDoctor,
};

async function runDoctor(session: Session): Promise<Answer> {
  const target = session.value('bundle');
  const fault = target === undefined ? undefined : targetFault(target, session);
  if (fault !== undefined) return failed(fault);
  let program: DoctorProgram;
  try {
    // Beside this file; a computed path, so that the bundler leaves it out of this bundle.
    program = require(join(__dirname, DOCTOR_BUNDLE)) as DoctorProgram;
  } catch (thrown) {
    const [reason = ''] = messageOf(thrown).split('\n');
    return failed(
      errorBody('failed', `the doctor cannot be loaded: ${reason}`, { hint: 'install toru again' }),
    );
  }
  const client = new ControlClient(session.socketPath);
  try {
    const request = requestOf(session, client);
    return target === undefined
      ? reportAnswer(await program.examine(request), session)
      : await bundleAnswer(program, request, target, session);
  } finally {
    client.close();
  }
}

function requestOf({ globals }: Session, client: ControlClient): DoctorRequest {
  const inputs = { isSystem: globals.isSystem, uid: process.getuid?.() ?? 0, env: process.env };
  const { timeoutMs } = globals;
  return {
    paths: resolvePaths(globals.root === undefined ? inputs : { ...inputs, root: resolve(globals.root) }),
    distFolder: __dirname,
    torud: lineOf(client),
    timeoutMs: timeoutMs === 0 ? ASK_LIMIT_MS : Math.min(timeoutMs, ASK_LIMIT_MS),
  };
}

function lineOf(client: ControlClient): TorudLine {
  const late = failure(errorBody('timeout', 'torud has the connection, but does not answer'));
  return {
    welcome: async (timeoutMs) => (await within(client.welcome(), timeoutMs)) ?? late,
    call: (method, params, timeoutMs) => client.call(method, params, timeoutMs),
    items: async (method, params, timeoutMs) => {
      const stream = client.stream(method, params);
      const read = async () => {
        const items = [];
        for await (const item of stream) items.push(item);
        const end = await stream.outcome;
        return end.ok ? success(items) : end;
      };
      return (await within(read(), timeoutMs)) ?? late;
    },
  };
}

/** The worst first; what is well last. */
function reportAnswer({ checks, summary }: DoctorReport, session: Session): Answer {
  const order: readonly Finding['result'][] = ['fail', 'warn', 'skip', 'ok'];
  const shown = session.globals.isQuiet
    ? checks.filter(({ result }) => result === 'fail' || result === 'warn')
    : checks;
  const sorted = order.flatMap((result) => shown.filter((one) => one.result === result));
  const isBad = summary.fail > 0 || (session.has('strict') && summary.warn > 0);
  const counts = FINDING_RESULTS.map((result) => `${summary[result]} ${result}`).join(', ');
  return {
    document: { checks: sorted, summary },
    records: sorted,
    values: sorted.map(({ name, result }) => `${result} ${name}`),
    table: {
      columns: [{ title: 'RESULT' }, { title: 'CHECK' }, { title: 'DETAIL' }, { title: 'MEND' }],
      rows: sorted.map(({ name, result, detail, mend }) => [
        { text: result, colour: COLOURS[result] },
        name,
        detail,
        mend ?? '-',
      ]),
    },
    // On a terminal a table would be cut where the mend stands.
    paintedText: sorted.map((one) => findingText(one, session.screen.hasColour)).join(''),
    hints: [counts],
    exitCode: isBad ? FAILED_EXIT : 0,
  };
}

function findingText({ name, result, detail, mend }: Finding, hasColour: boolean): string {
  const word = result.padEnd(4);
  const first = `${hasColour ? paint(word, COLOURS[result]) : word}  ${sanitise(`${name}: ${detail}`)}\n`;
  return mend === null ? first : `${first}      -> ${sanitise(mend)}\n`;
}

function targetFault(target: string, session: Session): ErrorBody | undefined {
  if (target === '') return errorBody('usage', '--bundle needs a file', { hint: '- is standard output' });
  if (target !== '-') return undefined;
  if (session.globals.isJson)
    return errorBody('usage', '--bundle - and JSON cannot both go to standard output');
  if (isTerminalDescriptor(1))
    return errorBody('usage', 'an archive is not written to a terminal', {
      hint: 'name a file, or redirect',
    });
  return undefined;
}

async function bundleAnswer(
  program: DoctorProgram,
  request: DoctorRequest,
  target: string,
  session: Session,
): Promise<Answer> {
  const { archive, files, secretsRemoved, report } = await program.bundle(request);
  if (target === '-') {
    await writeOutput(archive);
    return {};
  }
  const problem = writeNew(resolve(target), archive, session.has('force'));
  if (problem !== undefined) return failed(problem);
  const bundle = { path: resolve(target), bytes: archive.length, secretsRemoved, files };
  const secrets = `${secretsRemoved} secret${secretsRemoved === 1 ? '' : 's'} removed`;
  return {
    document: { bundle, summary: report.summary },
    records: [bundle],
    values: [bundle.path],
    hints: [`${target}: ${files.length} files, ${secrets}; look through it before you send it`],
  };
}

/** Whole or not at all, readable by its owner alone. */
function writeNew(path: string, bytes: Uint8Array, isForced: boolean): ErrorBody | undefined {
  const unfinished = join(dirname(path), `.toru-doctor-${process.pid}.tmp`);
  try {
    writeFileSync(unfinished, bytes, { mode: 0o600, flag: 'wx' });
    // link(2) fails when the name is taken, rename(2) replaces what has it.
    if (isForced) renameSync(unfinished, path);
    else linkSync(unfinished, path);
    return undefined;
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === undefined) throw thrown;
    if (errno === 'EEXIST')
      return errorBody('failed', `${path} is there already`, { hint: '--force writes over it' });
    return errorBody('failed', `${path} cannot be written: ${messageOf(thrown)}`);
  } finally {
    rmSync(unfinished, { force: true });
  }
}
