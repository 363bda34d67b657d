/** dist/toru-check.cjs: what `toru check` loads (protocol/programs.ts, CheckProgram). */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { errorBody } from '../protocol/errors.ts';
import type { CheckProgram } from '../protocol/programs.ts';
import { failure } from '../protocol/result.ts';
import { ALL_CASES, checkPlugin } from './suite.ts';

export const program: CheckProgram = {
  cases: ALL_CASES,
  async check(request) {
    const shimFile = join(__dirname, 'native', process.arch, 'toru-shim');
    if (existsSync(shimFile)) return checkPlugin(request, shimFile);
    const hint = 'install toru again, or run "npm run build"';
    return failure(errorBody('failed', `toru-shim is not at ${shimFile}`, { hint }));
  },
};
