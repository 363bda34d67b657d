/** Adding a user, another role, another password. */

import { useState } from 'react';
import { shellLine } from '../../../../../src/cli/shell-words.ts';
import type { Problem, Role } from '../../api/answer-types.ts';
import { request } from '../../api/request.ts';
import { Field } from '../../parts/field.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import type { User } from './answers.ts';
import { RoleField } from './role-field.tsx';

export const MIN_PASSWORD_LENGTH = 8;

interface DialogProps {
  onClose(): void;
  /** After it was done. */
  onChanged(): Promise<void>;
}

export function AddUserDialog({ onClose, onChanged }: DialogProps) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>('view');
  const submit = async (): Promise<Problem | undefined> => {
    const added = await request('POST', '/users', { name: name.trim(), password, role });
    if (!added.ok) return added.failure;
    await onChanged();
    return undefined;
  };
  return (
    <FormDialog
      title="Add a user"
      verb="Add"
      command={shellLine(['toru', 'web', 'user', 'add', name.trim() || 'NAME', '--role', role])}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field
        label="User name"
        value={name}
        required
        pattern="[A-Za-z0-9][A-Za-z0-9._@\-]{0,63}"
        title="Letters, digits, . _ @ and -; a letter or digit first"
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => setName(event.target.value)}
      />
      <NewPasswordField password={password} onChange={setPassword} />
      <RoleField role={role} onChange={setRole} />
    </FormDialog>
  );
}

export function RoleDialog({ user, isSelf, onClose, onChanged }: DialogProps & OfUser) {
  const [role, setRole] = useState(user.role);
  const submit = async (): Promise<Problem | undefined> => {
    const changed = await request('PUT', `/users/${encodeURIComponent(user.name)}`, { role });
    if (!changed.ok) return changed.failure;
    await onChanged();
    return undefined;
  };
  return (
    <FormDialog
      title={`Role of ${user.name}`}
      verb="Change"
      command={shellLine(['toru', 'web', 'user', 'role', user.name, role])}
      onSubmit={submit}
      onClose={onClose}
    >
      <RoleField role={role} onChange={setRole} />
      {isSelf && role !== user.role ? (
        <p className="note">This is you: with another role you can no longer change it back.</p>
      ) : null}
    </FormDialog>
  );
}

export function PasswordDialog({ user, isSelf, onClose, onChanged }: DialogProps & OfUser) {
  const [password, setPassword] = useState('');
  const submit = async (): Promise<Problem | undefined> => {
    const changed = await request('PUT', `/users/${encodeURIComponent(user.name)}`, { password });
    if (!changed.ok) return changed.failure;
    await onChanged();
    return undefined;
  };
  return (
    <FormDialog
      title={`Password of ${user.name}`}
      verb="Set"
      command={shellLine(['toru', 'web', 'user', 'passwd', user.name])}
      onSubmit={submit}
      onClose={onClose}
    >
      <NewPasswordField password={password} onChange={setPassword} />
      <p className="note">
        {isSelf
          ? 'This is you: all your sessions and tokens end, this one too.'
          : 'All sessions and tokens of this user end.'}
      </p>
    </FormDialog>
  );
}

interface OfUser {
  readonly user: User;
  /** Whoever is signed in. */
  readonly isSelf: boolean;
}

export interface NewPasswordFieldProps {
  readonly password: string;
  onChange(password: string): void;
  readonly label?: string;
}

export function NewPasswordField({ password, onChange, label = 'Password' }: NewPasswordFieldProps) {
  return (
    <Field
      label={label}
      type="password"
      value={password}
      required
      minLength={MIN_PASSWORD_LENGTH}
      autoComplete="new-password"
      hint={`At least ${MIN_PASSWORD_LENGTH} characters.`}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
