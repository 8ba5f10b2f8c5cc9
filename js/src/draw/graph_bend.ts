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

const rowGap = 24;
/** How far beneath what is open the line across runs. */
const drop = 17;
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

interface Spot extends Thing {
  x: number;
  y: number;
}

/** Down on the left, up on the right, and straight across what joins the two. */
export class Bend {
  private readonly down: Thing[];
  /** From the top, so the last of all comes first. */
  private readonly up: Thing[];
  private readonly spots = new Map<number, Spot>();
  /** Where everything was before. */
  private readonly before: Map<number, Point>;

  constructor(
    private readonly sheet: Sheet,
    private readonly cut: Cut,
    things: Thing[],
    private readonly lines: Line[],
  ) {
    this.before = new Map(sheet.children);
    for (const thing of things) this.spots.set(thing.item, { ...thing, x: 0, y: 0 });
    const sorted = [...things].sort((a, b) => this.old(a.item) - this.old(b.item));
    this.down = sorted.filter(({ item }) => this.old(item) < cut.y);
    this.up = sorted.filter(({ item }) => this.old(item) > cut.y).reverse();
  }

  /** Whether both halves are chains. */
  get isPossible(): boolean {
    const [down, up] = [this.down, [...this.up].reverse()].map((half) =>
      half.map(({ item }) => item),
    );
    return isChain(down, this.lines) && isChain(up, this.lines);
  }

  /** Returns what flows upwards now. */
  apply(): number[] {
    const widest = (half: Thing[]): number => Math.max(...half.map(({ width }) => width));
    const [left, right] = [widest(this.down), widest(this.up)];
    const apart = gutter * 2.6;
    const bottom = this.stack(margin + left / 2, margin + left + apart + right / 2);
    this.sheet.width = left + right + apart + 2 * margin;
    this.sheet.height = bottom + 30 + margin;
    const last = this.down[this.down.length - 1].item;
    const edges = this.lines.map((line): [string, Point[]] => [
      line.key,
      this.way(line, line.from === last, bottom + 20),
    ]);
    this.sheet.edges = new Map(edges);
    this.sheet.children = new Map([...this.spots].map(([item, { x, y }]) => [item, [x, y]]));
    return this.up.map(({ item }) => item);
  }

  private old(item: number): number {
    return this.before.get(item)?.[1] ?? 0;
  }

  /** Beneath the top of a thing, where what joins the halves leaves it or comes to it. */
  private drop({ isOpen, height }: Thing): number {
    return isOpen ? height + drop : height / 2;
  }

  /** What is joined stands side by side, the others evenly between; returns the lowest border. */
  private stack(left: number, right: number): number {
    const last = this.down[this.down.length - 1].item;
    const pairs = this.cut.crossing
      .filter(({ from }) => from !== last)
      .map(({ from, to }) => [
        this.down.findIndex(({ item }) => item === from),
        this.up.findIndex(({ item }) => item === to),
      ])
      .sort((a, b) => a[0] - b[0]);
    const halves = [
      { things: this.down, x: left, at: 0, bottom: margin - rowGap },
      { things: this.up, x: right, at: 0, bottom: margin - rowGap },
    ];
    for (const pair of pairs) {
      const wishes = halves.map(({ things, at, bottom }, side) => {
        const row = things.slice(at, pair[side]);
        const above = row.reduce((sum, { height }) => sum + height + rowGap, bottom + rowGap);
        return above + this.drop(things[pair[side]]);
      });
      const level = Math.max(...wishes);
      halves.forEach((half, side) => {
        const row = half.things.slice(half.at, pair[side] + 1);
        // The first of all come together, right above what they lead to.
        const spare = level - wishes[side];
        if (half.at === 0) half.bottom += spare;
        const gap = rowGap + (half.at === 0 ? 0 : spare / row.length);
        this.put(half, row, gap);
      });
    }
    for (const half of halves) this.put(half, half.things.slice(half.at), rowGap);
    return Math.max(...halves.map(({ bottom }) => bottom));
  }

  private put(half: { x: number; at: number; bottom: number }, row: Thing[], gap: number): void {
    for (const thing of row) {
      const y = half.bottom + gap + thing.height / 2;
      this.spots.set(thing.item, { ...thing, x: half.x, y });
      half.bottom += gap + thing.height;
    }
    half.at += row.length;
  }

  private way(line: Line, isLast: boolean, floor: number): Point[] {
    const none = { item: root, x: 0, y: 0, width: 0, height: 0, isOpen: false };
    const [from, to] = [line.from, line.to].map((item) => this.spots.get(item) ?? none);
    const old = this.sheet.edges.get(line.key) ?? [];
    // What is open has its ports where they were.
    const port = (item: number, { x }: Spot, end: Point | undefined): number =>
      x + (end === undefined ? 0 : end[0] - (this.before.get(item)?.[0] ?? end[0]));
    const x = port(line.from, from, old[0]);
    const goal = port(line.to, to, old.at(-1));
    const [bottom, into] = [from.y + from.height / 2, to.y + to.height / 2];
    if (this.old(line.from) > this.cut.y)
      return [
        [x, from.y - from.height / 2],
        [goal, into],
      ];
    if (this.old(line.to) < this.cut.y)
      return [
        [x, bottom],
        [goal, to.y - to.height / 2],
      ];
    if (isLast)
      return [
        [x, bottom],
        [x, floor],
        [goal, floor],
        [goal, into],
      ];
    const start: Point[] = from.isOpen
      ? [
          [x, bottom],
          [x, bottom + drop],
        ]
      : [[from.x + from.width / 2, from.y]];
    const end: Point[] = to.isOpen
      ? [
          [goal, into + drop],
          [goal, into],
        ]
      : [[to.x - to.width / 2, to.y]];
    return [...start, ...end];
  }
}
