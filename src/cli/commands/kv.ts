/** `toru kv get`, `set`, `delete`, `list` */

import type { KvSetParams } from '../../protocol/control/kv.ts';
import { errorBody } from '../../protocol/errors.ts';
import { MAX_KV_VALUE_BYTES } from '../../protocol/plugin/messages.ts';
import { CHANGED, changeAnswer } from '../action-command.ts';
import type { Command } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { readInput } from '../names.ts';
import { given, integerOption } from '../option-values.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { sanitiseBlock } from '../output/sanitise.ts';
import { writeOutput } from '../output/sink.ts';
import { formatDateTime, formatSize } from '../output/sizes.ts';
import { ABSENT, numberCell } from '../output/table.ts';
import { DRY_RUN, planAnswer, soleStep } from '../plan-answer.ts';
import type { Session } from '../session.ts';

const KEY_OPERANDS = { operands: 'NAME KEY', minOperands: 2, maxOperands: 2, takesNames: false } as const;

export const kvGet: Command = {
  ...KEY_OPERANDS,
  verb: 'kv get',
  kind: 'query',
  options: [],
  does: "print one value of a plugin's store, byte for byte",
  details:
    'Exit code 1 when there is no such key. On a terminal, control characters are shown and a newline is added.',
  examples: ['toru kv get clock count'],
  run: runGet,
};

export const kvSet: Command = {
  verb: 'kv set',
  kind: 'action',
  operands: 'NAME KEY VALUE|-',
  minOperands: 3,
  maxOperands: 3,
  takesNames: false,
  options: [
    { name: 'ttl', value: 'DUR', does: 'forget it after this time' },
    { name: 'if-version', value: 'N', does: 'only if the stored version is N; 0: only if there is none' },
    CHANGED,
    DRY_RUN,
  ],
  does: 'set one value; - reads standard input',
  details: 'A value that was there already counts as changed: it has a new version.',
  examples: ['toru kv set clock count 0', 'toru kv set web page - < page.html'],
  run: runSet,
};

export const kvDelete: Command = {
  ...KEY_OPERANDS,
  verb: 'kv delete',
  kind: 'action',
  options: [CHANGED, DRY_RUN],
  does: 'delete one key; that it is gone already is success',
  examples: ['toru kv delete clock count'],
  run: runDelete,
};

export const kvList: Command = {
  verb: 'kv list',
  kind: 'query',
  operands: 'NAME [PREFIX]',
  minOperands: 1,
  maxOperands: 2,
  takesNames: false,
  options: [],
  does: 'list the keys with version, size and end of life',
  examples: ['toru kv list clock', 'toru kv list clock cache/ -o value'],
  run: runList,
};

async function runGet(session: Session): Promise<Answer> {
  const [plugin = '', key = ''] = session.operands;
  const result = await session.client.call('kv.get', { plugin, key }, session.globals.timeoutMs);
  if (!result.ok) return failed({ name: plugin, ...result.failure });
  const { value, version } = result.value;
  if (value === null) {
    return { errors: [errorBody('not_found', `there is no key "${key}"`, { name: plugin })], exitCode: 1 };
  }
  const document = { plugin, key, value, version };
  if (session.globals.isJson) return { document, records: [document] };
  // Byte for byte: no newline that is not in the value.
  if (!session.screen.isTerminal) await writeOutput(value);
  return session.screen.isTerminal ? { text: sanitiseBlock(value) } : {};
}

async function runSet(session: Session): Promise<Answer> {
  const [plugin = '', key = '', operand = ''] = session.operands;
  const ttlMs = session.value('ttl') === undefined ? undefined : parseDuration(session.value('ttl') ?? '');
  if (session.value('ttl') !== undefined && ttlMs === undefined) {
    return failed(errorBody('usage', `--ttl: "${session.value('ttl')}" is no duration`));
  }
  const ifVersion = integerOption(session, 'if-version', 0);
  if (!ifVersion.ok) return failed(ifVersion.failure);
  const input = operand === '-' ? await readInput(MAX_KV_VALUE_BYTES) : undefined;
  if (input?.ok === false) return failed(input.failure);
  const bytes = input?.value ?? Buffer.from(operand);
  const value = bytes.toString('utf8');
  if (!Buffer.from(value).equals(bytes))
    return failed(errorBody('usage', 'the value is not UTF-8', { name: plugin }));
  const params: KvSetParams = {
    plugin,
    key,
    value,
    ...given('ttlMs', ttlMs),
    ...given('ifVersion', ifVersion.value),
    ...(session.has('dry-run') ? { dryRun: true } : {}),
  };
  const result = await session.client.call('kv.set', params, session.globals.timeoutMs);
  if (!result.ok) return failed({ name: plugin, ...result.failure });
  if (session.has('dry-run')) {
    const { version } = result.value;
    const size = formatSize(Buffer.byteLength(value));
    return planAnswer({
      plan: [soleStep(plugin, 'set', `key "${key}" gets version ${version} (${size})`)],
      outcomes: [{ plugin, changed: true }],
      more: { version },
    });
  }
  return { document: { ...result.value }, ...changeAnswer([[plugin, 'changed']], session.has('changed')) };
}

async function runDelete(session: Session): Promise<Answer> {
  const [plugin = '', key = ''] = session.operands;
  const isDry = session.has('dry-run');
  const params = { plugin, key, ...(isDry ? { dryRun: true } : {}) };
  const result = await session.client.call('kv.delete', params, session.globals.timeoutMs);
  if (!result.ok) return failed({ name: plugin, ...result.failure });
  if (isDry) {
    const { deleted } = result.value;
    const step = deleted
      ? soleStep(plugin, 'delete', `key "${key}"`)
      : soleStep(plugin, 'nothing', `there is no key "${key}"`);
    return planAnswer({ plan: [step], outcomes: [{ plugin, changed: deleted }], more: { deleted } });
  }
  const word = result.value.deleted ? 'changed' : 'unchanged';
  return { document: { ...result.value }, ...changeAnswer([[plugin, word]], session.has('changed')) };
}

async function runList(session: Session): Promise<Answer> {
  const [plugin = '', prefix] = session.operands;
  const params = { plugin, ...given('prefix', prefix) };
  const result = await session.client.call('kv.list', params, session.globals.timeoutMs);
  if (!result.ok) return failed({ name: plugin, ...result.failure });
  const { entries } = result.value;
  const right = { align: 'right' } as const;
  return {
    document: { entries },
    records: entries,
    values: entries.map((entry) => entry.key),
    table: {
      columns: [
        { title: 'KEY' },
        { title: 'VERSION', ...right },
        { title: 'SIZE', ...right },
        { title: 'EXPIRES' },
      ],
      rows: entries.map((entry) => [
        entry.key,
        numberCell(entry.version),
        numberCell(entry.valueBytes, formatSize),
        entry.expiresAt === null ? ABSENT : { text: formatDateTime(entry.expiresAt), plain: entry.expiresAt },
      ]),
    },
  };
}
