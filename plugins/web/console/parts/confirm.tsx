/** Asks before something is done, and shows what torud would do. */

import { type ReactNode, useEffect, useRef, useState } from 'react';
import { sanitise } from '../../../../src/cli/output/sanitise.ts';
import type { PlanStep, Problem } from '../api/answer-types.ts';
import { Button } from './button.tsx';
import { CommandHint } from './command-hint.tsx';
import { Dialog } from './dialog.tsx';
import { ErrorCard } from './error-card.tsx';
import { Loading } from './loading.tsx';
import { deedText, howText, othersOf } from './plan-words.ts';

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
  /** Of a plan: the plugin that it is asked for. */
  readonly asked?: string;
  /** Why torud would not do it. */
  readonly problem?: Problem | undefined;
  /** Closes itself when this has settled. */
  onConfirm(): Promise<void> | void;
  onCancel(): void;
  readonly children?: ReactNode;
}

export function Confirm(props: ConfirmProps) {
  const { title, verb, command, isDangerous = false, plan, wantsPlan = false, asked, problem } = props;
  const [isBusy, setIsBusy] = useState(false);
  const isAsking = wantsPlan && plan === undefined && problem === undefined;
  const buttons = useRef<HTMLSpanElement>(null);
  const isHarmless = plan !== undefined && problem === undefined && othersOf(plan, asked).length === 0;
  // As in the terminal, Enter does what was asked for; where others go with it, it takes a step of one's own.
  useEffect(() => {
    const [cancel, act] = buttons.current?.querySelectorAll('button') ?? [];
    if (wantsPlan && isHarmless && document.activeElement === cancel) act?.focus();
  }, [wantsPlan, isHarmless]);
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
          <span className="confirm-keys dim">
            <kbd>{isHarmless && wantsPlan ? 'Enter' : 'Tab, Enter'}</kbd> {verb.toLowerCase()} ·{' '}
            <kbd>Esc</kbd> cancel
          </span>
          <span className="confirm-buttons" ref={buttons}>
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
          </span>
        </>
      }
    >
      {props.children}
      {isAsking ? <Loading what="Asking torud what this would do" /> : null}
      {problem === undefined ? null : <ErrorCard problem={problem} title="torud would refuse this" />}
      {plan === undefined || plan.length === 0 ? null : <PlanList plan={plan} asked={asked} />}
    </Dialog>
  );
}

/** What would be done, in its order. */
function PlanList({
  plan,
  asked,
}: {
  readonly plan: readonly PlanStep[];
  readonly asked: string | undefined;
}) {
  const others = othersOf(plan, asked);
  const isDown = others.some(({ action }) => action === 'stop');
  return (
    <>
      {others.length === 0 ? null : (
        <p>
          {isDown ? 'Others go down with it' : 'Others are part of it'}
          {plan.length > 2 ? ', in this order:' : ':'}
        </p>
      )}
      <ol className="plan">
        {plan.map((step) => (
          <li key={`${step.plugin} ${step.action}`} className="plan-step">
            <span className="plan-what">
              <code>{step.plugin}</code> <span className="plan-action">{deedText(step)}</span>
            </span>
            <span className="plan-how dim">{sanitise(howText(step))}</span>
            {step.error === undefined ? null : (
              <span className="tone-bad">would fail: {sanitise(step.error.message)}</span>
            )}
          </li>
        ))}
      </ol>
    </>
  );
}
