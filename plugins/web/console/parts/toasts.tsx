/** Short messages about what was just done, in a corner. What went wrong stays until it is put away. */

import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react';
import type { Problem } from '../api/answer-types.ts';
import { sentence } from './sentence.ts';

export interface Toast {
  readonly kind: 'good' | 'bad' | 'info';
  readonly text: string;
  /** What to do next. */
  readonly hint?: string | undefined;
  /** The `toru` command that it is about. */
  readonly command?: string | undefined;
}

export interface ToastDesk {
  show(toast: Toast): void;
  /** @param what was tried: `Stop crm` */
  showProblem(what: string, problem: Problem): void;
}

interface Shown extends Toast {
  readonly id: number;
}

const SHOWN_MS = 6_000;
const MAX_SHOWN = 4;
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
      setShown((all) => [...all, { ...toast, id }].slice(-MAX_SHOWN));
      if (toast.kind !== 'bad') setTimeout(() => close(id), SHOWN_MS);
    };
    return {
      show,
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

function ToastCard({ toast, onClose }: { readonly toast: Toast; onClose(): void }) {
  return (
    <div className={`toast toast-${toast.kind}`}>
      <div className="toast-body">
        <p>{toast.text}</p>
        {toast.hint === undefined ? null : <p className="dim">{toast.hint}</p>}
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
