/** A dialog with a form: sends it, and shows why it was refused. */

import { type ReactNode, useId, useState } from 'react';
import type { Problem } from '../api/answer-types.ts';
import { Button } from './button.tsx';
import { CommandHint } from './command-hint.tsx';
import { Dialog } from './dialog.tsx';
import { ErrorCard } from './error-card.tsx';

export interface FormDialogProps {
  readonly title: string;
  /** On the button. */
  readonly verb: string;
  readonly command: string;
  /** Answers why it was refused, or false when the form itself says what is wrong: then the dialog stays. */
  onSubmit(): Promise<Problem | undefined | false>;
  onClose(): void;
  readonly children: ReactNode;
}

export function FormDialog({ title, verb, command, onSubmit, onClose, children }: FormDialogProps) {
  const [problem, setProblem] = useState<Problem>();
  const [isBusy, setIsBusy] = useState(false);
  const formId = useId();
  const submit = async (): Promise<void> => {
    if (isBusy) return;
    setIsBusy(true);
    const refused = await onSubmit();
    setIsBusy(false);
    setProblem(refused === false ? undefined : refused);
    if (refused === undefined) onClose();
  };
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <CommandHint command={command} />
          <span className="spacer" />
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" form={formId} isBusy={isBusy}>
            {verb}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {children}
        {problem === undefined ? null : <ErrorCard problem={problem} />}
      </form>
    </Dialog>
  );
}
