/** One plot. Its colours are those of the page: they are read from the swatches of its legend. */

import { type RefObject, useEffect, useRef, useState } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

const HEIGHT_PX = 150;
const AXIS_FONT = '11px system-ui, sans-serif';
const AXIS_PX = 58;

export interface PlotProps {
  /** Seconds since 1970. */
  readonly times: readonly number[];
  /** As many as there are swatches. */
  readonly lines: readonly (readonly (number | null)[])[];
  /** The figure: its elements of class `plot-swatch` have the colours of the lines. */
  readonly figure: RefObject<HTMLElement | null>;
  /** Of the upper end, where it is always the same one. */
  readonly top: number | undefined;
  format(value: number): string;
  /** Marks stand at powers of two, as sizes are told. */
  readonly isBinary: boolean;
}

const BINARY_STEPS = Array.from({ length: 50 }, (_, power) => 2 ** power);

export function Plot({ times, lines, figure, top, format, isBinary }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | undefined>(undefined);
  const scheme = useScheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: data come by the other effect; another scheme is another plot
  useEffect(() => {
    const element = box.current;
    if (element === null || figure.current === null) return;
    const made = new UPlot(optionsOf(element.clientWidth, figure.current, { top, format, isBinary }), [
      [],
      ...lines.map(() => []),
    ]);
    element.append(made.root);
    plot.current = made;
    made.setData(dataOf(times, lines));
    const observer = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: HEIGHT_PX }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current = undefined;
      made.destroy();
    };
  }, [figure, top, format, isBinary, scheme]);
  useEffect(() => plot.current?.setData(dataOf(times, lines)), [times, lines]);
  return <div ref={box} className="plot-box" />;
}

function dataOf(times: PlotProps['times'], lines: PlotProps['lines']): UPlot.AlignedData {
  return [[...times], ...lines.map((line) => [...line])];
}

function optionsOf(
  width: number,
  figure: HTMLElement,
  { top, format, isBinary }: Pick<PlotProps, 'top' | 'format' | 'isBinary'>,
): UPlot.Options {
  const inks = [...figure.querySelectorAll('.plot-swatch')].map((swatch) => getComputedStyle(swatch).color);
  const text = colourOf(figure, 'plot-text');
  const grid = { stroke: colourOf(figure, 'plot-grid'), width: 1 };
  return {
    width,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: true },
      y: { range: (_plot, _least, most) => [0, top ?? Math.max(most * 1.1, 1)] },
    },
    axes: [
      {
        stroke: text,
        font: AXIS_FONT,
        grid: { show: false },
        ticks: { ...grid, size: 4 },
        size: 28,
        space: 72,
        values: clocks,
      },
      {
        stroke: text,
        font: AXIS_FONT,
        grid,
        ticks: { show: false },
        size: AXIS_PX,
        space: 36,
        ...(isBinary ? { incrs: BINARY_STEPS } : {}),
        values: (_plot, values) => values.map(format),
      },
    ],
    series: [
      {},
      ...inks.map((stroke, index) => ({
        stroke,
        width: 1.5,
        points: { show: false },
        // The first one is told from the others without its colour as well.
        ...(index === 0 ? {} : { dash: [5, 3] }),
      })),
    ],
  };
}

/** Time of day; with seconds where several marks are in one minute. */
function clocks(_plot: UPlot, seconds: readonly number[]): string[] {
  const isFine = seconds.some((one) => one % 60 !== 0);
  return seconds.map((one) => {
    const date = new Date(one * 1000);
    const parts = [date.getHours(), date.getMinutes(), ...(isFine ? [date.getSeconds()] : [])];
    return parts.map((part) => String(part).padStart(2, '0')).join(':');
  });
}

function colourOf(figure: HTMLElement, className: string): string {
  const element = figure.querySelector(`.${className}`);
  return element === null ? 'currentcolor' : getComputedStyle(element).color;
}

/** Changes when the page turns light or dark. */
function useScheme(): string {
  const [scheme, setScheme] = useState('');
  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const read = (): void => setScheme(dark.matches ? 'dark' : 'light');
    read();
    dark.addEventListener('change', read);
    return () => dark.removeEventListener('change', read);
  }, []);
  return scheme;
}
