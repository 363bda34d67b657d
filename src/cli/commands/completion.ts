/** `toru completion bash|zsh|fish` */

import { errorBody } from '../../protocol/errors.ts';
import type { Command } from '../command.ts';
import { bashScript } from '../completion/bash-script.ts';
import { fishScript } from '../completion/fish-script.ts';
import { completedVerbs } from '../completion/sources.ts';
import { zshScript } from '../completion/zsh-script.ts';
import { nearestHint } from '../nearest.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import { isTerminalDescriptor } from '../output/screen.ts';
import { writeOutput } from '../output/sink.ts';
import type { Session } from '../session.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** What a person does with the script, by shell. */
const INSTALL: Readonly<Record<keyof typeof SCRIPTS, string>> = {
  bash: 'to have it in each new shell: toru completion bash > /etc/bash_completion.d/toru (or ~/.local/share/bash-completion/completions/toru)',
  zsh: 'to have it in each new shell: toru completion zsh > /usr/local/share/zsh/site-functions/_toru (or any folder of $fpath)',
  fish: 'to have it in each new shell: toru completion fish > ~/.config/fish/completions/toru.fish',
};

/** @param commands all verbs, this one included: asked for only when the script is made */
export function completionCommand(commands: () => readonly Command[]): Command {
  return {
    verb: 'completion',
    kind: 'query',
    operands: 'bash|zsh|fish',
    minOperands: 1,
    maxOperands: 1,
    takesNames: false,
    options: [],
    does: 'print the completion script of a shell',
    details:
      'The script completes verbs, options and their values, and asks torud for the names of plugins. It is silent when torud is not there.',
    examples: ['source <(toru completion bash)', 'toru completion fish | source'],
    run: (session) => run(session, commands()),
  };
}

async function run(session: Session, commands: readonly Command[]): Promise<Answer> {
  const [shell = ''] = session.operands;
  if (!isShell(shell)) {
    const known = Object.keys(SCRIPTS);
    const hint = nearestHint(shell, known) ?? `it is one of ${known.join(', ')}`;
    return failed(errorBody('usage', `unknown shell "${shell}"`, { hint }));
  }
  const script = SCRIPTS[shell](completedVerbs(commands));
  const hints = isTerminalDescriptor(2) ? [INSTALL[shell]] : [];
  const document = { completion: { shell, script } };
  if (session.globals.isJson) return { document, records: [document.completion], hints };
  // As it is: nothing of a script may be escaped.
  await writeOutput(script);
  return { hints };
}

function isShell(word: string): word is keyof typeof SCRIPTS {
  return Object.hasOwn(SCRIPTS, word);
}
