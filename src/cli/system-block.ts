/** The machine as `toru system` shows it. */

import type {
  CpuFigures,
  DiskFigures,
  NetworkFigures,
  PluginProcesses,
  SystemFigures,
  SystemHistory,
  SystemReadResult,
} from '../protocol/control/system.ts';
import { type Colour, paint } from './output/colours.ts';
import { sanitise } from './output/sanitise.ts';
import { formatDuration, formatSize, formatSpan } from './output/sizes.ts';
import { ABSENT, type Cell, formatTable, numberCell, type Table } from './output/table.ts';
import { cutTo } from './output/width.ts';

const LABEL_WIDTH = 10;
/** From here on somebody should look. */
const FULL_PERCENT = 90;
const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const BAR_COLUMNS = 30;

export interface SystemStyle {
  readonly hasColour: boolean;
  /** Columns that lines are cut to; undefined: nothing is cut. */
  readonly columns: number | undefined;
}

export function systemText({ system, history, plugins }: SystemReadResult, style: SystemStyle): string {
  const { hasColour, columns: width } = style;
  const table = (content: Table): readonly string[] =>
    content.rows.length === 0 ? [] : ['', ...formatTable(content, { hasLegend: true, hasColour, width })];
  return [
    ...headLines(system, style),
    ...table(diskTable(system.disks)),
    ...table(networkTable(system.networks)),
    ...(history === undefined ? [] : table(historyTable(history))),
    ...(plugins === undefined ? [] : table(processTable(plugins))),
  ].join('\n');
}

function headLines(system: SystemFigures, { hasColour, columns }: SystemStyle): readonly string[] {
  const { cpu, memory, diskRates, load } = system;
  const usedShare = percentOf(memory.usedBytes, memory.totalBytes);
  const swap =
    memory.swapTotalBytes === 0
      ? 'none'
      : `${formatSize(memory.swapUsedBytes)} of ${formatSize(memory.swapTotalBytes)} used`;
  const facts: readonly (readonly [string, string, (Colour | undefined)?])[] = [
    ['Up', formatDuration(system.uptimeMs)],
    ['Load', `${load.map((one) => one.toFixed(2)).join(' ')}  (1, 5, 15 min; ${coresText(cpu)})`],
    ['CPU', cpuText(cpu), colourAt(cpu.usedPercent)],
    [
      'Memory',
      `${formatSize(memory.usedBytes)} of ${formatSize(memory.totalBytes)} used (${percentText(usedShare)}), ${formatSize(memory.availableBytes)} available`,
      colourAt(usedShare),
    ],
    ['Swap', swap],
    ['Disks', `${rateText(diskRates.readRate)} read, ${rateText(diskRates.writeRate)} written`],
  ];
  const lines = facts.map(([label, text, colour]) => {
    const fitting = columns === undefined ? text : cutTo(text, columns - LABEL_WIDTH - 1);
    const shown = sanitise(fitting);
    return `${`${label}:`.padStart(LABEL_WIDTH)} ${hasColour ? paint(shown, colour) : shown}`;
  });
  const head = sanitise(`● ${system.hostname} - ${system.kernel}`);
  return [columns === undefined ? head : cutTo(head, columns), ...lines];
}

function coresText({ count }: CpuFigures): string {
  return `${count} ${count === 1 ? 'core' : 'cores'}`;
}

function cpuText({ usedPercent, corePercent, model }: CpuFigures): string {
  const cores =
    corePercent.length > 1 && usedPercent !== null
      ? `; by core ${corePercent.map(wholePercent).join(' ')}`
      : '';
  return `${percentText(usedPercent)}${cores}${model === '' ? '' : `  (${model})`}`;
}

function diskTable(disks: readonly DiskFigures[]): Table {
  return {
    columns: columnsOf('MOUNT', '<USED', '<SIZE', '<AVAILABLE', '<USE', 'DEVICE', 'TYPE'),
    rows: disks.map(({ mount, usedBytes, totalBytes, availableBytes, device, type }) => {
      // As df(1) has it: of what those who are not root can use.
      const share = percentOf(usedBytes, usedBytes + availableBytes);
      const sizes = [usedBytes, totalBytes, availableBytes].map((bytes) => numberCell(bytes, formatSize));
      return [mount, ...sizes, { text: percentText(share), colour: colourAt(share) }, device, type];
    }),
  };
}

function networkTable(networks: readonly NetworkFigures[]): Table {
  return {
    columns: columnsOf('NETWORK', '<IN', '<OUT', '<RECEIVED', '<SENT'),
    rows: networks.map(({ name, receivedBytes, sentBytes, receivedRate, sentRate }) => [
      name,
      rateText(receivedRate),
      rateText(sentRate),
      formatSize(receivedBytes),
      formatSize(sentBytes),
    ]),
  };
}

function processTable(plugins: readonly PluginProcesses[]): Table {
  return {
    columns: columnsOf('PLUGIN', '<PID', '<CPU', '<MEM', '<THREADS', 'COMMAND'),
    rows: plugins.flatMap(({ plugin, processes }) =>
      processes.map(({ pid, cpuPercent, memoryBytes, threads, command }): (Cell | string)[] => [
        plugin,
        String(pid),
        percentText(cpuPercent),
        formatSize(memoryBytes),
        String(threads),
        command,
      ]),
    ),
  };
}

function historyTable(history: SystemHistory): Table {
  const { from, stepMs, ...series } = history;
  const spanMs = stepMs * Math.max(0, series.cpuPercent.length - 1);
  const rows: readonly (readonly [string, readonly (number | null)[], (value: number) => string])[] = [
    ['CPU', series.cpuPercent, percentText],
    ['memory', series.memoryPercent, percentText],
    ['swap', series.swapPercent, percentText],
    ['load', series.load, (value) => value.toFixed(2)],
    ['received', series.receivedRate, rateText],
    ['sent', series.sentRate, rateText],
    ['read', series.readRate, rateText],
    ['written', series.writeRate, rateText],
  ];
  return {
    columns: columnsOf(`PAST ${formatSpan(spanMs)}`, '<LEAST', '<MEAN', '<MOST', ''),
    rows: rows.map(([name, values, format]) => {
      const known = values.filter((value) => value !== null);
      if (known.length === 0) return [name, ABSENT, ABSENT, ABSENT, ''];
      const least = known.reduce((one, other) => Math.min(one, other));
      const most = known.reduce((one, other) => Math.max(one, other));
      const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
      return [name, format(least), format(mean), format(most), bars(values, most)];
    }),
  };
}

/** The greatest of each part, the newest on the right; a blank where nothing was measured. */
function bars(values: readonly (number | null)[], most: number): string {
  const share = Math.max(1, Math.ceil(values.length / BAR_COLUMNS));
  let text = '';
  for (let at = 0; at < values.length; at += share) {
    const part = values.slice(at, at + share).filter((value) => value !== null);
    const level = most === 0 ? 0 : Math.round((Math.max(0, ...part) / most) * (BARS.length - 1));
    text += part.length === 0 ? ' ' : BARS[level];
  }
  return text;
}

function columnsOf(...titles: readonly string[]): Table['columns'] {
  return titles.map((title) =>
    title.startsWith('<') ? { title: title.slice(1), align: 'right' } : { title },
  );
}

function percentOf(part: number, whole: number): number | null {
  return whole === 0 ? null : (100 * part) / whole;
}

function colourAt(percent: number | null): Colour | undefined {
  return percent !== null && percent >= FULL_PERCENT ? 'red' : undefined;
}

function percentText(percent: number | null): string {
  return percent === null ? ABSENT : `${percent.toFixed(1)}%`;
}

function wholePercent(percent: number | null): string {
  return percent === null ? ABSENT : String(Math.round(percent));
}

function rateText(rate: number | null): string {
  return rate === null ? ABSENT : `${formatSize(rate)}/s`;
}
