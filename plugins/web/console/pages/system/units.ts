/** Figures of plots with their units. */

import { formatSize } from '../../../../../src/cli/output/sizes.ts';

export function percent(value: number): string {
  return `${Math.round(value)} %`;
}

export function load(value: number): string {
  return value.toFixed(2);
}

export function rate(bytesPerSecond: number): string {
  return `${formatSize(bytesPerSecond)}/s`;
}
