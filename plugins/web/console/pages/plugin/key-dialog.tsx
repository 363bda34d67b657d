/** One key of a store: its value, and the ways to change it. What somebody else has written meanwhile is never written over unasked. */

import { useState } from 'react';
import { sanitise } from '../../../../../src/cli/output/sanitise.ts';
import type { Problem } from '../../api/answer-types.ts';
import { request } from '../../api/request.ts';
import { useApi } from '../../api/use-api.ts';
import { Button } from '../../parts/button.tsx';
import { copyText } from '../../parts/clipboard.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Loading } from '../../parts/loading.tsx';
import { useToast } from '../../parts/toasts.tsx';
import { KeyEditor } from './key-editor.tsx';
import { readable } from './stored-value.ts';

interface StoredValue {
  readonly key: string;
  readonly value: string;
  readonly version: number;
}

export interface KeyDialogProps {
  readonly id: string;
  /** The key. */
  readonly name: string;
  readonly expiresAt: string | null;
  onClose(): void;
  /** The list has to be asked for again. */
  onChanged(): Promise<void>;
}

type Mode = 'look' | 'edit' | 'delete';

export function KeyDialog({ id, name, expiresAt, onClose, onChanged }: KeyDialogProps) {
  const path = `/plugins/${id}/kv/${encodeURIComponent(name)}`;
  const { data, problem, reload } = useApi<StoredValue>(path);
  const [mode, setMode] = useState<Mode>('look');
  const onSaved = async (): Promise<void> => {
    await Promise.all([reload(), onChanged()]);
    setMode('look');
  };
  return (
    <Dialog title={sanitise(name)} onClose={onClose}>
      {problem !== undefined && <Refused name={name} problem={problem} onRetry={() => void reload()} />}
      {data === undefined && problem === undefined && <Loading />}
      {data !== undefined && problem === undefined && mode === 'look' && (
        <Value stored={data} id={id} expiresAt={expiresAt} onMode={setMode} />
      )}
      {data !== undefined && mode === 'edit' && (
        <KeyEditor
          path={path}
          stored={data}
          expiresAt={expiresAt}
          onSaved={onSaved}
          onCancel={() => setMode('look')}
        />
      )}
      {data !== undefined && mode === 'delete' && (
        <Deletion
          path={path}
          name={name}
          id={id}
          onCancel={() => setMode('look')}
          onDeleted={async () => {
            await onChanged();
            onClose();
          }}
        />
      )}
    </Dialog>
  );
}

function Refused({
  name,
  problem,
  onRetry,
}: {
  readonly name: string;
  readonly problem: Problem;
  onRetry(): void;
}) {
  // A browser takes them for folders, in every spelling.
  const isFolder = name === '.' || name === '..';
  const hint = isFolder ? 'no address can name this key: use toru kv' : problem.hint;
  return (
    <ErrorCard
      title={problem.code === 'not_found' ? 'It is gone' : 'The value cannot be shown'}
      problem={{ detail: problem.detail, ...(hint === undefined ? {} : { hint }) }}
      onRetry={onRetry}
    />
  );
}

interface ValueProps {
  readonly stored: StoredValue;
  readonly id: string;
  readonly expiresAt: string | null;
  onMode(mode: Mode): void;
}

function Value({ stored, id, expiresAt, onMode }: ValueProps) {
  const { kind, text, leftOut, canBeEdited } = readable(stored.value);
  const toast = useToast();
  const copy = async (): Promise<void> => {
    const isCopied = await copyText(stored.value);
    toast.show({
      kind: isCopied ? 'good' : 'bad',
      text: isCopied ? 'Copied.' : 'The browser does not let it be copied.',
    });
  };
  return (
    <>
      <p className="dim">
        Version {stored.version}, {kind}
        {expiresAt === null ? '; it stays' : `; goes away at ${new Date(expiresAt).toLocaleString()}`}
      </p>
      {kind === 'empty' ? (
        <p>The value is an empty text.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
        <pre className="stored-value" tabIndex={0}>
          {text}
        </pre>
      )}
      {leftOut > 0 && <p className="dim">{leftOut.toLocaleString('en')} more characters are not shown.</p>}
      {!canBeEdited && (
        <p className="dim">
          A form would change more of it than you do. Set it with <code>toru kv set {id} KEY</code>.
        </p>
      )}
      <div className="dialog-actions">
        <Button onClick={() => void copy()}>Copy</Button>
        <Button kind="danger" onClick={() => onMode('delete')}>
          Delete…
        </Button>
        {canBeEdited && <Button onClick={() => onMode('edit')}>Edit</Button>}
      </div>
    </>
  );
}

interface DeletionProps {
  readonly path: string;
  readonly name: string;
  readonly id: string;
  onCancel(): void;
  onDeleted(): Promise<void>;
}

function Deletion({ path, name, id, onCancel, onDeleted }: DeletionProps) {
  const [isBusy, setIsBusy] = useState(false);
  const toast = useToast();
  const remove = async (): Promise<void> => {
    setIsBusy(true);
    const answer = await request('DELETE', path);
    setIsBusy(false);
    if (!answer.ok && answer.failure.code !== 'not_found')
      toast.showProblem(`Delete ${name}`, answer.failure);
    else {
      toast.show({ kind: 'good', text: `${sanitise(name)} is deleted.` });
      await onDeleted();
    }
  };
  return (
    <>
      <p>
        Delete <code>{sanitise(name)}</code> from the store of {id}? Nothing brings its value back.
      </p>
      <div className="dialog-actions">
        <Button onClick={onCancel}>Keep it</Button>
        <Button kind="danger" isBusy={isBusy} onClick={() => void remove()}>
          Delete
        </Button>
      </div>
    </>
  );
}
