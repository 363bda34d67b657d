/** What stands there until it is known who is signed in; index.html has the same, so that nothing moves. */

import { Brand } from './brand.tsx';

export function FirstLook() {
  return (
    <main className="alone first-look">
      <Brand />
      <p className="dim" role="status">
        Loading…
      </p>
    </main>
  );
}
