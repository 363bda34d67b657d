/** What is wrong with a parameter, as one line. */

import type { core } from 'zod/mini';

type Issue = core.$ZodIssue;

const DAY_MS = 86_400_000;

/** What is over a limit that people meet, in their words; undefined for what only a program gets wrong. */
export function plainIssue(issue: Issue): string | undefined {
  const [key, ...inner] = issue.path;
  if (issue.code === 'too_big' && key === 'timeoutMs')
    return `a time limit may be at most ${Number(issue.maximum) / DAY_MS} days`;
  if (issue.code === 'too_big' && key === 'args')
    return inner.length === 0
      ? `a script gets at most ${issue.maximum} arguments`
      : `an argument of a script may have at most ${issue.maximum} characters`;
  if (key !== 'env') return undefined;
  if (issue.code === 'custom' && inner.length === 0) return `a script gets ${issue.message}`;
  if (issue.code === 'invalid_key')
    return `${JSON.stringify(String(inner[0] ?? ''))} is no name of a variable: it has letters, digits and "_", and begins with no digit`;
  return undefined;
}

/** Begins with the key: `names[2] must be a string`. */
export function describeIssue(issue: Issue): string {
  return `${pathOf(issue.path)} ${demandOf(issue)}`;
}

function pathOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'params';
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`,
    )
    .join('');
}

function demandOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${withArticle(issue.expected)}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
    case 'too_small':
      return `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'custom':
      return `must be ${issue.message}`;
    default:
      return 'has a wrong value';
  }
}

function withArticle(expected: string): string {
  if (expected === 'int') return 'a whole number';
  return /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' entries' : '';
}
