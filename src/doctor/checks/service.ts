/** The unit of systemd, where there is systemd. */

import { execFile } from 'node:child_process';
import type { Finding } from '../../protocol/programs.ts';
import type { Check } from '../finding.ts';
import { fail, ok, skip, warn } from '../finding.ts';
import { lookAtPath } from '../machine.ts';

const UNIT = 'torud.service';
const ASK_LIMIT_MS = 3_000;
const PROPERTIES = 'LoadState,ActiveState,UnitFileState,KillMode,Type,NeedDaemonReload';

export const service: Check = async (view) => {
  const name = 'service.unit';
  if (view.paths.mode !== 'system') return [skip(name, 'only the torud of the machine has a unit')];
  if (lookAtPath('/run/systemd/system') === 'absent') return [skip(name, 'systemd does not run here')];
  const text = await unitText();
  return text === undefined ? [skip(name, 'systemctl does not answer')] : unitFindings(text);
};

/** @param text what `systemctl show` prints: `Key=value` lines */
export function unitFindings(text: string): readonly Finding[] {
  const name = 'service.unit';
  const unit = new Map(
    text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  if (unit.get('LoadState') !== 'loaded') return [skip(name, `there is no ${UNIT}`)];
  const state = unit.get('ActiveState') ?? 'unknown';
  const found: Finding[] = [];
  if (state === 'failed')
    found.push(fail(name, `${UNIT} is failed`, `systemctl status ${UNIT}; systemctl reset-failed ${UNIT}`));
  else found.push(ok(name, `${UNIT} is ${state}, ${unit.get('UnitFileState') || 'without a state on disk'}`));
  if (unit.get('KillMode') !== 'process')
    found.push(
      fail(
        'service.kill-mode',
        `KillMode=${unit.get('KillMode')}: a restart of torud by systemd kills every plugin`,
        `systemctl edit ${UNIT}, and set KillMode=process under [Service]`,
      ),
    );
  else found.push(ok('service.kill-mode', 'KillMode=process: plugins live on when torud ends'));
  if (unit.get('UnitFileState') === 'disabled')
    found.push(
      warn('service.enabled', `${UNIT} does not start with the machine`, `systemctl enable ${UNIT}`),
    );
  if (unit.get('NeedDaemonReload') === 'yes')
    found.push(warn('service.reload', `${UNIT} was changed on disk`, 'systemctl daemon-reload'));
  return found;
}

function unitText(): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('systemctl', ['show', UNIT, '-p', PROPERTIES], { timeout: ASK_LIMIT_MS }, (thrown, stdout) =>
      resolve(thrown === null ? stdout : undefined),
    );
  });
}
