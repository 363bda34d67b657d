/** A key that is not there yet. */

import { type FormEvent, useState } from 'react';
import { sanitise } from '../../../../../src/cli/output/sanitise.ts';
import type { Problem } from '../../api/answer-types.ts';
import { request } from '../../api/request.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Field } from '../../parts/field.tsx';
import { useToast } from '../../parts/toasts.tsx';
import { TtlField, ValueField } from './store-fields.tsx';
import { parseTtl } from './stored-value.ts';

export interface NewKeyDialogProps {
  readonly id: string;
  onClose(): void;
  onAdded(): Promise<void>;
}

export function NewKeyDialog({ id, onClose, onAdded }: NewKeyDialogProps) {
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const [ttl, setTtl] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const toast = useToast();
  const ttlMs = parseTtl(ttl);

  const add = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (ttlMs === undefined) return;
    setIsBusy(true);
    const body = { value, ifVersion: 0, ...(ttlMs === null ? {} : { ttlMs }) };
    const answer = await request('PUT', `/plugins/${id}/kv/${encodeURIComponent(name)}`, body);
    setIsBusy(false);
    if (answer.ok) {
      toast.show({ kind: 'good', text: `${sanitise(name)} is stored.` });
      await onAdded();
      onClose();
    } else if (answer.failure.code === 'conflict')
      setProblem({
        ...answer.failure,
        detail: 'there is such a key already',
        hint: 'open it in the list to change it',
      });
    else setProblem(answer.failure);
  };

  return (
    <Dialog title={`Add a key to the store of ${id}`} onClose={onClose}>
      <form onSubmit={(event) => void add(event)}>
        <Field
          label="Key"
          required
          maxLength={512}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <ValueField value={value} onChange={setValue} />
        <TtlField value={ttl} onChange={setTtl} isWrong={ttlMs === undefined} />
        {problem !== undefined && <ErrorCard problem={problem} title="It was not stored" />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" isBusy={isBusy}>
            Add
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
