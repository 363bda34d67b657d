/** What a page throws once it is shown: in timers, in handlers, and in promises that nobody waits for. */

import { bundlePath } from './load-bundle.ts';
import { type PageFault, thrownText } from './page-fault.ts';

/** Between two reports, in milliseconds: a page may throw a thousand times a second. */
const REPORT_MS = 200;

/** Until the signal is aborted. */
export function watchLaterFaults(id: string, signal: AbortSignal, onFault: (fault: PageFault) => void): void {
  const own = bundlePath(id).replace(/bundle\.js$/, '');
  const isOwn = (thrown: unknown, file = ''): boolean =>
    file.includes(own) || (thrown instanceof Error && (thrown.stack ?? '').includes(own));
  let times = 0;
  let last: unknown;
  let isDue = false;
  const report = (): void => {
    isDue = false;
    if (!signal.aborted) onFault({ stage: 'later', text: thrownText(last), thrown: last, times });
  };
  const note = (thrown: unknown): void => {
    times += 1;
    last = thrown;
    if (!isDue) setTimeout(report, REPORT_MS);
    isDue = true;
  };
  addEventListener(
    'error',
    ({ error, filename, message }) => {
      if (isOwn(error, filename)) note(error ?? message);
    },
    { signal },
  );
  addEventListener(
    'unhandledrejection',
    ({ reason }) => {
      // What is no Error does not say where it comes from; the console itself leaves no promise alone.
      if (!(reason instanceof Error) || isOwn(reason)) note(reason);
    },
    { signal },
  );
}
