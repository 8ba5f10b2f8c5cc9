/** The geometry of a pie: slices clockwise from the top, and labels beside it that do not overlap. */

export interface Slice {
  /** The outline, for a circle around 0, 0. */
  outline: string;
  /** Where the label's line begins, at the rim. */
  from: [number, number];
  /** Where the label stands. */
  to: [number, number];
  side: "left" | "right";
}

function at(turn: number, radius: number): [number, number] {
  const angle = turn * 2 * Math.PI;
  return [Math.sin(angle) * radius, -Math.cos(angle) * radius];
}

function outline(start: number, end: number, radius: number): string {
  const write = (turn: number): string =>
    at(turn, radius)
      .map((each) => each.toFixed(2))
      .join(" ");
  const arc = (from: number, to: number): string =>
    `A${radius} ${radius} 0 ${to - from > 0.5 ? 1 : 0} 1 ${write(to)}`;
  if (end - start > 0.9999) {
    const half = (start + end) / 2;
    return `M${write(start)}${arc(start, half)}${arc(half, end)}Z`;
  }
  return `M0 0L${write(start)}${arc(start, end)}Z`;
}

/** Lay slices of these values around 0, 0; labels stay within `height`, `gap` apart. */
export function layPie(
  values: readonly number[],
  radius: number,
  height: number,
  gap = 18,
): Slice[] {
  const whole = values.reduce((sum, value) => sum + value, 0);
  let start = 0;
  const slices = values.map((value): Slice => {
    const end = start + value / whole;
    const middle = (start + end) / 2;
    const [, y] = at(middle, radius + 10);
    const side = middle > 0.5 ? "left" : "right";
    const to: [number, number] = [side === "left" ? -radius - 22 : radius + 22, y];
    const made: Slice = {
      outline: outline(start, end, radius),
      from: at(middle, radius + 2),
      to,
      side,
    };
    start = end;
    return made;
  });
  for (const side of ["left", "right"] as const) {
    spread(
      slices.filter((each) => each.side === side),
      height / 2 - gap / 2,
      gap,
    );
  }
  return slices;
}

/** Move labels apart, each as little as can be: those that crowd share the way. */
function spread(slices: Slice[], reach: number, gap: number): void {
  slices.sort((one, other) => one.to[1] - other.to[1]);
  const groups: { mean: number; count: number }[] = [];
  for (const [place, { to }] of slices.entries()) {
    let group = { mean: to[1] - place * gap, count: 1 };
    for (let last = groups.at(-1); last && last.mean > group.mean; last = groups.at(-1)) {
      groups.pop();
      const count = last.count + group.count;
      group = { mean: (last.mean * last.count + group.mean * group.count) / count, count };
    }
    groups.push(group);
  }
  const means = groups.flatMap(({ mean, count }) => Array<number>(count).fill(mean));
  const lowest = reach - (slices.length - 1) * gap;
  for (const [place, { to }] of slices.entries()) {
    to[1] = Math.max(-reach, Math.min(means[place], lowest)) + place * gap;
  }
}
