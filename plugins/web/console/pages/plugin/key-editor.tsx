/** Another value for a key that is there; written only if the version is still the one that was read. */

import { type FormEvent, useState } from 'react';
import type { Problem } from '../../api/answer-types.ts';
import { request } from '../../api/request.ts';
import { Button } from '../../parts/button.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { useToast } from '../../parts/toasts.tsx';
import { ConflictCard } from './conflict-card.tsx';
import { TtlField, ValueField } from './store-fields.tsx';
import { parseTtl } from './stored-value.ts';

export interface KeyEditorProps {
  /** Of the key, below /api. */
  readonly path: string;
  readonly stored: { readonly key: string; readonly value: string; readonly version: number };
  readonly expiresAt: string | null;
  onSaved(): Promise<void>;
  onCancel(): void;
}

export function KeyEditor({ path, stored, expiresAt, onSaved, onCancel }: KeyEditorProps) {
  // Of the moment when it was opened: what comes later is a conflict.
  const [{ version }, setBase] = useState(stored);
  const [value, setValue] = useState(stored.value);
  const [ttl, setTtl] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [theirs, setTheirs] = useState<KeyEditorProps['stored']>();
  const toast = useToast();
  const ttlMs = parseTtl(ttl);

  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (ttlMs === undefined) return;
    setIsBusy(true);
    setProblem(undefined);
    const body = { value, ifVersion: version, ...(ttlMs === null ? {} : { ttlMs }) };
    const answer = await request<{ version: number }>('PUT', path, body);
    if (answer.ok) {
      toast.show({ kind: 'good', text: `Stored as version ${answer.value.version}.` });
      await onSaved();
      return;
    }
    if (answer.failure.code === 'conflict') {
      const now = await request<KeyEditorProps['stored']>('GET', path);
      if (now.ok) setTheirs(now.value);
      else if (now.failure.code === 'not_found') setTheirs({ key: stored.key, value: '', version: 0 });
      else setProblem(now.failure);
    } else setProblem(answer.failure);
    setIsBusy(false);
  };
  const goOnFrom = (base: KeyEditorProps['stored'], isTheirs: boolean): void => {
    setBase(base);
    if (isTheirs) setValue(base.value);
    setTheirs(undefined);
  };

  return (
    <form onSubmit={(event) => void save(event)}>
      <ValueField value={value} onChange={setValue} />
      <TtlField value={ttl} onChange={setTtl} isWrong={ttlMs === undefined} expiresAt={expiresAt} />
      {problem !== undefined && <ErrorCard problem={problem} title="It was not stored" />}
      {theirs !== undefined && (
        <ConflictCard
          version={version}
          theirs={theirs.version}
          onTakeTheirs={() => goOnFrom(theirs, true)}
          onKeepMine={() => goOnFrom(theirs, false)}
        />
      )}
      <div className="dialog-actions">
        <Button onClick={onCancel}>Cancel</Button>
        <Button kind="primary" type="submit" isBusy={isBusy} disabled={theirs !== undefined}>
          Save
        </Button>
      </div>
    </form>
  );
}
