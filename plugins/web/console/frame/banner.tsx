/** What is shown may be old: said once, on top of the page. */

import { useEffect, useState } from 'react';
import { type Live, useLive } from '../live/live.tsx';

const TEXTS: Readonly<Record<NonNullable<Live['missing']>, string>> = {
  torud: 'torud does not answer. What you see is how it was; it comes back by itself when torud does.',
  web: 'The connection is lost. What you see is how it was; it is being tried again.',
};

/** A connection that comes back at once is no news, in milliseconds. */
const PATIENCE_MS = 600;

export function Banner() {
  const { missing } = useLive();
  const [shown, setShown] = useState<Live['missing']>();
  useEffect(() => {
    const timer = setTimeout(() => setShown(missing), missing === undefined ? 0 : PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [missing]);
  return (
    <div role="status" className="banner-place">
      {shown === undefined ? null : <p className="banner">{TEXTS[shown]}</p>}
    </div>
  );
}
