/** Round numbers along an axis. */
import { decimals, significant } from "./numbers";

export interface Tick {
  value: number;
  label: string;
}

/** The smallest 1, 2 or 5 times a power of ten that divides the span into at most `count` steps. */
export function tickStep(span: number, count: number): number {
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

export function ticks(low: number, high: number, count: number): Tick[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [];
  const step = tickStep(span, count);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const write = (value: number): string =>
    digits > 4 || Math.abs(value) >= 1e6 ? significant(value, 5) : decimals(value, digits);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const value = (first + index) * step;
    return { value, label: write(value) };
  });
}
