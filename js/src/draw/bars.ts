/** A distribution as bars without gaps. */

/** The outline of bars from the bottom of a box, the tallest as high as the box. */
export function barsOf(counts: readonly number[], width: number, height: number): string {
  const most = Math.max(...counts, 0);
  if (most === 0) return "";
  const step = width / counts.length;
  const tops = counts.map((count, at) => {
    // A bin that holds anything can be seen.
    const high = count === 0 ? 0 : Math.max(1, (count / most) * height);
    return `V${(height - high).toFixed(1)}H${((at + 1) * step).toFixed(1)}`;
  });
  return `M0 ${height}${tops.join("")}V${height}Z`;
}
