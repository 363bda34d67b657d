/** What did not work, why, and what to do next. */

import type { Problem } from '../api/answer-types.ts';
import { Button } from './button.tsx';
import { sentence } from './sentence.ts';

export interface ErrorCardProps {
  readonly problem: Pick<Problem, 'detail' | 'hint' | 'name'>;
  /** `The log cannot be shown`. */
  readonly title?: string;
  onRetry?(): void;
}

export function ErrorCard({ problem, title = 'That did not work', onRetry }: ErrorCardProps) {
  const { detail, hint, name } = problem;
  return (
    <div className="error-card" role="alert">
      <p className="error-title">{title}</p>
      <p>{sentence(name === undefined ? detail : `${name}: ${detail}`)}</p>
      {hint === undefined ? null : <p className="dim">{sentence(hint)}</p>}
      {onRetry === undefined ? null : <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}
