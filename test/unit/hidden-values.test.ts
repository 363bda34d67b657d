/** Passwords in a plugin's environment and config are for its admins. */

import { expect, test } from 'vitest';
import {
  HIDDEN,
  seesValues,
  withHiddenChanges,
  withHiddenSettings,
} from '../../src/daemon/control/hidden-values.ts';
import type { CrashShowResult } from '../../src/protocol/control/crashes.ts';

const PRIVATE = /hunter2/;

test('who is no admin of a plugin gets the names of its environment and config, not the values', () => {
  const shown = withHiddenSettings({
    properties: { id: 'db', 'environment.DB_PASSWORD': 'hunter2', 'config.token': 'hunter2', nice: 5 },
    settings: [
      { key: 'environment.DB_PASSWORD', value: 'hunter2', source: 'db.toml' },
      { key: 'nice', value: 5, source: 'db.toml' },
    ],
  });
  expect(JSON.stringify(shown)).not.toMatch(PRIVATE);
  expect(shown.properties).toMatchObject({ id: 'db', nice: 5, 'environment.DB_PASSWORD': HIDDEN });
  expect(shown.settings).toEqual([
    { key: 'environment.DB_PASSWORD', value: HIDDEN, source: 'db.toml' },
    { key: 'nice', value: 5, source: 'db.toml' },
  ]);
});

test('the same holds for what a crash says of settings, and for the runs beside it', () => {
  const settings = {
    command: ['run'],
    settings: { nice: 5, environment: { PW: 'hunter2' }, config: { pw: 'hunter2' } },
  };
  const change = { key: 'environment.PW', before: 'old-hunter2', after: 'hunter2' };
  const result = {
    crash: { settingsChanged: [change] },
    run: { settings },
    lastGoodRun: null,
  } as unknown as CrashShowResult;
  const hidden = withHiddenChanges(result);
  expect(JSON.stringify(hidden)).not.toMatch(PRIVATE);
  expect(hidden.crash.settingsChanged).toEqual([{ key: 'environment.PW', before: HIDDEN, after: HIDDEN }]);
  expect(hidden.run?.settings).toMatchObject({
    command: ['run'],
    settings: { nice: 5, environment: { PW: HIDDEN } },
  });
  expect(hidden.lastGoodRun).toBeNull();
});

test('an admin of that plugin sees the values, an operator does not', () => {
  const actor = { kind: 'user' } as const;
  expect(seesValues({ role: 'admin', actor }, 'db')).toBe(true);
  expect(seesValues({ role: 'operate', actor }, 'db')).toBe(false);
});
