/** A token that was just made: to be copied now, for it is never shown again. */

import { useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { copyText } from '../../parts/clipboard.ts';
import type { NewTokenAnswer } from './answers.ts';

export function NewToken({ made, onClose }: { readonly made: NewTokenAnswer; onClose(): void }) {
  const [isCopied, setIsCopied] = useState<boolean>();
  const copy = async (): Promise<void> => setIsCopied(await copyText(made.token));
  return (
    <div className="card new-token" role="status">
      <p>
        This is the token <strong>{made.name}</strong>. Copy it now: it is never shown again.
      </p>
      <p className="new-token-line">
        <code className="new-token-text">{made.token}</code>
        <Button kind="primary" onClick={() => void copy()}>
          {isCopied === true ? 'Copied' : 'Copy'}
        </Button>
        <Button onClick={onClose}>Done</Button>
      </p>
      {isCopied === false ? (
        <p className="tone-bad">The browser does not let it be copied: mark and copy it.</p>
      ) : null}
    </div>
  );
}
