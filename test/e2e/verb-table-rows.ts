/** What every verb does in every situation that CLI.md gives an exit code: one row a verb. */

import {
  ACTION_ABSENT,
  absent,
  action,
  DENIED,
  LATE,
  NEEDS_NO_DAEMON,
  NOTHING,
  onPlugin,
  type Row,
  SOME,
  same,
  UNCHANGED,
  USAGE,
  view,
} from './verb-table-cells.ts';
import { TASK_ROWS } from './verb-table-task-rows.ts';

/** `up` runs, `down` never ran, `crashed` failed after a crash: they stay so. */
export const ROWS: Readonly<Record<string, Row>> = {
  list: view('list up', {
    shows: { stdout: /^ID +STATE.*\nup +running/ },
    noSuchPlugin: absent('list nix'),
    badUsage: ['list --state weird'],
  }),
  top: view('top', {
    // Without a terminal; with one it is looked at elsewhere.
    ok: [{ words: 'top', ...USAGE, stderr: /needs a terminal; .*for scripts there are/ }],
    noSuchPlugin: 'without a terminal it gets to no plugin',
    daemonDown: [{ words: 'top', ...USAGE }],
    timeout: [{ words: 'top', ...USAGE }],
    badUsage: ['top --state weird'],
  }),
  status: view('status up', {
    ok: [
      { words: 'status up', stdout: /up [\s\S]*running/ },
      { words: 'status down', stdout: /stopped/, code: 3 },
      { words: 'status', stdout: /torud/ },
    ],
    noSuchPlugin: absent('status nix'),
  }),
  show: view('show up', {
    ok: [
      { words: 'show up', stdout: /^state=running$/m },
      { words: 'show up -p state --value', stdout: /^running\n$/ },
      { words: 'show down', stdout: /^state=stopped$/m, code: 3 },
    ],
    noSuchPlugin: absent('show nix'),
    badUsage: ['show up -p no-such-property'],
  }),
  why: view('why up', {
    ok: [
      { words: 'why up', stdout: /^up is running/ },
      { words: 'why down', stdout: /^down is stopped/, code: 3 },
    ],
    noSuchPlugin: absent('why nix'),
  }),
  'list-dependencies': view('list-dependencies up', {
    shows: { stdout: /^up \(1\.0\.0, running\)\n$/ },
    noSuchPlugin: absent('list-dependencies nix'),
  }),
  'is-active': view('is-active up', {
    ok: [
      { words: 'is-active up', stdout: /^running\n$/ },
      { words: 'is-active down', stdout: /^stopped\n$/, code: 3 },
    ],
    noSuchPlugin: absent('is-active nix'),
  }),
  'is-enabled': view('is-enabled up', {
    ok: [
      { words: 'is-enabled up', stdout: /^enabled\n$/ },
      { words: 'is-enabled down', stdout: /^disabled\n$/, code: 1 },
    ],
    noSuchPlugin: absent('is-enabled nix'),
  }),
  'is-failed': view('is-failed crashed', {
    ok: [
      { words: 'is-failed crashed', stdout: /^failed\n$/ },
      { words: 'is-failed up', stdout: /^running\n$/, code: 1 },
    ],
    noSuchPlugin: absent('is-failed nix'),
  }),
  start: onPlugin('start', ['stop for-start'], same('start for-start', ['start for-start'])),
  stop: onPlugin('stop', ['start for-stop'], same('stop for-stop', ['stop for-stop'])),
  restart: onPlugin('restart', ['start for-restart'], 'a restart is never so already'),
  'try-restart': onPlugin(
    'try-restart',
    ['start for-try-restart'],
    same('try-restart for-try-restart', ['stop for-try-restart']),
  ),
  reload: onPlugin('reload', ['start for-reload'], same('reload for-reload', ['start for-reload']), {
    ok: [{ words: 'reload for-reload --force', before: ['start for-reload'], changed: true }],
  }),
  enable: onPlugin('enable', ['disable for-enable'], same('enable for-enable', ['enable for-enable'])),
  disable: onPlugin('disable', ['enable for-disable'], same('disable for-disable', ['disable for-disable'])),
  kill: onPlugin(
    'kill',
    ['start for-kill'],
    [{ words: 'kill -s TERM down', code: 7, error: 'not_running' }],
    {
      ok: [{ words: 'kill -s CONT for-kill', before: ['start for-kill'], changed: true }],
      badUsage: ['kill -s NOSUCH for-kill'],
    },
  ),
  'reset-failed': onPlugin(
    'reset-failed',
    ['start for-reset-failed'],
    same('reset-failed for-reset-failed', ['reset-failed for-reset-failed']),
  ),
  wait: view('wait down --for stopped', {
    shows: { stdout: NOTHING },
    alreadySo: [{ words: 'wait up --for running' }],
    noSuchPlugin: [{ words: 'wait nix', ...ACTION_ABSENT }],
    timeout: [{ words: 'wait down --for running', ...LATE, stderr: /pending/ }],
    badUsage: ['wait up --for weird', 'wait up --for log~('],
  }),
  logs: view('logs up -n 1', {
    ok: [
      { words: 'logs crashed', stdout: /last words/, hasJsonLines: true },
      { words: 'logs down --fail-empty', code: 1 },
      // Following ends with its time limit.
      { words: 'logs crashed -f --timeout 2s', stdout: /last words/, hasJsonLines: true, ...LATE },
    ],
    noSuchPlugin: absent('logs nix'),
    timeout: [
      { words: 'logs crashed', ...LATE },
      { words: 'logs -f', ...LATE },
    ],
    badUsage: [
      'logs --grep (',
      'logs --level loud',
      'logs -n -1',
      'logs --since later',
      'logs --supervisor up',
    ],
  }),
  crashes: view('crashes crashed', {
    ok: [
      { words: 'crashes crashed', stdout: /crashed +SIGSEGV/ },
      { words: 'crashes down --fail-empty', stderr: /^toru: no crashes\n$/, code: 1 },
    ],
    noSuchPlugin: absent('crashes nix'),
    badUsage: ['crashes --since later', 'crashes -n many'],
  }),
  'crashes show': view('crashes show -1 crashed', {
    shows: { stdout: /last words/ },
    noSuchPlugin: [...absent('crashes show -1 nix'), ...absent('crashes show 99999')],
    badUsage: ['crashes show first'],
  }),
  'crashes diff': view('crashes diff -1 crashed', {
    noSuchPlugin: [...absent('crashes diff -1 nix'), ...absent('crashes diff 99999')],
    badUsage: ['crashes diff first'],
  }),
  'crashes export': view('crashes export -1 crashed', {
    shows: { stdout: /"crash"/ },
    noSuchPlugin: [...absent('crashes export -1 nix'), ...absent('crashes export 99999')],
    badUsage: ['crashes export first', 'crashes export -1 --file='],
  }),
  events: view('events up', {
    ok: [
      { words: 'events up', stdout: /up +started/ },
      { words: 'events down --type crashed --fail-empty', code: 1 },
    ],
    noSuchPlugin: absent('events nix'),
    timeout: [
      { words: 'events up', ...LATE },
      { words: 'events -f', ...LATE },
    ],
    badUsage: ['events --type weird', 'events --since later'],
  }),
  runs: view('runs crashed', {
    ok: [
      { words: 'runs crashed', stdout: /SIGSEGV/ },
      { words: 'runs down', stderr: /^toru: no runs\n$/ },
    ],
    noSuchPlugin: absent('runs nix'),
    badUsage: ['runs crashed -n many', 'runs crashed -n -1'],
  }),
  install: action('install FIXTURES/echo-stdio', {
    ok: [{ words: 'install FIXTURES/echo-stdio', before: ['remove echo-stdio'], changed: true }],
    alreadySo: same('install FIXTURES/echo-stdio', ['install FIXTURES/echo-stdio']),
    noSuchPlugin: [
      { words: 'install --rollback nix', ...ACTION_ABSENT },
      { words: 'install FIXTURES/nix', ...ACTION_ABSENT },
    ],
    badUsage: ['install', 'install FIXTURES/echo-stdio --rollback echo-stdio'],
  }),
  remove: onPlugin('remove', ['install FIXTURES/writes-lines'], 'what is not there is no such plugin', {
    ok: [{ words: 'remove writes-lines', before: ['install FIXTURES/writes-lines'], changed: true }],
  }),
  cat: view('cat up', {
    shows: { stdout: /# built-in/ },
    noSuchPlugin: absent('cat nix'),
    badUsage: ['cat up no.such.setting'],
  }),
  // With an editor it is looked at elsewhere.
  edit: action('edit for-edit --file -', {
    ok: [{ words: 'edit for-edit --file -', stdin: 'nice = 3\n', before: ['edit for-edit --file -'] }],
    alreadySo: [{ words: 'edit for-edit --file -', before: ['edit for-edit --file -'] }],
    noSuchPlugin: [{ words: 'edit nix --file -', ...ACTION_ABSENT }],
    badUsage: ['edit for-edit --file FIXTURES/nix', 'edit for-edit'],
  }),
  'kv get': view('kv get for-kv-get k', {
    ok: [
      { words: 'kv get for-kv-get k', before: ['kv set for-kv-get k some'], stdout: /^some$/ },
      { words: 'kv get for-kv-get none', code: 1, error: 'not_found' },
    ],
    noSuchPlugin: absent('kv get nix k'),
    notPermitted: [{ words: 'kv get for-kv-get k', ...DENIED }],
  }),
  'kv set': action('kv set for-kv-set k v', {
    ok: [{ words: 'kv set for-kv-set k v', before: ['kv delete for-kv-set k'] }],
    alreadySo: [{ words: 'kv set for-kv-set k v', before: ['kv set for-kv-set k v'] }],
    noSuchPlugin: [{ words: 'kv set nix k v', ...ACTION_ABSENT }],
    badUsage: ['kv set for-kv-set k v --ttl soon', 'kv set for-kv-set k v --if-version x'],
  }),
  'kv delete': action('kv delete for-kv-delete k', {
    ok: [{ words: 'kv delete for-kv-delete k', before: ['kv set for-kv-delete k v'] }],
    alreadySo: [{ words: 'kv delete for-kv-delete k', before: ['kv delete for-kv-delete k'] }],
    noSuchPlugin: [{ words: 'kv delete nix k', ...ACTION_ABSENT }],
  }),
  'kv list': view('kv list for-kv-list', {
    shows: { before: ['kv set for-kv-list k v'], stdout: /^KEY[^\n]*\nk +/ },
    noSuchPlugin: absent('kv list nix'),
    notPermitted: [{ words: 'kv list for-kv-list', ...DENIED }],
  }),
  // Its only result is what it found: it is told also when nothing is new.
  scan: action('scan', {
    ok: [{ words: 'scan', stdout: NOTHING, stderr: /^toru: nothing has changed\n$/, isAlone: true }],
    alreadySo: [{ words: 'scan --changed', stdout: UNCHANGED, isAlone: true }],
  }),
  check: view('check FIXTURES/sleeper --case metadata', {
    shows: { stdout: /sleeper 1\.0\.0: 1 passed, 0 failed/ },
    noSuchPlugin: [{ words: 'check FIXTURES/nix', ...ACTION_ABSENT }],
    notPermitted: NEEDS_NO_DAEMON,
    daemonDown: [{ words: 'check FIXTURES/sleeper --case metadata', stdout: SOME }],
    timeout: NEEDS_NO_DAEMON,
    badUsage: ['check FIXTURES/sleeper --case no-such-case'],
  }),
  doctor: view('doctor', {
    ok: [
      { words: 'doctor', stdout: SOME, stderr: / 0 fail/, isAlone: true },
      { words: 'doctor', code: 1, stdout: /^fail +plugins\.state: crashed is failed/, stderr: / 1 fail/ },
    ],
    daemonDown: [{ words: 'doctor', code: 1, stdout: /not running/, stderr: /1 fail/ }],
    timeout: [{ words: 'doctor', code: 1, stdout: SOME, stderr: /fail/ }],
    badUsage: ['doctor --bundle='],
  }),
  'daemon status': view('daemon status', { shows: { stdout: /torud \d/ } }),
  'daemon reload': action('daemon reload', {
    ok: [{ words: 'daemon reload' }],
    alreadySo: [{ words: 'daemon reload --changed', stdout: UNCHANGED, isAlone: true }],
  }),
  'daemon stop': action('daemon stop', {
    ok: [{ words: 'daemon stop', isAlone: true }],
    alreadySo: 'a torud that does not run cannot be reached',
  }),
  'daemon upgrade': action('daemon upgrade', {
    ok: [{ words: 'daemon upgrade', isAlone: true }],
    alreadySo: 'it replaces torud also by the same version',
  }),
  'daemon log-level': action('daemon log-level debug', {
    ok: [
      { words: 'daemon log-level debug', before: ['daemon log-level info'] },
      { words: 'daemon log-level', stdout: /^(debug|info)\n$/ },
    ],
    alreadySo: [{ words: 'daemon log-level info', before: ['daemon log-level info'] }],
    badUsage: ['daemon log-level loud'],
  }),
  ...TASK_ROWS,
  metrics: view('metrics', { shows: { stdout: /# EOF\n$/ } }),
  completion: view('completion bash', {
    notPermitted: NEEDS_NO_DAEMON,
    daemonDown: [{ words: 'completion zsh', stdout: SOME }],
    timeout: [{ words: 'completion fish', stdout: SOME }],
    badUsage: ['completion ksh'],
  }),
  // That torud does not answer is an answer.
  version: view('version', {
    shows: { stdout: /^toru \d.*\ntorud \d/ },
    daemonDown: [{ words: 'version', stdout: /torud - \(not reached\)/ }],
    timeout: [{ words: 'version', stdout: /torud - \(not reached\)/ }],
  }),
};
