/** A graph that pairs its halves, as a U-Net does: down on the left, up on the right. */

import type { Point } from "./graph_flat";
import {
  type Cut,
  gutter,
  type Line,
  margin,
  type Sheet,
  sourcesOf,
  type Thing,
} from "./graph_sheet";

const rowGap = 18;
const root = -1;

/** Whether what leaves first arrives last. */
export function isNested(sheet: Sheet, { crossing }: Cut): boolean {
  const y = (item: number): number => sheet.children.get(item)?.[1] ?? 0;
  const sorted = [...crossing].sort((a, b) => y(a.from) - y(b.from));
  const once = sourcesOf(crossing) === crossing.length && crossing.length > 2;
  return once && sorted.every((line, at) => at === 0 || y(line.to) < y(sorted[at - 1].to));
}

/** Whether a column is one thing under another, each line leading to the next. */
function isChain(items: number[], lines: Line[]): boolean {
  const place = new Map(items.map((item, at) => [item, at]));
  return lines.every(({ from, to }) => {
    const [start, end] = [place.get(from), place.get(to)];
    return start === undefined || end === undefined || end === start + 1;
  });
}

/** Down on the left, up on the right, and straight across what joins the two. */
export class Bend {
  private readonly down: Thing[];
  private readonly up: Thing[];
  private readonly things: Map<number, Thing>;
  private readonly spots = new Map<number, Point>();
  /** Where everything was before. */
  private readonly before: Map<number, Point>;

  constructor(
    private readonly sheet: Sheet,
    private readonly cut: Cut,
    things: Thing[],
    private readonly lines: Line[],
  ) {
    this.before = new Map(sheet.children);
    this.things = new Map(things.map((each) => [each.item, each]));
    const sorted = [...things].sort((a, b) => this.old(a.item) - this.old(b.item));
    this.down = sorted.filter(({ item }) => this.old(item) < cut.y);
    this.up = sorted.filter(({ item }) => this.old(item) > cut.y).reverse();
  }

  /** Whether both halves are chains, and no thing holds others, which flow downwards. */
  get isPossible(): boolean {
    const [down, up] = [this.down, [...this.up].reverse()].map((half) =>
      half.map(({ item }) => item),
    );
    const isFlat = [...this.things.values()].every(({ isOpen }) => !isOpen);
    return isFlat && isChain(down, this.lines) && isChain(up, this.lines);
  }

  apply(): void {
    const widest = (half: Thing[]): number => Math.max(...half.map(({ width }) => width));
    const [left, right] = [widest(this.down), widest(this.up)];
    const apart = gutter * 2.6;
    const rising = this.stack(this.up, margin + left + apart + right / 2, margin);
    const falling = this.lower(margin + left / 2);
    this.sheet.width = left + right + apart + 2 * margin;
    this.sheet.height = Math.max(rising, falling) + 30 + margin;
    for (const [item, spot] of this.spots) this.sheet.children.set(item, spot);
    const floor = Math.max(rising, falling) + 20;
    const last = this.down[this.down.length - 1].item;
    for (const line of this.lines) {
      this.sheet.edges.set(line.key, this.way(line, line.from === last, floor));
    }
  }

  private old(item: number): number {
    return this.before.get(item)?.[1] ?? 0;
  }

  private at(item: number): [spot: Point, half: Point] {
    const { width, height } = this.things.get(item) ?? { width: 0, height: 0 };
    return [this.spots.get(item) ?? [0, 0], [width / 2, height / 2]];
  }

  private stack(half: Thing[], x: number, top: number): number {
    let bottom = top - rowGap;
    for (const { item, height } of half) {
      this.spots.set(item, [x, bottom + rowGap + height / 2]);
      bottom += rowGap + height;
    }
    return bottom;
  }

  /** What leads across stands at the height of where it leads. */
  private lower(x: number): number {
    const partner = new Map(this.cut.crossing.map(({ from, to }) => [from, to]));
    let bottom = margin - rowGap;
    this.down.forEach(({ item, height }, at) => {
      const to = at === this.down.length - 1 ? undefined : partner.get(item);
      const wish = to === undefined ? 0 : this.at(to)[0][1];
      // The very first hangs over what it leads to.
      const next = partner.get(this.down[at + 1]?.item ?? root);
      const above = next === undefined || at > 0 ? 0 : this.at(next)[0][1] - rowGap - 40;
      const y = Math.max(bottom + rowGap + height / 2, wish, above);
      this.spots.set(item, [x, y]);
      bottom = y + height / 2;
    });
    return bottom;
  }

  private way({ from, to }: Line, isLast: boolean, floor: number): Point[] {
    const [[x, y], [halfWidth, halfHeight]] = this.at(from);
    const [[targetX, targetY], [targetWidth, targetHeight]] = this.at(to);
    const isUp = this.old(from) > this.cut.y;
    if (isUp)
      return [
        [x, y - halfHeight],
        [targetX, targetY + targetHeight],
      ];
    if (this.old(to) < this.cut.y)
      return [
        [x, y + halfHeight],
        [targetX, targetY - targetHeight],
      ];
    const into = targetY + targetHeight;
    if (isLast)
      return [
        [x, y + halfHeight],
        [x, floor],
        [targetX, floor],
        [targetX, into],
      ];
    const middle = (x + targetX) / 2;
    const [out, end] = [x + halfWidth, targetX - targetWidth];
    return [
      [out, y],
      [middle, y],
      [middle, targetY],
      [end, targetY],
    ];
  }
}
