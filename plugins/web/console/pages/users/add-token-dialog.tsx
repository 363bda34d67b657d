/** Asks what a new API token shall be good for. */

import { useState } from 'react';
import { shellLine } from '../../../../../src/cli/shell-words.ts';
import type { Problem, Role } from '../../api/answer-types.ts';
import { request } from '../../api/request.ts';
import { Field } from '../../parts/field.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { useSession } from '../../session/session.tsx';
import type { NewTokenAnswer } from './answers.ts';
import { RoleField } from './role-field.tsx';

const DEFAULT_DAYS = 90;
const MAX_DAYS = 366;

export interface AddTokenDialogProps {
  onClose(): void;
  onMade(token: NewTokenAnswer): Promise<void>;
}

export function AddTokenDialog({ onClose, onMade }: AddTokenDialogProps) {
  const { user } = useSession();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('view');
  const [plugins, setPlugins] = useState('');
  const [days, setDays] = useState(String(DEFAULT_DAYS));
  const patterns = plugins.split(/[\s,]+/).filter((pattern) => pattern !== '');
  const submit = async (): Promise<Problem | undefined> => {
    const made = await request<NewTokenAnswer>('POST', '/tokens', {
      name: name.trim(),
      role,
      days: Number(days),
      ...(patterns.length === 0 ? {} : { plugins: patterns }),
    });
    if (!made.ok) return made.failure;
    await onMade(made.value);
    return undefined;
  };
  const words = [
    'toru',
    'web',
    'token',
    'add',
    user.name,
    name.trim() || 'NAME',
    '--role',
    role,
    '--days',
    days,
  ];
  return (
    <FormDialog
      title="Make a token"
      verb="Make it"
      command={shellLine(patterns.length === 0 ? words : [...words, '--plugins', patterns.join(',')])}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field
        label="Name"
        value={name}
        required
        maxLength={100}
        autoComplete="off"
        hint="What it is for: a script, a machine."
        onChange={(event) => setName(event.target.value)}
      />
      <RoleField role={role} onChange={setRole} most={user.role} />
      <ScopeFields plugins={plugins} days={days} onPlugins={setPlugins} onDays={setDays} />
    </FormDialog>
  );
}

interface ScopeFieldsProps {
  readonly plugins: string;
  readonly days: string;
  onPlugins(plugins: string): void;
  onDays(days: string): void;
}

function ScopeFields({ plugins, days, onPlugins, onDays }: ScopeFieldsProps) {
  return (
    <>
      <Field
        label="Plugins"
        value={plugins}
        placeholder="all"
        autoComplete="off"
        spellCheck={false}
        hint="Ids with commas between, * for any letters. For scripts, users and figures it must be for all."
        onChange={(event) => onPlugins(event.target.value)}
      />
      <Field
        label="Days"
        type="number"
        value={days}
        required
        min={1}
        max={MAX_DAYS}
        hint="Then it expires."
        onChange={(event) => onDays(event.target.value)}
      />
    </>
  );
}
