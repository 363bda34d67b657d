/** Whoever is signed in: role, and another password. */

import { type FormEvent, useState } from 'react';
import type { Problem } from '../../api/answer-types.ts';
import { request } from '../../api/request.ts';
import { Button } from '../../parts/button.tsx';
import { CommandHint } from '../../parts/command-hint.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Field } from '../../parts/field.tsx';
import { useToast } from '../../parts/toasts.tsx';
import { useSession } from '../../session/session.tsx';
import { ROLE_WORDS } from './answers.ts';
import { NewPasswordField } from './user-dialogs.tsx';

export function OwnPassword() {
  const { user } = useSession();
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setIsBusy] = useState(false);
  const toast = useToast();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    const changed = await request('POST', '/session/password', { current, password });
    setIsBusy(false);
    setProblem(changed.ok ? undefined : changed.failure);
    if (!changed.ok) return;
    setCurrent('');
    setPassword('');
    toast.show({ kind: 'good', text: 'Your password is changed. Your other sessions have ended.' });
  };
  return (
    <section aria-labelledby="own-password" className="section own-password">
      <h2 id="own-password">Your password</h2>
      <p className="dim">
        You are {user.name}, with the role {user.role}: {ROLE_WORDS[user.role]}.
      </p>
      <form className="form card" onSubmit={(event) => void submit(event)}>
        {/* So that password managers know whose it is. */}
        <input
          type="text"
          className="visually-hidden"
          autoComplete="username"
          value={user.name}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <Field
          label="Current password"
          type="password"
          value={current}
          required
          autoComplete="current-password"
          onChange={(event) => setCurrent(event.target.value)}
        />
        <NewPasswordField label="New password" password={password} onChange={setPassword} />
        {problem === undefined ? null : <ErrorCard problem={problem} title="It is not changed" />}
        <p className="form-foot">
          <Button kind="primary" type="submit" isBusy={isBusy}>
            Change it
          </Button>
          <CommandHint command={`toru web user passwd ${user.name}`} />
        </p>
      </form>
    </section>
  );
}
