/** Asks with what a script shall be run. */

import { useState } from 'react';
import { shellLine } from '../../../../../src/cli/shell-words.ts';
import type { Problem } from '../../api/answer-types.ts';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { NO_TEXTS, type RunFaults, RunFields, type RunTexts, valuesOf } from './run-fields.tsx';
import { runCommand, useRunScript } from './run-script.ts';

export interface RunDialogProps {
  readonly script: string;
  /** With which one begins: those of a task that is run again. */
  readonly texts?: RunTexts;
  onClose(): void;
}

export function RunDialog({ script, texts: first = NO_TEXTS, onClose }: RunDialogProps) {
  const [texts, setTexts] = useState(first);
  const [faults, setFaults] = useState<RunFaults>({});
  const run = useRunScript();
  const values = valuesOf(texts);
  const submit = async (): Promise<Problem | undefined | false> => {
    setFaults(values.ok ? {} : values.failure);
    return values.ok ? run({ script, ...values.value }) : false;
  };
  return (
    <FormDialog
      title={`Run ${script}`}
      verb="Run"
      command={values.ok ? runCommand({ script, ...values.value }) : shellLine(['toru', 'run', script])}
      onSubmit={submit}
      onClose={onClose}
    >
      <RunFields texts={texts} faults={faults} onChange={setTexts} />
    </FormDialog>
  );
}
