/** A plot with its heading, its legend, and in words what it shows. */

import { lazy, type ReactNode, Suspense, useId, useRef } from 'react';
import { summaryOf } from './series.ts';

const Plot = lazy(async () => ({ default: (await import('./plot.tsx')).Plot }));

export interface PlotLine {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

export interface PlotFigureProps {
  readonly title: string;
  readonly times: readonly number[];
  readonly lines: readonly PlotLine[];
  /** Of the upper end, where it is always the same one. */
  readonly top?: number;
  /** The same function in each render. */
  format(value: number): string;
  /** Marks stand at powers of two. */
  readonly isBinary?: boolean;
  /** Below the plot. */
  readonly children?: ReactNode;
}

export function PlotFigure({
  title,
  times,
  lines,
  top,
  format,
  isBinary = false,
  children,
}: PlotFigureProps) {
  const figure = useRef<HTMLElement>(null);
  const titleId = useId();
  const spoken = lines.map((line) => `${line.name} ${spokenText(line, format)}`).join('; ');
  return (
    <figure ref={figure} className="card plot" aria-labelledby={titleId}>
      <figcaption>
        <h2 id={titleId}>{title}</h2>
        <ul className="plot-legend">
          {lines.map((line, index) => (
            <li key={line.name}>
              <span className={`plot-swatch plot-ink-${index}`} aria-hidden="true" />
              {line.name} <strong>{shown(summaryOf(line.values).now, format)}</strong>{' '}
              <span className="dim">{rangeText(line, format)}</span>
            </li>
          ))}
        </ul>
      </figcaption>
      <div role="img" aria-label={`${title} in the last hour: ${spoken}`} className="plot-frame">
        <Suspense fallback={null}>
          <Plot
            figure={figure}
            times={times}
            lines={lines.map(({ values }) => values)}
            top={top}
            format={format}
            isBinary={isBinary}
          />
        </Suspense>
      </div>
      {children}
      <span className="plot-text" hidden />
      <span className="plot-grid" hidden />
    </figure>
  );
}

function spokenText({ values }: PlotLine, format: (value: number) => string): string {
  const { now, least, most } = summaryOf(values);
  if (now === null) return 'not known yet';
  return `now ${format(now)}, at least ${shown(least, format)}, at most ${shown(most, format)}`;
}

function rangeText({ values }: PlotLine, format: (value: number) => string): string {
  const { least, most } = summaryOf(values);
  return least === null ? '' : `${shown(least, format)} to ${shown(most, format)}`;
}

function shown(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value);
}
