/** Short messages about what was just done, in a corner. What went wrong stays until it is put away. */

import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react';
import { sanitise } from '../../../../src/cli/output/sanitise.ts';
import type { Problem } from '../api/answer-types.ts';
import { sentence } from './sentence.ts';

export interface Toast {
  readonly kind: 'good' | 'bad' | 'info';
  readonly text: string;
  /** What to do next. */
  readonly hint?: string | undefined;
  /** The `toru` command that it is about. */
  readonly command?: string | undefined;
  /** Whose it is: they go away together, and there are never more than a few of them. */
  readonly owner?: string;
}

export interface ToastDesk {
  show(toast: Toast): void;
  /** Takes away all that the owner has shown. */
  dismiss(owner: string): void;
  /** @param what was tried: `Stop crm` */
  showProblem(what: string, problem: Problem): void;
}

interface Shown extends Toast {
  readonly id: number;
}

const SHOWN_MS = 6_000;
const MAX_SHOWN = 4;
/** Of one owner. */
const MAX_OWNED = 3;
const ToastContext = createContext<ToastDesk | undefined>(undefined);

/** The same object in each render. */
export function useToast(): ToastDesk {
  const desk = useContext(ToastContext);
  if (desk === undefined) throw new Error('there are no toasts here');
  return desk;
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<readonly Shown[]>([]);
  const lastId = useRef(0);
  const close = useCallback((id: number) => setShown((all) => all.filter((one) => one.id !== id)), []);
  const desk = useMemo<ToastDesk>(() => {
    const show = (toast: Toast): void => {
      lastId.current += 1;
      const id = lastId.current;
      setShown((all) => [...withRoomFor(toast.owner, all), { ...toast, id }].slice(-MAX_SHOWN));
      if (toast.kind !== 'bad') setTimeout(() => close(id), SHOWN_MS);
    };
    return {
      show,
      dismiss: (owner) => setShown((all) => all.filter((one) => one.owner !== owner)),
      showProblem: (what, { detail, hint }) =>
        show({
          kind: 'bad',
          text: `${what}: ${sentence(detail)}`,
          hint: hint === undefined ? undefined : sentence(hint),
        }),
    };
  }, [close]);
  return (
    <ToastContext value={desk}>
      {children}
      <section className="toasts" aria-label="Messages" aria-live="polite">
        {shown.map((toast) => (
          <ToastCard key={toast.id} toast={toast} onClose={() => close(toast.id)} />
        ))}
      </section>
    </ToastContext>
  );
}

/** Without the oldest of the owner, where it has enough of them. */
function withRoomFor(owner: string | undefined, all: readonly Shown[]): readonly Shown[] {
  const owned = all.filter((one) => one.owner === owner);
  return owner === undefined || owned.length < MAX_OWNED ? all : all.filter((one) => one !== owned[0]);
}

function ToastCard({ toast, onClose }: { readonly toast: Toast; onClose(): void }) {
  return (
    <div className={`toast toast-${toast.kind}`}>
      <div className="toast-body">
        <p>{sanitise(toast.text)}</p>
        {toast.hint === undefined ? null : <p className="dim">{sanitise(toast.hint)}</p>}
        {toast.command === undefined ? null : <code>{toast.command}</code>}
      </div>
      <button type="button" className="icon-button" aria-label="Put this message away" onClick={onClose}>
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M4 4l8 8M12 4l-8 8" />
        </svg>
      </button>
    </div>
  );
}
