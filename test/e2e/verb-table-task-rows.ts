/** The rows of the verbs about scripts, tasks, schedules, quick actions and the machine. */

import {
  ACTION_ABSENT,
  absent,
  action,
  DENIED,
  DOWN,
  LATE,
  type Row,
  SOME,
  same,
  USAGE,
  view,
} from './verb-table-cells.ts';

/** Without torud, or with one that hangs, any id does. */
const ANY = 'ffffffff';
/** toru's own failures of `run`. */
const OWN = 125;
const OWN_LIMIT = "its --timeout is the action's own; torud has 10 s to answer";
const ALWAYS_NEW = 'a task that is begun is always a new one';
const BOTH = /^(out\n)?err\n(out\n)?$/;

function beginsTask(words: string, noSuch: string): Row {
  return action(words, {
    ok: [{ words, stdout: /^(out\n|\{)/, stderr: BOTH }],
    alreadySo: ALWAYS_NEW,
    noSuchPlugin: [{ words: noSuch, code: 127, error: 'not_found' }],
    notPermitted: [{ words, ...DENIED, code: 126 }],
    daemonDown: [{ words, ...DOWN, code: OWN }],
    timeout: [{ words, ...LATE, code: OWN }],
  });
}

/** `hello` is a script, `DONE` a task of it, `greet` and `for-edit` are quick actions with it, `yearly` is a schedule. */
export const TASK_ROWS: Readonly<Record<string, Row>> = {
  scripts: view('scripts', { shows: { stdout: /^hello +.* says hello$/m } }),
  run: {
    ...beginsTask('run hello', 'run nix'),
    badUsage: ['run hello --env 1=x', 'run hello --timeout soon', 'run --lock= hello'],
  },
  tasks: view('tasks', {
    ok: [
      { words: 'tasks --since yesterday', stdout: /^ID +STATE.*\n(.*\n)*.* done .* hello +\S+ +8B$/m },
      { words: 'tasks --script nix', stderr: /^toru: no tasks\n$/ },
      { words: 'tasks --script nix --fail-empty', stderr: /^toru: no tasks\n$/, code: 1 },
      { words: 'tasks -f --timeout 2s', stdout: / done +hello/, hasJsonLines: true, ...LATE },
    ],
    timeout: [
      { words: 'tasks', ...LATE },
      { words: 'tasks -f', ...LATE },
    ],
    badUsage: ['tasks --state weird', 'tasks --since later', 'tasks -n -1', 'tasks --script='],
  }),
  'task show': view('task show DONE', {
    shows: { stdout: /State: done, exit 0/ },
    noSuchPlugin: [...absent('task show eeeeeeee'), ...absent('task show nix')],
    daemonDown: [{ words: `task show ${ANY}`, ...DOWN }],
    timeout: [{ words: `task show ${ANY}`, ...LATE }],
    badUsage: ['task show fff'],
  }),
  'task logs': view('task logs DONE', {
    ok: [
      { words: 'task logs DONE', stdout: /^out\nerr\n$/ },
      { words: 'task logs DONE -f --stderr', stdout: /^err\n$/, hasJsonLines: true },
    ],
    noSuchPlugin: absent('task logs eeeeeeee'),
    daemonDown: [{ words: `task logs ${ANY}`, ...DOWN }],
    timeout: [
      { words: `task logs ${ANY}`, ...LATE },
      { words: `task logs -f ${ANY}`, ...LATE },
    ],
    badUsage: ['task logs fff', 'task logs DONE -n many'],
  }),
  'task cancel': action(`task cancel ${ANY}`, {
    ok: [{ words: 'task cancel -1', before: ['run sleeps --detach'], changed: true, isAlone: true }],
    alreadySo: same('task cancel DONE'),
    noSuchPlugin: [{ words: 'task cancel eeeeeeee', ...ACTION_ABSENT }],
    notPermitted: [{ words: 'task cancel DONE', ...DENIED }],
    badUsage: ['task cancel fff'],
  }),
  'task wait': view('task wait DONE', {
    ok: [
      { words: 'task wait DONE' },
      { words: 'task wait -1', before: ['run sleeps --detach --timeout 100ms'], isAlone: true, ...LATE },
    ],
    noSuchPlugin: [{ words: 'task wait eeeeeeee', ...ACTION_ABSENT }],
    daemonDown: [{ words: `task wait ${ANY}`, ...DOWN }],
    timeout: [{ words: `task wait ${ANY}`, ...LATE, stderr: /pending|no answer/ }],
    badUsage: ['task wait fff'],
  }),
  schedules: view('schedules', {
    ok: [
      { words: 'schedules', stdout: /^yearly +@yearly .* hello$/m },
      { words: 'schedules --next 2 --fail-problem', stdout: /( yearly +hello\n.*){2}/ },
    ],
    badUsage: ['schedules --next 0', 'schedules --next many'],
  }),
  actions: view('actions', { shows: { stdout: /^ +1 +greet +.* hello +/m } }),
  'actions list': view('actions list', { shows: { stdout: /^ +1 +greet +.* hello +/m } }),
  'actions add': action('actions add new --script hello', {
    ok: [{ words: 'actions add new --script hello', before: ['actions remove new'], changed: true }],
    alreadySo: [{ words: 'actions add greet --script hello', code: 1, error: 'conflict' }],
    timeout: OWN_LIMIT,
    badUsage: [
      'actions add new',
      'actions add a/b --script hello',
      'actions add new --script hello --position 0',
    ],
  }),
  'actions edit': action('actions edit for-edit --title one', {
    ok: [
      {
        words: 'actions edit for-edit --title one',
        before: ['actions edit for-edit --title two'],
        changed: true,
      },
    ],
    alreadySo: same('actions edit for-edit --title one', ['actions edit for-edit --title one']),
    noSuchPlugin: [{ words: 'actions edit nix --title one', ...ACTION_ABSENT }],
    timeout: OWN_LIMIT,
    badUsage: [
      'actions edit for-edit',
      'actions edit for-edit --clear all',
      'actions edit for-edit --title x --clear title',
    ],
  }),
  'actions remove': action('actions remove gone', {
    ok: [{ words: 'actions remove gone', before: ['actions add gone --script hello'], changed: true }],
    alreadySo: 'what is not there is no such action',
    noSuchPlugin: [{ words: 'actions remove nix', ...ACTION_ABSENT }],
  }),
  'actions run': beginsTask('actions run greet', 'actions run nix'),
  system: view('system', {
    ok: [
      { words: 'system', stdout: /Memory: .* available\n/ },
      { words: 'system --processes --history 1min', stdout: /^up +\d+ /m },
      { words: 'system --history 1min', stdout: SOME },
      { words: 'system --watch', ...USAGE, stderr: /needs a terminal/ },
    ],
    badUsage: ['system --history soon', 'system --history 2h'],
  }),
};
