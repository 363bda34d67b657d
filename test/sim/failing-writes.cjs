/**
 * Loaded into a real torud before its own code (NODE_OPTIONS=--require): makes its n-th write fail, whether that is a
 * file operation below FAULT_ROOT, a fork, or a statement of SQLite that writes. FAULT_FILE says which: `N KIND`; a
 * new text there begins to count anew, no file means no fault. Once it has failed, FAULT_FILE.hit names the operation.
 */

'use strict';

const fs = require('node:fs');
const childProcess = require('node:child_process');
const sqlite = require('node:sqlite');

const root = process.env.FAULT_ROOT;
const file = process.env.FAULT_FILE;
const { readFileSync, writeFileSync } = fs;
let text = '';
let left = 0;

function isDue(what) {
  let now = '';
  try {
    now = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  if (now !== text) {
    text = now;
    left = Number(now.split(' ')[0]);
  }
  left -= 1;
  if (left !== 0) return undefined;
  writeFileSync(`${file}.hit`, what);
  return now.split(' ')[1];
}

function failFile(what, path) {
  if (typeof path !== 'string' || !path.startsWith(root)) return;
  const kind = isDue(`${what} ${path}`);
  if (kind === undefined) return;
  const code = kind === 'full' ? 'ENOSPC' : 'EROFS';
  throw Object.assign(new Error(`${code}: made to fail, ${what} '${path}'`), { code, syscall: what, path });
}

function wrap(module, name, isWrite = () => true) {
  const real = module[name];
  module[name] = function wrapped(...args) {
    if (isWrite(args)) failFile(name, args[0]);
    return real.apply(this, args);
  };
}

for (const name of ['mkdirSync', 'renameSync', 'unlinkSync', 'rmSync', 'writeFileSync', 'chmodSync'])
  wrap(fs, name);
wrap(fs, 'openSync', ([, flags]) => flags !== undefined && flags !== 'r');

const { spawn } = childProcess;
childProcess.spawn = function wrapped(...args) {
  if (isDue('fork') === undefined) return spawn.apply(this, args);
  throw Object.assign(new Error('spawn EAGAIN'), { code: 'EAGAIN', syscall: 'spawn' });
};

function failStatement(sql) {
  const kind = isDue(sql.trim().slice(0, 60));
  if (kind === undefined) return;
  const [errcode, message] = kind === 'full' ? [13, 'database or disk is full'] : [8, 'readonly database'];
  throw Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode });
}

sqlite.DatabaseSync = class extends sqlite.DatabaseSync {
  exec(sql) {
    if (/^(BEGIN|COMMIT)/.test(sql)) failStatement(sql);
    return super.exec(sql);
  }

  prepare(sql) {
    const statement = super.prepare(sql);
    const run = statement.run.bind(statement);
    statement.run = (...values) => {
      failStatement(sql);
      return run(...values);
    };
    return statement;
  }
};
