/** How numbers are written. */

const minus = "\u2212";

function withMinus(text: string): string {
  return text.replace(/-/g, minus);
}

/** 1204 as "1,204". */
export function grouped(value: number): string {
  return withMinus(Math.round(value).toLocaleString("en-US"));
}

/** At most `digits` significant digits, no trailing zeros, exponents only where decimals mislead. */
export function significant(value: number, digits = 4): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${minus}∞`;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    return withMinus(`${Number(mantissa)}e${Number(exponent)}`);
  }
  return withMinus(String(Number(value.toPrecision(digits))));
}

/** A fixed number of decimals, for coordinates that stand beside each other. */
export function decimals(value: number, count: number): string {
  const text = value.toFixed(count);
  return withMinus(Number(text) === 0 ? (0).toFixed(count) : text);
}

/** 3.6 as "0:04", 3723 as "1:02:03", beyond a day "2 d 3 h". */
export function duration(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  if (total >= 86400)
    return `${Math.floor(total / 86400)} d ${Math.floor((total % 86400) / 3600)} h`;
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  if (hours > 0) return `${hours}:${two(minutes)}:${two(total % 60)}`;
  return `${minutes}:${two(total % 60)}`;
}

/** Steps a second as a person would say it: slow steps by their length. */
export function pace(rate: number): string {
  if (rate <= 0) return "";
  if (rate < 0.5) return `${significant(1 / rate, 2)} s a step`;
  return rate >= 100 ? `${grouped(rate)} steps/s` : `${significant(rate, 2)} steps/s`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.0995 ? 1 : 0)} %`;
}

/** A place in a plane as "(0.41, −1.20)", with decimals that suit a plane `span` wide. */
export function place([x, y]: readonly [number, number], span: number): string {
  const count = usefulDecimals(span, 400);
  return `(${decimals(x, count)}, ${decimals(y, count)})`;
}

/** How many decimals tell two neighbouring pixels apart when `span` is laid over `pixels`. */
export function usefulDecimals(span: number, pixels: number): number {
  const perPixel = span / Math.max(1, pixels);
  if (!(perPixel > 0)) return 2;
  return Math.min(6, Math.max(2, Math.ceil(-Math.log10(perPixel)) - 1));
}
