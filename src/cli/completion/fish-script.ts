/** The completion script for fish: one `complete` line an option, with its description. */

import type { OptionSpec } from '../command.ts';
import { GLOBAL_OPTIONS } from '../command.ts';
import type { Completed, Source } from './sources.ts';
import { firstWords, groupsOf, optionValue } from './sources.ts';

export function fishScript(verbs: readonly Completed[]): string {
  const groups = groupsOf(verbs);
  const plain = verbs.find(({ verb }) => verb === 'version');
  const valued = [...GLOBAL_OPTIONS, ...verbs.flatMap(({ options }) => options)].filter(
    ({ value }) => value !== undefined,
  );
  const spelled = valued.flatMap(({ name, short }) => [
    `--${name}`,
    ...(short === undefined ? [] : [`-${short}`]),
  ]);
  const lines = [
    ...firstWords(verbs).map(({ word, does }) => candidate("''", word, does)),
    ...[...groups].flatMap(([first, members]) =>
      members.map(({ verb, does }) => candidate(quote(`${first} 0`), verb.slice(first.length + 1), does)),
    ),
    ...GLOBAL_OPTIONS.map((spec) =>
      optionLine('', spec, plain === undefined ? undefined : optionValue(plain, spec)),
    ),
    ...verbs.flatMap(verbLines),
  ];
  return `${HEAD}
set -g __toru_valued ${[...new Set(spelled)].map(quote).join(' ')}
set -g __toru_groups ${[...groups.values()]
    .flat()
    .map(({ verb }) => quote(verb))
    .join(' ')}
${BODY}
complete -c toru -e
complete -c toru -f
${lines.join('\n')}
`;
}

function verbLines(verb: Completed): string[] {
  const names = [verb.verb, ...verb.aliases];
  const last = verb.operands.length - 1;
  const options = verb.options.map((spec) =>
    optionLine(` -n ${quote(`__toru_verb ${names.map(quote).join(' ')}`)}`, spec, optionValue(verb, spec)),
  );
  // Formats of its own beside the ones that every verb has.
  if (verb.formats.length > 0) {
    const output = GLOBAL_OPTIONS.find(({ name }) => name === 'output');
    if (output !== undefined)
      options.push(
        optionLine(
          ` -n ${quote(`__toru_verb ${names.map(quote).join(' ')}`)}`,
          output,
          optionValue(verb, output),
        ),
      );
  }
  const operands = verb.operands.flatMap((source, at) => {
    const place = at === last && verb.isOpenEnded ? `${at}+` : String(at);
    return operandLine(names.map((name) => quote(`${name} ${place}`)).join(' '), source);
  });
  return [...options, ...operands];
}

function candidate(places: string, word: string, does: string): string {
  return `complete -c toru -f -n "__toru_at ${places}" -a ${quote(word)} -d ${quote(does)}`;
}

function operandLine(places: string, source: Source): string[] {
  const condition = `complete -c toru -n "__toru_at ${places}"`;
  if (source.kind === 'nothing') return [];
  if (source.kind === 'files') return [`${condition} -F`];
  if (source.kind === 'folders') return [`${condition} -f -a '(__fish_complete_directories)'`];
  return [`${condition} -f -a ${argument(source)}`];
}

function optionLine(condition: string, spec: OptionSpec, source: Source | undefined): string {
  const short = spec.short === undefined ? '' : ` -s ${spec.short}`;
  return `complete -c toru${condition} -l ${spec.name}${short}${valuePart(source)} -d ${quote(spec.does)}`;
}

function valuePart(source: Source | undefined): string {
  if (source === undefined) return '';
  if (source.kind === 'nothing') return ' -x';
  if (source.kind === 'files') return ' -r -F';
  if (source.kind === 'folders') return " -x -a '(__fish_complete_directories)'";
  return ` -x -a ${argument(source)}`;
}

function argument(source: Source): string {
  if (source.kind === 'words')
    return quote(source.words.map((word) => word.replace(/[<~]/g, '\\$&')).join(' '));
  return source.kind === 'ask' ? `'(__toru_ask ${source.question})'` : "''";
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

const HEAD = `# fish completion for toru, made by "toru completion fish".
`;

const BODY = `
# Takes the line before the cursor apart: verb into __toru_now, number of operands into __toru_count, the first one into __toru_plugin.
function __toru_parse
    set -l line (commandline -opc)
    set -l key (string join \\x1f -- $line)
    test "$key" = "$__toru_key" -a -n "$__toru_key"; and return
    set -g __toru_key $key
    set -g __toru_now ''
    set -g __toru_count 0
    set -g __toru_plugin ''
    set -l skips no
    set -l ended no
    while string match -qr '^\\w+=' -- $line[1]
        set -e line[1]
    end
    for word in $line[2..-1]
        if test $skips = yes
            set skips no
        else if test $ended = no; and test "$word" = --
            set ended yes
        else if test $ended = no; and string match -q -- '-?*' $word
            contains -- $word $__toru_valued; and set skips yes
        else if test -z "$__toru_now"
            set -g __toru_now $word
        else if test $__toru_count -eq 0; and contains -- "$__toru_now $word" $__toru_groups
            set -g __toru_now "$__toru_now $word"
        else
            test $__toru_count -eq 0; and set -g __toru_plugin $word
            set -g __toru_count (math $__toru_count + 1)
        end
    end
end

# True when the line's verb is one of these.
function __toru_verb
    __toru_parse
    contains -- "$__toru_now" $argv
end

# True at one of these places: "VERB N", "VERB N+" for N and more, '' before the verb.
function __toru_at
    __toru_parse
    for place in $argv
        if test -z "$place"
            test -z "$__toru_now"; and return 0
            continue
        end
        set -l least (string match -r '^(.*) (\\d+)\\+$' -- $place)
        if test (count $least) -eq 3
            test "$least[2]" = "$__toru_now" -a $__toru_count -ge $least[3]; and return 0
        else if test "$place" = "$__toru_now $__toru_count"
            return 0
        end
    end
    return 1
end

# Asks torud; silent whatever happens.
function __toru_ask
    __toru_parse
    set -l line (commandline -opc) (commandline -ct)
    set -l program toru
    for word in $line
        string match -qr '^\\w+=' -- $word; and continue
        set -l named (string replace -r '^~/' "$HOME/" -- $word)
        command -sq -- $named; and set program $named
        break
    end
    command $program __complete $argv[1] "$__toru_plugin" -- $line 2>/dev/null </dev/null
end
`;
