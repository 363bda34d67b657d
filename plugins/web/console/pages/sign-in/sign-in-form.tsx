/** Name and password; and what was wrong with them. */

import { type FormEvent, useRef, useState } from 'react';
import type { Problem, SessionAnswer } from '../../api/answer-types.ts';
import { request } from '../../api/request.ts';
import { Brand } from '../../frame/brand.tsx';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { setSignedIn } from '../../session/session-state.ts';
import { refusalText } from './refusal-text.ts';
import { useTimeLeft } from './use-time-left.ts';

export interface SignInFormProps {
  /** Why one is here. */
  readonly note?: string | undefined;
  /** Who was signed in. */
  readonly name?: string;
}

export function SignInForm({ note, name = '' }: SignInFormProps) {
  const [username, setUsername] = useState(name);
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setIsBusy] = useState(false);
  const passwordField = useRef<HTMLDivElement>(null);
  const waitSeconds = useTimeLeft(problem);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy || waitSeconds > 0) return;
    setIsBusy(true);
    setProblem(undefined);
    const answer = await request<SessionAnswer>('POST', '/login', { username, password });
    if (answer.ok) {
      setSignedIn(answer.value, true);
      return;
    }
    setIsBusy(false);
    setProblem(answer.failure);
    passwordField.current?.querySelector('input')?.select();
  };
  const refusal = problem === undefined ? undefined : refusalText(problem, waitSeconds);
  return (
    <form className="sign-in-card" onSubmit={(event) => void submit(event)} method="post">
      <Brand />
      <h1>Sign in</h1>
      {note === undefined || refusal !== undefined ? null : (
        <p className="note" role="status">
          {note}
        </p>
      )}
      <p className="sign-in-refusal" role="alert">
        {refusal}
      </p>
      <Field
        label="User name"
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        maxLength={64}
        autoFocus={name === ''}
        value={username}
        onChange={(event) => setUsername(event.target.value)}
      />
      <div ref={passwordField}>
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          maxLength={1024}
          autoFocus={name !== ''}
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </div>
      <Button type="submit" kind="primary" isBusy={isBusy} disabled={waitSeconds > 0}>
        {isBusy ? 'Signing in…' : 'Sign in'}
      </Button>
      <p className="sign-in-foot">
        Users are made with <code>toru web user add NAME</code>
      </p>
    </form>
  );
}
