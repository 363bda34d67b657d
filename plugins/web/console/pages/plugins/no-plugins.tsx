/** Nothing but this console is installed. */

import { CommandHint } from '../../parts/command-hint.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';

export function NoPlugins() {
  return (
    <EmptyState title="No plugins yet.">
      <p>
        Put one in <code>/var/lib/toru/plugins</code>, or wherever <code>toru daemon status</code> says that
        plugins are, or run
      </p>
      <CommandHint command="toru install FILE" />
    </EmptyState>
  );
}
