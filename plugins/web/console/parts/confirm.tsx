/** Asks before something is done, and shows what torud would do. */

import { type ReactNode, useState } from 'react';
import { formatSpan } from '../../../../src/cli/output/sizes.ts';
import type { PlanStep, Problem } from '../api/answer-types.ts';
import { Button } from './button.tsx';
import { CommandHint } from './command-hint.tsx';
import { Dialog } from './dialog.tsx';
import { ErrorCard } from './error-card.tsx';
import { Loading } from './loading.tsx';
import { StateWord } from './state-word.tsx';

export interface ConfirmProps {
  /** `Stop crm?` */
  readonly title: string;
  /** On the button: `Stop`. */
  readonly verb: string;
  /** The same as a `toru` command. */
  readonly command?: string;
  readonly isDangerous?: boolean;
  /** What torud would do; undefined: it is being asked, where `wantsPlan`. */
  readonly plan?: readonly PlanStep[] | undefined;
  readonly wantsPlan?: boolean;
  /** Why torud would not do it. */
  readonly problem?: Problem | undefined;
  /** Closes itself when this has settled. */
  onConfirm(): Promise<void> | void;
  onCancel(): void;
  readonly children?: ReactNode;
}

export function Confirm(props: ConfirmProps) {
  const { title, verb, command, isDangerous = false, plan, wantsPlan = false, problem } = props;
  const [isBusy, setIsBusy] = useState(false);
  const isAsking = wantsPlan && plan === undefined && problem === undefined;
  const confirm = async (): Promise<void> => {
    setIsBusy(true);
    await props.onConfirm();
    setIsBusy(false);
    props.onCancel();
  };
  return (
    <Dialog
      title={title}
      role="alertdialog"
      onClose={props.onCancel}
      footer={
        <>
          {command === undefined ? null : <CommandHint command={command} />}
          <span className="spacer" />
          <Button data-first onClick={props.onCancel}>
            Cancel
          </Button>
          <Button
            kind={isDangerous ? 'danger' : 'primary'}
            isBusy={isBusy}
            disabled={problem !== undefined || isAsking}
            onClick={() => void confirm()}
          >
            {verb}
          </Button>
        </>
      }
    >
      {props.children}
      {isAsking ? <Loading what="Asking torud what this would do" /> : null}
      {problem === undefined ? null : <ErrorCard problem={problem} title="torud would refuse this" />}
      {plan === undefined || plan.length === 0 ? null : <PlanList plan={plan} />}
    </Dialog>
  );
}

/** What would be done, in its order. */
export function PlanList({ plan }: { readonly plan: readonly PlanStep[] }) {
  return (
    <ol className="plan">
      {plan.map((step) => (
        <li key={`${step.plugin} ${step.action}`} className="plan-step">
          <span className="plan-what">
            <span className="plan-action">{step.action}</span> <code>{step.plugin}</code>
          </span>
          {step.state === null ? null : <StateWord state={step.state} />}
          <span className="dim">
            {step.because}
            {tookText(step)}
          </span>
          {step.error === undefined ? null : <span className="tone-bad">{step.error.message}</span>}
        </li>
      ))}
    </ol>
  );
}

/** ` · took 0.3 s to 0.9 s the last times`. */
function tookText({ lastMs }: PlanStep): string {
  if (lastMs.length === 0) return '';
  const [least, most] = [Math.min(...lastMs), Math.max(...lastMs)].map(formatSpan);
  return least === most ? ` · took ${least}` : ` · took ${least} to ${most}`;
}
