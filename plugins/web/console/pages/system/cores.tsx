/** How busy each processor core is now. */

import { percent } from './units.ts';

export function Cores({ cores }: { readonly cores: readonly (number | null)[] }) {
  return (
    <ul className="cores" aria-label="Use of each core">
      {cores.map((used, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a core is its number
        <li key={index} className="core">
          <span className="dim">{index}</span>
          <span className="bar" aria-hidden="true">
            <span className="bar-fill" style={{ width: `${used ?? 0}%` }} />
          </span>
          <span className="number">{used === null ? '–' : percent(used)}</span>
        </li>
      ))}
    </ul>
  );
}
