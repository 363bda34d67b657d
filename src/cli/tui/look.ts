/** How roles and signs look on this terminal: colours or none, Unicode or ASCII. */

import type { PluginStateName } from '../../protocol/plugin-state.ts';
import { isPrintable } from '../output/sanitise.ts';
import { widthOf } from '../output/width.ts';
import type { Line, Role } from './frame.ts';

export type ColourDepth = 'none' | '16' | '256' | 'true';

export interface Look {
  readonly colours: ColourDepth;
  readonly signs: Signs;
}

export interface Signs {
  readonly cursor: string;
  readonly rule: string;
  readonly running: string;
  readonly retry: string;
  readonly failed: string;
  readonly absent: string;
  /** In the head of the column that the list is sorted by. */
  readonly ascending: string;
  readonly descending: string;
  /** A line that was marked. */
  readonly marked: string;
  readonly ellipsis: string;
  readonly arrow: string;
  readonly between: string;
  /** From nothing to all; eight steps. */
  readonly bars: readonly string[];
  /** Corners, sides of a box: top left, top right, bottom left, bottom right, horizontal, vertical. */
  readonly box: readonly [string, string, string, string, string, string];
  readonly branch: string;
  readonly lastBranch: string;
  readonly trunk: string;
}

export const UNICODE: Signs = {
  cursor: '▸',
  rule: '─',
  running: '▲',
  retry: '↻',
  failed: '✖',
  absent: '–',
  ascending: '▴',
  descending: '▾',
  marked: '●',
  ellipsis: '…',
  arrow: '→',
  between: '·',
  bars: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  box: ['┌', '┐', '└', '┘', '─', '│'],
  branch: '├─',
  lastBranch: '└─',
  trunk: '│ ',
};

export const ASCII: Signs = {
  cursor: '>',
  rule: '-',
  running: '^',
  retry: 'r',
  failed: 'x',
  absent: '-',
  ascending: '^',
  descending: 'v',
  marked: '*',
  ellipsis: '~',
  arrow: '->',
  between: '|',
  bars: ['_', '.', ':', '-', '=', '+', '*', '#'],
  box: ['+', '+', '+', '+', '-', '|'],
  branch: '|-',
  lastBranch: '`-',
  trunk: '| ',
};

/** One letter a state, beside its word and colour. */
export const STATE_LETTERS: Readonly<Record<PluginStateName, string>> = {
  stopped: 'S',
  waiting: 'W',
  starting: 's',
  running: 'R',
  stopping: 't',
  backoff: 'B',
  failed: 'F',
  exited: 'E',
  invalid: 'I',
};

/** Of one that runs, but fails its health check. */
export const UNHEALTHY_LETTER = 'H';

export const STATE_ROLES: Readonly<Record<PluginStateName, Role>> = {
  stopped: 'dim',
  waiting: 'busy',
  starting: 'busy',
  running: 'good',
  stopping: 'busy',
  backoff: 'busy',
  failed: 'bad',
  exited: 'dim',
  invalid: 'bad',
};

const ATTRIBUTES: Readonly<Record<Role, string>> = {
  plain: '',
  dim: '2',
  strong: '1',
  good: '',
  busy: '',
  bad: '1',
  accent: '',
  title: '1',
  selected: '7',
  match: '7',
  key: '1',
  name0: '',
  name1: '',
  name2: '',
  name3: '',
  name4: '',
  name5: '',
};

type Palette = Readonly<Partial<Record<Role, string>>>;

/** Of middle lightness, to be read on black and on white; the sixteen are as the terminal's owner likes them. */
const PALETTES: Readonly<Record<ColourDepth, Palette>> = {
  none: {},
  '16': {
    good: '32',
    busy: '35',
    bad: '31',
    accent: '36',
    match: '33',
    name0: '36',
    name1: '35',
    name2: '34',
    name3: '32',
    name4: '96',
    name5: '95',
  },
  '256': {
    good: '38;5;28',
    busy: '38;5;136',
    bad: '38;5;167',
    accent: '38;5;31',
    match: '38;5;136',
    name0: '38;5;31',
    name1: '38;5;133',
    name2: '38;5;65',
    name3: '38;5;97',
    name4: '38;5;136',
    name5: '38;5;67',
  },
  true: {
    good: '38;2;46;139;46',
    busy: '38;2;170;125;10',
    bad: '38;2;212;84;84',
    accent: '38;2;20;130;175',
    match: '38;2;170;125;10',
    name0: '38;2;20;130;175',
    name1: '38;2;175;95;175',
    name2: '38;2;95;135;95',
    name3: '38;2;135;105;190',
    name4: '38;2;170;125;10',
    name5: '38;2;95;135;175',
  },
};

/** The line as the terminal takes it. Neighbours that look alike are one; each ends what it began. */
export function paintLine(of: Line, look: Look): string {
  let painted = '';
  let open = '';
  for (const { text, role } of of) {
    const shown = look.signs === ASCII ? inAscii(text) : text;
    const codes = codesOf(role, look.colours);
    // Blanks without an attribute that shows on them look alike in every colour.
    if (codes !== open && !(open !== '' && isPlainGap(shown, role, open))) {
      if (open !== '') painted += '\x1b[0m';
      if (codes !== '') painted += `\x1b[${codes}m`;
      open = codes;
    }
    painted += shown;
  }
  return open === '' ? painted : `${painted}\x1b[0m`;
}

function codesOf(role: Role, colours: ColourDepth): string {
  const [attribute, colour = ''] = [ATTRIBUTES[role], PALETTES[colours][role]];
  return attribute !== '' && colour !== '' ? `${attribute};${colour}` : attribute + colour;
}

function isPlainGap(text: string, role: Role, open: string): boolean {
  return role === 'plain' && !open.startsWith('7') && /^ *$/.test(text);
}

const IN_ASCII: Readonly<Record<string, string>> = {
  '…': '~',
  '·': '|',
  '–': '-',
  '—': '-',
  '→': '>',
  '›': '>',
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
};

/** For a terminal that shows nothing else: what has no likeness is `?`, in as many columns. */
function inAscii(text: string): string {
  if (isPrintable(text)) return text;
  let made = '';
  for (const sign of text) {
    const isAscii = sign >= ' ' && sign <= '~';
    made += isAscii ? sign : (IN_ASCII[sign] ?? '?'.repeat(widthOf(sign)));
  }
  return made;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Terminals that show no colour, by terminfo(5): the old ones, and the `-m` of the others. */
const COLOURLESS = /^(dumb|vt\d\w*|ansi-m|unknown)$|-m(ono)?$/;

/** What the environment and the options say of the terminal. */
export function lookOf(env: Environment, color: 'always' | 'never' | 'auto'): Look {
  return { colours: colourDepth(env, color), signs: hasUnicode(env) ? UNICODE : ASCII };
}

/** The console of Linux takes UTF-8, but its font lacks most of the signs. */
function hasUnicode({ LC_ALL, LC_CTYPE, LANG, TERM }: Environment): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '') && !/^(linux|vt\d\w*)$/.test(TERM ?? '');
}

function colourDepth(env: Environment, color: 'always' | 'never' | 'auto'): ColourDepth {
  const term = env.TERM ?? '';
  if (color === 'never' || (color === 'auto' && (env.NO_COLOR || COLOURLESS.test(term)))) return 'none';
  if (/-direct$/.test(term)) return 'true';
  // GNU screen and the console hand COLORTERM on from elsewhere, and do not know what it promises.
  const isAnother = term === 'linux' || (term.startsWith('screen') && !env.TMUX);
  if (!isAnother && /^(truecolor|24bit)$/.test(env.COLORTERM ?? '')) return 'true';
  return /256color/.test(term) ? '256' : '16';
}
