/** Takes what a log shows elsewhere: into the clipboard, or into a file. */

import { Button } from '../parts/button.tsx';
import { copyText } from '../parts/clipboard.ts';
import { useToast } from '../parts/toasts.tsx';
import type { LogBuffer } from './log-buffer.ts';
import { hasPlugin, type LogTarget, nameOf } from './log-filter.ts';
import { textOfRows } from './log-text.ts';

export function LogKeep({ buffer, target }: { readonly buffer: LogBuffer; readonly target: LogTarget }) {
  const toast = useToast();
  const copy = async (): Promise<void> => {
    const { rows } = buffer.picture();
    const isCopied = await copyText(textOfRows(rows, hasPlugin(target)));
    toast.show(
      isCopied
        ? { kind: 'good', text: `${rows.length} ${rows.length === 1 ? 'line' : 'lines'} copied.` }
        : { kind: 'bad', text: 'The browser does not let it be copied.' },
    );
  };
  const download = (): void => {
    const address = URL.createObjectURL(
      new Blob([textOfRows(buffer.picture().rows, hasPlugin(target))], { type: 'text/plain;charset=utf-8' }),
    );
    const link = document.createElement('a');
    link.href = address;
    link.download = `${nameOf(target).replaceAll(/[^a-z0-9._-]+/g, '-')}.log`;
    link.click();
    // The download has begun by then; a blob that is let go before is an empty file in some browsers.
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  };
  return (
    <span className="log-keep">
      <Button onClick={() => void copy()}>Copy</Button>
      <Button onClick={download}>Download</Button>
    </span>
  );
}
