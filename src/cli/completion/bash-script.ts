/** The completion script for bash. It needs nothing of the package bash-completion, and lives beside it. */

import type { Completed, Source } from './sources.ts';
import { firstWords, groupsOf, optionsOf, optionValue } from './sources.ts';

export function bashScript(verbs: readonly Completed[]): string {
  const names = firstWords(verbs).map(({ word }) => word);
  const groups = [...groupsOf(verbs)].map(
    ([first, members]) =>
      `    ${quote(first)}) seconds=${quote(members.map(({ verb }) => verb.slice(first.length + 1)).join(' '))} ;;`,
  );
  return `${HEAD}
_toru_verbs=${quote(names.join(' '))}

# Sets \`seconds\` to the words that may follow a first one, and \`alone\` when it is a verb by itself as well.
_toru_seconds() {
  seconds=
  case $1 in
${groups.join('\n')}
  esac
}

# Sets \`options\`, \`value\` (what the option $2 takes, "switch" for none) and \`operand\` (what the operand number $3 can be).
_toru_verb() {
  options= value=switch operand=nothing
  case $1 in
${verbs.map(verbCase).join('\n')}
  esac
}
${BODY}`;
}

function verbCase(verb: Completed): string {
  const options = optionsOf(verb);
  const spelled = options.flatMap(({ name, short }) => [
    `--${name}`,
    ...(short === undefined ? [] : [`-${short}`]),
  ]);
  const values = options.flatMap((spec) => {
    const source = optionValue(verb, spec);
    const names = [`--${spec.name}`, ...(spec.short === undefined ? [] : [`-${spec.short}`])];
    return source === undefined ? [] : [`        ${names.join('|')}) value=${quote(sourceText(source))} ;;`];
  });
  const last = verb.operands.length - 1;
  const operands = verb.operands.map((source, at) => {
    const place = at === last && verb.isOpenEnded ? '*' : String(at);
    return `        ${place}) operand=${quote(sourceText(source))} ;;`;
  });
  const patterns = [verb.verb, ...verb.aliases].map(quote).join('|');
  return [
    `    ${patterns})`,
    `      options=${quote(spelled.join(' '))}`,
    '      case $2 in',
    ...values,
    '      esac',
    ...(operands.length === 0 ? [] : ['      case $3 in', ...operands, '      esac']),
    '      ;;',
  ].join('\n');
}

function sourceText(source: Source): string {
  if (source.kind === 'words') return `words ${source.words.join(' ')}`;
  return source.kind === 'ask' ? `ask ${source.question}` : source.kind;
}

function quote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const HEAD = `# bash completion for toru, made by "toru completion bash".
`;

const BODY = `
# Splits the line before the cursor into \`typed\`, at blanks alone: COMP_WORDS is split at = and @ as well.
_toru_split() {
  local line=\${COMP_LINE:0:COMP_POINT} piece
  typed=()
  for piece in "\${COMP_WORDS[@]}"; do
    if [[ \${#typed[@]} -eq 0 || $line == [[:space:]]* ]]; then
      line=\${line#"\${line%%[![:space:]]*}"}
      typed+=('')
    fi
    if [[ -z $line || \${line:0:\${#piece}} != "$piece" ]]; then
      typed[\${#typed[@]}-1]+=$line
      return
    fi
    typed[\${#typed[@]}-1]+=$piece
    line=\${line:\${#piece}}
    [[ -n $line ]] || return
  done
}

# Asks torud; adds to \`found\`. Silent whatever happens.
_toru_ask() {
  local program=\${typed[0]} word
  case $program in '~/'*) program=$HOME/\${program:2} ;; esac
  type -P -- "$program" >/dev/null 2>&1 || program=toru
  while IFS=$'\\t' read -r word _; do
    found+=("$word")
  done < <(command -- "$program" __complete "$@" -- "\${typed[@]}" 2>/dev/null </dev/null)
}

# Adds what a source gives to \`found\`.
_toru_source() {
  case $1 in
    words*) read -r -a found <<<"\${1#words}" ;;
    'ask keys') _toru_ask keys "$2" ;;
    ask*) _toru_ask "\${1#ask }" ;;
    files) is_file=-f ;;
    folders) is_file=-d ;;
  esac
}

# Puts those of \`found\` that begin with $1 into COMPREPLY. $2 is what readline will replace, the end of $1.
_toru_reply() {
  local cur=$1 start word open=
  case $cur in ["'\\""]*) open=\${cur:0:1} cur=\${cur:1} ;; esac
  start=\${cur%"$2"}
  if [[ -n $is_file ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$is_file" -- "$2")
    return
  fi
  for word in "\${found[@]}"; do
    [[ \${word:0:\${#cur}} == "$cur" ]] || continue
    word=\${word:\${#start}}
    if [[ $word == *[!A-Za-z0-9._/:@%+,=~^-]* ]]; then
      # Within quotes the word would have to be quoted as they want it; that is left to who types.
      [[ -z $open ]] || continue
      printf -v word %q "$word"
    fi
    COMPREPLY+=("$word")
  done
  case \${COMPREPLY[0]-} in *=|*'<'|*'~') compopt -o nospace 2>/dev/null ;; esac
}

_toru() {
  local -a typed found=()
  local verb= first= second= options value operand seconds is_file= cur word plugin= was_end=
  local -i count=0 at
  COMPREPLY=()
  _toru_split
  cur=\${typed[\${#typed[@]}-1]}
  for ((at = 1; at < \${#typed[@]} - 1; at += 1)); do
    word=\${typed[at]}
    if [[ -z $was_end && $word == -- ]]; then
      was_end=1
    elif [[ -z $was_end && $word == -?* && $word != *=* ]]; then
      _toru_verb "\${verb:-version}" "$word" 0
      [[ $value == switch ]] && continue
      if ((at == \${#typed[@]} - 2)); then
        _toru_source "$value" "$plugin"
        _toru_reply "$cur" "$2"
        return
      fi
      at+=1
    elif [[ -z $was_end && $word == -?* ]]; then
      continue
    elif [[ -z $first ]]; then
      first=$word verb=$word
    else
      _toru_seconds "$first"
      if [[ -z $second && $count -eq 0 && " $seconds " == *" $word "* ]]; then
        second=$word verb="$first $word"
      else
        [[ $count -gt 0 ]] || plugin=$word
        count+=1
      fi
    fi
  done
  if [[ -z $was_end && $cur == --*=* ]]; then
    _toru_verb "\${verb:-version}" "\${cur%%=*}" 0
    [[ $value == switch ]] && return
    local given=\${cur#*=}
    _toru_source "$value" "$plugin"
    _toru_reply "$given" "\${2#"\${cur%%=*}="}"
    return
  fi
  _toru_verb "\${verb:-version}" '' "$count"
  if [[ -z $was_end && $cur == -* ]]; then
    read -r -a found <<<"$options"
  elif [[ -z $first ]]; then
    read -r -a found <<<"$_toru_verbs"
  else
    _toru_seconds "$first"
    local -a more=()
    [[ -z $second && $count -eq 0 ]] && read -r -a more <<<"$seconds"
    _toru_source "$operand" "$plugin"
    found+=("\${more[@]}")
  fi
  _toru_reply "$cur" "$2"
}

complete -F _toru toru
`;
