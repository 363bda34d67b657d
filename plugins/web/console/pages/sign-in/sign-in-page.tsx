/** Signing in: as a page, and above the page that somebody was on whose session has ended. */

import { useEffect, useRef } from 'react';
import { SignInForm, type SignInFormProps } from './sign-in-form.tsx';

export function SignInPage(props: SignInFormProps) {
  useTitle();
  return (
    <main className="sign-in">
      <SignInForm {...props} />
    </main>
  );
}

/** Covers everything, other dialogs as well; what was typed below it stays as it was. */
export function SignInAgain(props: SignInFormProps) {
  const ref = useRef<HTMLDialogElement>(null);
  useTitle();
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // A browser gives the focus of a dialog to its first field, which is filled in already.
    dialog?.querySelector<HTMLInputElement>('input[type=password]')?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      className="sign-in sign-in-again"
      aria-label="Sign in again"
      onCancel={(event) => event.preventDefault()}
      // A browser may close it in spite of that when Escape is pressed again and again.
      onClose={() => {
        if (ref.current?.isConnected === true) ref.current.showModal();
      }}
    >
      <SignInForm {...props} />
    </dialog>
  );
}

function useTitle(): void {
  useEffect(() => {
    const before = document.title;
    document.title = 'Sign in · toru';
    return () => {
      if (before !== '') document.title = before;
    };
  }, []);
}
