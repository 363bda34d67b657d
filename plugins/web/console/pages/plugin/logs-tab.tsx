/** What a plugin writes. */

import type { LivePlugin } from '../../live/live.tsx';
import { LogPanel } from '../../log/log-panel.tsx';

export function LogsTab({ plugin: { id, linesLost } }: { readonly plugin: LivePlugin }) {
  return (
    <>
      {linesLost > 0 && (
        <p className="page-note">
          {linesLost.toLocaleString('en')} lines could not be written so far; where they are missing, the log
          says so.
        </p>
      )}
      <LogPanel target={id} />
    </>
  );
}
