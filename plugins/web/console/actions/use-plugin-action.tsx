/**
 * What one may do to a plugin: start and enable at once; what may take something down only after torud has said what it would
 * do, and somebody has agreed.
 */

import { type ReactNode, useState } from 'react';
import type { ActionAnswer, Problem } from '../api/answer-types.ts';
import { request } from '../api/request.ts';
import { type Live, useMissing } from '../live/live.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { useToast } from '../parts/toasts.tsx';

export type PluginVerb = 'start' | 'stop' | 'restart' | 'reload' | 'enable' | 'disable';

interface Words {
  /** On the button. */
  readonly verb: string;
  /** `crm is stopped.` */
  readonly done: string;
  readonly asks: boolean;
  readonly isDangerous: boolean;
}

const WORDS: Readonly<Record<PluginVerb, Words>> = {
  start: { verb: 'Start', done: 'runs', asks: false, isDangerous: false },
  stop: { verb: 'Stop', done: 'is stopped', asks: true, isDangerous: true },
  restart: { verb: 'Restart', done: 'was restarted', asks: true, isDangerous: false },
  reload: { verb: 'Reload', done: 'has its settings of now', asks: true, isDangerous: false },
  enable: { verb: 'Enable', done: 'is enabled', asks: false, isDangerous: false },
  disable: { verb: 'Disable', done: 'is disabled', asks: true, isDangerous: true },
};

/** The plugin that serves this console. */
const OWN_ID = 'web';
const LAST_DEED = 'This console goes away with it. It comes back with';
const OWN_NOTES: Readonly<Partial<Record<PluginVerb, string>>> = {
  stop: `${LAST_DEED} "toru start web".`,
  disable: `${LAST_DEED} "toru enable web".`,
  restart: 'It serves this console, which is away for a moment and comes back by itself.',
  reload: 'It serves this console, which may be away for a moment and comes back by itself.',
};

const REFUSALS: Readonly<Record<NonNullable<Live['missing']>, string>> = {
  torud: 'torud does not answer: nothing can be done until it is back',
  web: 'the connection is lost: nothing can be done until it is back',
};

export function verbWord(verb: PluginVerb): string {
  return WORDS[verb].verb;
}

interface Question {
  readonly verb: PluginVerb;
  readonly answer: ActionAnswer | undefined;
  readonly problem: Problem | undefined;
}

export interface PluginAction {
  begin(verb: PluginVerb): void;
  /** What is being done. */
  readonly busy: PluginVerb | undefined;
  /** Why nothing can be done now. */
  readonly refusal: string | undefined;
  /** To be drawn somewhere: the question, while there is one. */
  readonly question: ReactNode;
}

export function usePluginAction(id: string): PluginAction {
  const [busy, setBusy] = useState<PluginVerb>();
  const [question, setQuestion] = useState<Question>();
  const toast = useToast();
  const missing = useMissing();

  const act = async (verb: PluginVerb): Promise<void> => {
    setBusy(verb);
    const answer = await request<ActionAnswer>('POST', `/plugins/${id}/${verb}`, {});
    setBusy(undefined);
    const { verb: word, done } = WORDS[verb];
    if (!answer.ok) toast.showProblem(`${word} ${id}`, answer.failure);
    else if (!answer.value.changed && verb !== 'reload')
      toast.show({ kind: 'info', text: `Nothing to do: ${id} ${done} already.` });
    else toast.show({ kind: 'good', text: `${id} ${done}.` });
  };
  const ask = async (verb: PluginVerb): Promise<void> => {
    setQuestion({ verb, answer: undefined, problem: undefined });
    const planned = await request<ActionAnswer>('POST', `/plugins/${id}/${verb}`, { dryRun: true });
    const answer = planned.ok ? planned.value : undefined;
    const problem = planned.ok ? undefined : planned.failure;
    setQuestion((open) => (open?.verb === verb ? { verb, answer, problem } : open));
  };

  return {
    busy,
    refusal: missing === undefined ? undefined : REFUSALS[missing],
    begin: (verb) => void (WORDS[verb].asks ? ask(verb) : act(verb)),
    question:
      question === undefined ? undefined : (
        <Confirm
          title={`${WORDS[question.verb].verb} ${id}?`}
          verb={WORDS[question.verb].verb}
          command={`toru ${question.verb} ${id}`}
          isDangerous={WORDS[question.verb].isDangerous}
          wantsPlan
          asked={id}
          plan={question.answer === undefined ? undefined : (question.answer.plan ?? [])}
          problem={question.problem}
          onConfirm={() => act(question.verb)}
          onCancel={() => setQuestion(undefined)}
        >
          {id === OWN_ID && <p>{OWN_NOTES[question.verb]}</p>}
        </Confirm>
      ),
  };
}
