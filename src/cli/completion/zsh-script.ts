/** The completion script for zsh: `_arguments` with the options and operands of each verb. */

import type { OptionSpec } from '../command.ts';
import type { Completed, Source } from './sources.ts';
import { firstWords, groupsOf, optionsOf, optionValue } from './sources.ts';

export function zshScript(verbs: readonly Completed[]): string {
  const groups = groupsOf(verbs);
  const single = verbs.filter(({ verb }) => !verb.includes(' '));
  const cases = [
    ...single
      .filter(({ verb }) => !groups.has(verb))
      .map((verb) => verbCase(verb, [verb.verb, ...verb.aliases])),
    ...[...groups].map(([first, members]) => groupCase(first, members, single)),
  ];
  const first = firstWords(verbs).map(({ word, does }) => `    ${quote(`${escapeColon(word)}:${does}`)}`);
  return `${HEAD}
_toru_first() {
  local -a words_of_toru=(
${first.join('\n')}
  )
  _describe -t commands 'toru verb' words_of_toru
}

_toru_of_verb() {
  case $1 in
${cases.join('\n')}
  esac
}

_toru() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  local -a _toru_line=("\${words[@]}")
  # Assignments before the command are in the buffer alone.
  local -a _toru_before=(\${(M)\${(z)LBUFFER}:#TORU_(ROOT|SOCKET)=*})
  integer ret=1
  _arguments -C \\
${globalSpecs(verbs)}    '1: :_toru_first' '*:: :->operands' && ret=0
  if [[ $state == operands ]]; then
    local verb=$words[1]
    curcontext="\${curcontext%:*:*}:toru-$verb:"
    _toru_of_verb "$verb" && ret=0
  fi
  return ret
}

if [[ \${funcstack[1]-} == _toru ]]; then
  _toru "$@"
else
  compdef _toru toru
fi
`;
}

function globalSpecs(verbs: readonly Completed[]): string {
  const plain = verbs.find(({ verb }) => verb === 'version');
  if (plain === undefined) return '';
  return optionsOf(plain)
    .flatMap((spec) => optionSpecs(plain, spec))
    .map((spec) => `    ${quote(spec)} \\\n`)
    .join('');
}

function verbCase(verb: Completed, names: readonly string[], indent = '    '): string {
  return [`${indent}${names.join('|')})`, argumentsOf(verb, `${indent}  `), `${indent}  ;;`].join('\n');
}

/** A word that others may follow, and that may be a verb by itself (`crashes`). */
function groupCase(first: string, members: readonly Completed[], single: readonly Completed[]): string {
  const own = single.find(({ verb }) => verb === first);
  const seconds = members.map(({ verb, does }) => quote(`${verb.slice(first.length + 1)}:${does}`));
  const alone =
    own === undefined
      ? `        *) _describe -t commands 'toru ${first}' seconds ;;`
      : [
          '        *)',
          `          (( CURRENT == 2 )) && _describe -t commands 'toru ${first}' seconds`,
          argumentsOf(own, '          '),
          '          ;;',
        ].join('\n');
  return [
    `    ${first})`,
    `      local -a seconds=(${seconds.join(' ')})`,
    '      if (( CURRENT == 2 )); then',
    '        local second=',
    '      else',
    '        local second=$words[2]',
    '      fi',
    '      case $second in',
    ...members.map((member) => {
      const word = member.verb.slice(first.length + 1);
      const body = argumentsOf(member, '          ');
      return `        ${word})\n          shift words\n          (( CURRENT -= 1 ))\n${body}\n          ;;`;
    }),
    alone,
    '      esac',
    '      ;;',
  ].join('\n');
}

function argumentsOf(verb: Completed, indent: string): string {
  const options = optionsOf(verb).flatMap((spec) => optionSpecs(verb, spec));
  const last = verb.operands.length - 1;
  const operands = verb.operands.map((source, at) => {
    const place = at === last && verb.isOpenEnded ? '*' : String(at + 1);
    return `${place}: :${action(source)}`;
  });
  const specs = [...options, ...operands].map((spec) => `${indent}  ${quote(spec)}`);
  return [`${indent}_arguments -s -S`, ...specs].join(' \\\n');
}

function optionSpecs(verb: Completed, spec: OptionSpec): string[] {
  const source = optionValue(verb, spec);
  const repeat = spec.isRepeatable === true ? '*' : '';
  const does = `[${spec.does.replace(/[[\]\\:]/g, '\\$&')}]`;
  const value =
    source === undefined ? '' : `:${(spec.value ?? '').replace(/[\\:]/g, '\\$&')}:${action(source)}`;
  const long = `${repeat}--${spec.name}${source === undefined ? '' : '='}${does}${value}`;
  return spec.short === undefined
    ? [long]
    : [long, `${repeat}-${spec.short}${source === undefined ? '' : '+'}${does}${value}`];
}

function action(source: Source): string {
  switch (source.kind) {
    case 'words':
      return `(${source.words.map((word) => word.replace(/[<>~()\\: ]/g, '\\$&')).join(' ')})`;
    case 'ask':
      // The space keeps _arguments from putting options of its own before the question.
      return ` _toru_ask ${source.question}`;
    case 'files':
      return '_files';
    case 'folders':
      return '_files -/';
    default:
      return ' ';
  }
}

function escapeColon(word: string): string {
  return word.replaceAll(':', '\\:');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const HEAD = `#compdef toru
# zsh completion for toru, made by "toru completion zsh".

# Asks torud; silent whatever happens.
_toru_ask() {
  local question=$1 program=\${(Q)_toru_line[1]} plugin= answer
  program=\${program/#\\~\\//$HOME/}
  (( $+commands[$program] )) || [[ -x $program && ! -d $program ]] || program=toru
  [[ $question != keys ]] || plugin=$words[2]
  local -a lines=("\${(@f)$(command -- "$program" __complete "$question" "$plugin" -- "\${_toru_before[@]}" "\${_toru_line[@]}" 2>/dev/null </dev/null)}")
  local -a found=() shown=()
  for answer in "\${lines[@]}"; do
    [[ -n $answer ]] || continue
    found+=("\${answer%%$'\\t'*}")
    shown+=("\${answer%%$'\\t'*} -- \${answer#*$'\\t'}")
  done
  (( \${#found} )) || return 1
  compadd -Q -l -d shown -- "\${(@q)found}"
}
`;
