/** Chooses a role, and says what it may. */

import type { Role } from '../../api/answer-types.ts';
import { SelectField } from '../../parts/select-field.tsx';
import { ROLE_WORDS, ROLES } from './answers.ts';

export interface RoleFieldProps {
  readonly role: Role;
  onChange(role: Role): void;
  /** The highest that may be chosen. */
  readonly most?: Role;
}

export function RoleField({ role, onChange, most = 'admin' }: RoleFieldProps) {
  return (
    <SelectField
      label="Role"
      value={role}
      hint={`${role} ${ROLE_WORDS[role]}.`}
      options={ROLES.slice(0, ROLES.indexOf(most) + 1).map((one) => [one, one] as const)}
      onChange={onChange}
    />
  );
}
