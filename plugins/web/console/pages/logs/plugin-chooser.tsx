/** Which plugins' logs are shown: any number of them, or all. */

import { useEffect, useId, useRef, useState } from 'react';
import type { LivePlugin } from '../../live/live.tsx';
import { Button } from '../../parts/button.tsx';

export interface PluginChooserProps {
  readonly plugins: readonly LivePlugin[];
  /** None: all. */
  readonly chosen: readonly string[];
  onChange(ids: readonly string[]): void;
}

export function PluginChooser({ plugins, chosen, onChange }: PluginChooserProps) {
  const [isOpen, setIsOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const labelId = useId();
  useEffect(() => {
    if (!isOpen) return;
    const onDown = (event: PointerEvent): void => {
      if (event.target instanceof Node && box.current?.contains(event.target) !== true) setIsOpen(false);
    };
    document.addEventListener('pointerdown', onDown);
    return () => document.removeEventListener('pointerdown', onDown);
  }, [isOpen]);
  const toggle = (id: string, isChosen: boolean): void =>
    onChange(isChosen ? [...chosen, id].sort() : chosen.filter((one) => one !== id));
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes the list, from anywhere in it
    <div
      ref={box}
      className="field chooser"
      onKeyDown={(event) => {
        if (event.key === 'Escape') setIsOpen(false);
      }}
    >
      <span id={labelId} className="chooser-label">
        Plugins
      </span>
      <button
        type="button"
        className="input chooser-button"
        aria-labelledby={`${labelId} ${labelId}-value`}
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        <span id={`${labelId}-value`}>{textOf(chosen)}</span>
        <span aria-hidden="true">▾</span>
      </button>
      {isOpen ? (
        <fieldset className="chooser-list">
          <legend className="visually-hidden">Plugins whose logs are shown</legend>
          <Button kind="quiet" disabled={chosen.length === 0} onClick={() => onChange([])}>
            All plugins
          </Button>
          {plugins.map(({ id }) => (
            <label key={id} className="check">
              <input
                type="checkbox"
                checked={chosen.includes(id)}
                onChange={(event) => toggle(id, event.target.checked)}
              />
              {id}
            </label>
          ))}
        </fieldset>
      ) : null}
    </div>
  );
}

function textOf(chosen: readonly string[]): string {
  if (chosen.length === 0) return 'all';
  return chosen.length <= 2 ? chosen.join(', ') : `${chosen.length} plugins`;
}
