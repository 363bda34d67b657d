/** A quick action that is added or changed. */

import { useState } from 'react';
import type { QuickAction, QuickActionFields } from '../../../../../src/protocol/control/quick-actions.ts';
import type { ScriptListResult } from '../../../../../src/protocol/control/tasks.ts';
import { failure, type Result, success } from '../../../../../src/protocol/result.ts';
import type { Problem } from '../../api/answer-types.ts';
import { request } from '../../api/request.ts';
import { useApi } from '../../api/use-api.ts';
import { Field } from '../../parts/field.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { SelectField } from '../../parts/select-field.tsx';
import { NO_TEXTS, type RunFaults, RunFields, type RunTexts, textsOf, valuesOf } from './run-fields.tsx';

export interface ActionFormProps {
  /** undefined: a new one. */
  readonly action: QuickAction | undefined;
  onClose(): void;
  onSaved(): Promise<void>;
}

interface Texts extends RunTexts {
  readonly name: string;
  readonly script: string;
  readonly title: string;
  readonly icon: string;
  readonly question: string;
}

type Faults = RunFaults & { readonly name?: string; readonly script?: string };

const NEW: Texts = { ...NO_TEXTS, name: '', script: '', title: '', icon: '', question: '' };

function firstTexts(action: QuickAction): Texts {
  const { name, script, icon, title } = action;
  return {
    ...textsOf(action),
    name,
    script,
    icon,
    title: title === name ? '' : title,
    question: action.confirm ?? '',
  };
}

/** What the API gets: null takes a value away. */
function fieldsOf(texts: Texts): Result<QuickActionFields, Faults> {
  const values = valuesOf(texts);
  const faults: Faults = {
    ...(texts.name.trim() === '' ? { name: 'It needs a name.' } : {}),
    ...(texts.script === '' ? { script: 'Which script shall it run?' } : {}),
    ...(values.ok ? {} : values.failure),
  };
  if (!values.ok || Object.keys(faults).length > 0) return failure(faults);
  const { args, timeoutMs = null, lock = null } = values.value;
  const [title, icon, confirm] = [texts.title, texts.icon, texts.question].map((text) => text.trim() || null);
  return success({
    script: texts.script,
    args,
    timeoutMs,
    lock,
    title: title ?? null,
    icon: icon ?? null,
    confirm: confirm ?? null,
  });
}

async function save(
  action: QuickAction | undefined,
  name: string,
  fields: QuickActionFields,
): Promise<Problem | undefined> {
  const rename = action === undefined || name === action.name ? {} : { rename: name };
  const saved =
    action === undefined
      ? await request('POST', '/actions', { name, ...fields })
      : await request('PUT', `/actions/${encodeURIComponent(action.name)}`, { ...fields, ...rename });
  return saved.ok ? undefined : saved.failure;
}

export function ActionForm({ action, onClose, onSaved }: ActionFormProps) {
  const [texts, setTexts] = useState<Texts>(() => (action === undefined ? NEW : firstTexts(action)));
  const [faults, setFaults] = useState<Faults>({});
  const submit = async (): Promise<Problem | undefined | false> => {
    const fields = fieldsOf(texts);
    setFaults(fields.ok ? {} : fields.failure);
    if (!fields.ok) return false;
    const refused = await save(action, texts.name.trim(), fields.value);
    if (refused === undefined) await onSaved();
    return refused;
  };
  return (
    <FormDialog
      title={action === undefined ? 'Add a quick action' : `Edit ${action.title}`}
      verb={action === undefined ? 'Add' : 'Save'}
      command={
        action === undefined ? 'toru actions add NAME --script SCRIPT' : `toru actions edit ${action.name}`
      }
      onSubmit={submit}
      onClose={onClose}
    >
      <Field
        label="Name"
        value={texts.name}
        error={faults.name}
        hint="For the command line: letters, digits, - _ and ."
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setTexts({ ...texts, name: event.target.value })}
      />
      <ScriptField
        script={texts.script}
        fault={faults.script}
        onChange={(script) => setTexts({ ...texts, script })}
      />
      <RunFields texts={texts} faults={faults} onChange={(run) => setTexts({ ...texts, ...run })} />
      <LookFields texts={texts} onChange={setTexts} />
    </FormDialog>
  );
}

/** How people see it. */
function LookFields({ texts, onChange }: { readonly texts: Texts; onChange(texts: Texts): void }) {
  return (
    <>
      <Field
        label="Title"
        value={texts.title}
        placeholder={texts.name}
        hint="What stands on its button; its name unless set."
        onChange={(event) => onChange({ ...texts, title: event.target.value })}
      />
      <Field
        label="Icon"
        value={texts.icon}
        hint="One emoji."
        onChange={(event) => onChange({ ...texts, icon: event.target.value })}
      />
      <Field
        label="Question"
        value={texts.question}
        placeholder="none"
        hint="Asked before it is run."
        onChange={(event) => onChange({ ...texts, question: event.target.value })}
      />
    </>
  );
}

interface ScriptFieldProps {
  readonly script: string;
  readonly fault: string | undefined;
  onChange(script: string): void;
}

function ScriptField({ script, fault, onChange }: ScriptFieldProps) {
  const { data } = useApi<ScriptListResult>('/scripts');
  const names = (data?.scripts ?? []).filter(({ refused }) => refused === null).map((one) => one.name);
  const known = script === '' || names.includes(script) ? names : [script, ...names];
  return (
    <SelectField
      label="Script"
      value={script}
      error={fault}
      hint={data === undefined ? undefined : `Scripts lie in ${data.folder}.`}
      options={[['', 'Choose one'], ...known.map((name) => [name, name] as const)]}
      onChange={onChange}
    />
  );
}
