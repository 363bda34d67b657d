/** Somebody else has changed a key that is being edited: which of the two shall it be? */

import { Button } from '../../parts/button.tsx';

export interface ConflictCardProps {
  /** That the edit began with. */
  readonly version: number;
  /** That is stored now; 0: the key is gone. */
  readonly theirs: number;
  onTakeTheirs(): void;
  onKeepMine(): void;
}

export function ConflictCard({ version, theirs, onTakeTheirs, onKeepMine }: ConflictCardProps) {
  return (
    <div className="error-card" role="alert">
      <p className="error-title">Somebody else has changed it</p>
      <p>
        {theirs === 0
          ? 'It is gone now. Your text is not stored.'
          : `It is version ${theirs} now; you began with version ${version}. Your text is not stored.`}
      </p>
      <div className="dialog-actions">
        {theirs !== 0 && <Button onClick={onTakeTheirs}>Take the stored value</Button>}
        <Button onClick={onKeepMine}>Go on with mine</Button>
      </div>
    </div>
  );
}
