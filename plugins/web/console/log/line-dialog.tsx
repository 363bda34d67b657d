/** One line of a log, whole. */

import { Button } from '../parts/button.tsx';
import { copyText } from '../parts/clipboard.ts';
import { Dialog } from '../parts/dialog.tsx';
import { plainText } from './ansi.ts';
import type { LogEntry } from './log-rows.ts';

export interface LineDialogProps {
  readonly entry: LogEntry;
  onClose(): void;
}

export function LineDialog({ entry, onClose }: LineDialogProps) {
  const text = plainText(entry.message);
  return (
    <Dialog
      title={entry.seq === undefined ? 'Whole line' : `Line ${entry.seq} of run ${entry.run ?? '?'}`}
      onClose={onClose}
      footer={<Button onClick={() => void copyText(text)}>Copy</Button>}
    >
      <p className="dim mono">
        {entry.timestamp} {entry.level} {entry.stream}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard */}
      <pre className="log-line-whole" tabIndex={0}>
        {text}
      </pre>
    </Dialog>
  );
}
