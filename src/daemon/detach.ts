/** `torud --detach`: a child of its own session serves; this process waits until it does, or says why it cannot. */

import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';

/** Descriptor on which the child reports, and the variable that tells it so. */
const REPORT_FD = 3;
const REPORT_VARIABLE = 'TORU_REPORT_FD';
const READY = 'ready\n';

/** Starts torud in the background. Resolves with the exit code for this process. */
export function detach(scriptFile: string, args: readonly string[]): Promise<number> {
  const child = spawn(
    process.execPath,
    [...process.execArgv, scriptFile, ...args.filter((arg) => arg !== '--detach')],
    {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      env: { ...process.env, [REPORT_VARIABLE]: String(REPORT_FD) },
    },
  );
  return new Promise((resolve) => {
    let report = '';
    child.stdio[REPORT_FD]?.on('data', (chunk: Buffer) => {
      report += chunk.toString('utf8');
      if (report !== READY) return;
      child.unref();
      resolve(0);
    });
    child.once('error', (error) => {
      process.stderr.write(`torud: cannot go to the background: ${error.message}\n`);
      resolve(1);
    });
    child.once('close', (code) => {
      process.stderr.write(report === '' ? 'torud: ended before it was ready\n' : report);
      resolve(code ?? 1);
    });
  });
}

/** Tells a waiting parent how the start went. Without a parent an error goes to stderr. */
export function reportStart(error: string | undefined): void {
  const isReported = process.env[REPORT_VARIABLE] !== undefined;
  const line = error === undefined ? READY : `torud: ${error}\n`;
  if (isReported) writeSync(REPORT_FD, line);
  else if (error !== undefined) process.stderr.write(line);
  if (isReported) closeSync(REPORT_FD);
  delete process.env[REPORT_VARIABLE];
}
