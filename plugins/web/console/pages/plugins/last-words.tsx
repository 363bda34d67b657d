/** What happened last to a plugin, in the words of the terminal's list; in trouble the reason below. */

import { lastText } from '../../../../../src/cli/tui/screens/list/last-text.ts';
import { TROUBLE_STATES } from '../../../../../src/cli/tui/screens/list/list-order.ts';
import type { LivePlugin } from '../../live/live.tsx';
import { useClock } from '../../parts/clock.ts';
import { sentence } from '../../parts/sentence.ts';

const LOOK = { signs: { between: '·' } };

export function LastWords({ plugin }: { readonly plugin: LivePlugin }) {
  const text = useClock((wallMs) => lastText(plugin, { wallMs, look: LOOK }));
  const { state, reason } = plugin;
  const hasReason = TROUBLE_STATES.includes(state) && reason !== '' && !text.includes(reason);
  return (
    <>
      <span className="list-last" title={text}>
        {text}
      </span>
      {hasReason ? (
        <span className="list-why" title={reason}>
          {sentence(reason)}
        </span>
      ) : null}
    </>
  );
}
