/** The command that does the same as the button beside it, to be copied. */

import { copyText } from './clipboard.ts';
import { useToast } from './toasts.tsx';

export function CommandHint({ command }: { readonly command: string }) {
  const toast = useToast();
  const copy = async (): Promise<void> => {
    const isCopied = await copyText(command);
    toast.show(
      isCopied
        ? { kind: 'info', text: 'Copied.', command }
        : { kind: 'bad', text: 'The browser does not let it be copied.', command },
    );
  };
  return (
    <span className="command-hint">
      <code>
        <span aria-hidden="true">$ </span>
        {command}
      </code>
      <button
        type="button"
        className="icon-button"
        aria-label={`Copy ${command}`}
        onClick={() => void copy()}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z" />
        </svg>
      </button>
    </span>
  );
}
