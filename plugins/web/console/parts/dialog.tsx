/** A question or a form above the page. Native, so that the rest is out of reach and Escape closes it. */

import { type ReactNode, useEffect, useId, useRef } from 'react';
import { sanitise } from '../../../../src/cli/output/sanitise.ts';

export interface DialogProps {
  readonly title: string;
  /** Escape, the button of the head, or a click beside it. */
  onClose(): void;
  readonly children: ReactNode;
  /** Buttons, the likeliest last. */
  readonly footer?: ReactNode;
  readonly role?: 'dialog' | 'alertdialog';
}

/** What is filled in first, or is the safe answer; else the browser takes the first that there is. */
function firstOf(dialog: HTMLDialogElement | null): HTMLElement | null | undefined {
  return (
    dialog?.querySelector<HTMLElement>('[data-first]') ??
    dialog?.querySelector<HTMLElement>('.dialog-body :is(input, select, textarea)')
  );
}

export function Dialog({ title, onClose, children, footer, role = 'dialog' }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    firstOf(dialog)?.focus();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the key for it, as `cancel`.
    <dialog
      ref={ref}
      role={role}
      className="dialog"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      <div className="dialog-box">
        <header className="dialog-head">
          <h2 id={titleId}>{sanitise(title)}</h2>
          <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M4 4l8 8M12 4l-8 8" />
            </svg>
          </button>
        </header>
        <div className="dialog-body">{children}</div>
        {footer === undefined ? null : <footer className="dialog-foot">{footer}</footer>}
      </div>
    </dialog>
  );
}
