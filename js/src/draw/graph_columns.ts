/** A tall graph in columns, as a newspaper is; one that pairs its halves, as a U-Net does, in a U. */
import { Bend, isNested } from "./graph_bend";
import type { Point } from "./graph_flat";
import {
  type Cut,
  type Filled,
  type Filling,
  gutter,
  type Line,
  margin,
  type Sheet,
  sourcesOf,
  type Thing,
  titleHeight,
} from "./graph_sheet";

interface Column {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const mostColumns = 5;
/** How much larger all must become for one more column. */
const worth = 1.07;

/** Where a graph may be cut: between two rows. */
function cutsOf(sheet: Sheet, things: Thing[], lines: Line[]): Cut[] {
  const spans = things
    .map(({ item, height }) => {
      const y = sheet.children.get(item)?.[1] ?? 0;
      return [y - height / 2, y + height / 2];
    })
    .sort((a, b) => a[0] - b[0]);
  const cuts: Cut[] = [];
  let bottom = spans[0]?.[1] ?? 0;
  for (const [top, end] of spans.slice(1)) {
    if (top > bottom + 2) {
      const y = (top + bottom) / 2;
      const crossing = lines.filter(({ key }) => {
        const points = sheet.edges.get(key) ?? [];
        return points.length > 1 && points[0][1] < y && points[points.length - 1][1] > y;
      });
      cuts.push({ y, crossing });
    }
    bottom = Math.max(bottom, end);
  }
  return cuts;
}

function columnsOf(sheet: Sheet, things: Thing[], ys: number[]): Column[] {
  const edges = [-Infinity, ...ys, Infinity];
  const points = [...sheet.edges.values()].flat();
  return edges.slice(1).map((end, at) => {
    const start = edges[at];
    const within = (y: number): boolean => y >= start && y < end;
    const column = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
    for (const { item, width, height } of things) {
      const [x, y] = sheet.children.get(item) ?? [0, 0];
      if (!within(y)) continue;
      column.left = Math.min(column.left, x - width / 2);
      column.right = Math.max(column.right, x + width / 2);
      column.top = Math.min(column.top, y - height / 2);
      column.bottom = Math.max(column.bottom, y + height / 2);
    }
    for (const [x, y] of points) {
      if (!within(y)) continue;
      column.left = Math.min(column.left, x - 4);
      column.right = Math.max(column.right, x + 4);
    }
    return column;
  });
}

/** The way over to the next column runs above the rows by so much, and beneath them. */
const [above, beneath] = [18, 22];

function sizeOf(columns: Column[], head: number, title: number): [width: number, height: number] {
  const width = columns.reduce((sum, { left, right }) => sum + right - left, 0);
  const height = Math.max(...columns.map(({ top, bottom }) => bottom - top));
  const across = width + gutter * (columns.length - 1) + 2 * margin;
  return [Math.max(across, title), head + height + beneath + margin];
}

function scaleOf([width, height]: [number, number], room: readonly [number, number]): number {
  return Math.min(1, room[0] / width, room[1] / height);
}

/** The cuts nearest to equal columns, of those that one tensor crosses. */
function evenCuts(cuts: Cut[], height: number, count: number): Cut[] {
  const easy = cuts.filter(({ crossing }) => sourcesOf(crossing) <= 1);
  const chosen: Cut[] = [];
  for (let at = 1; at < count; at++) {
    const wish = (height * at) / count;
    const last = chosen[chosen.length - 1];
    const rest = last === undefined ? easy : easy.filter(({ y }) => y > last.y);
    const best = [...rest].sort((a, b) => Math.abs(a.y - wish) - Math.abs(b.y - wish))[0];
    if (best !== undefined) chosen.push(best);
  }
  return chosen;
}

/** Room above the rows, for the title and for the ways over. */
const headOf = ({ head }: Sheet, isRoot: boolean): number => head + (isRoot ? 10 : 6);

/** Move everything into its column and lead the lines over. */
function arrange(sheet: Sheet, cuts: Cut[], columns: Column[], head: number): void {
  const lefts: number[] = [];
  let left = margin;
  for (const column of columns) {
    lefts.push(left - column.left);
    left += column.right - column.left + gutter;
  }
  const columnAt = (y: number): number => cuts.filter((cut) => y > cut.y).length;
  const moved = ([x, y]: Point, column: number): Point => [
    x + lefts[column],
    y - columns[column].top + head,
  ];
  const bottoms = columns.map(({ top, bottom }) => bottom - top + head + beneath);
  const size = sizeOf(columns, head, sheet.title);
  const border = { top: sheet.head, bottom: sheet.height };
  for (const [item, point] of sheet.children) {
    sheet.children.set(item, moved(point, columnAt(point[1])));
  }
  for (const [key, points] of sheet.edges) {
    const [start, finish] = [points[0][1], points[points.length - 1][1]];
    const [first, last] = [columnAt(start), columnAt(finish)];
    const way = points.filter(([, y]) => columnAt(y) <= first).map((each) => moved(each, first));
    if (first !== last) {
      const after = points.filter(([, y]) => columnAt(y) >= last).map((each) => moved(each, last));
      const across = lefts[last] + columns[last].left - gutter / 2;
      // Beneath all that it passes.
      const bottom = Math.max(...bottoms.slice(first, last));
      const lane = head - above;
      way.push([way[way.length - 1][0], bottom], [across, bottom], [across, lane]);
      way.push([after[0][0], lane], ...after);
    }
    // What comes in and goes out does so at the borders.
    const [[x], [goal]] = [way[0], way[way.length - 1]];
    if (start < border.top) way[0] = [x, x > sheet.title ? 0 : titleHeight];
    if (finish >= border.bottom) way[way.length - 1] = [goal, size[1]];
    sheet.edges.set(key, way);
  }
  for (const [key, x] of sheet.ports) {
    sheet.ports.set(key, x + lefts[key.startsWith("in ") ? 0 : lefts.length - 1]);
  }
  sheet.width = size[0];
  sheet.height = size[1];
}

/** Have a sheet make better use of its room, if it can; the sheet itself is changed. */
export function fillRoom(filling: Filling): Filled {
  return { sheet: filling.sheet, risen: fillSheet(filling) };
}

/** Returns what flows upwards then. */
function fillSheet({ sheet, things, lines, room, inputs, isRoot }: Filling): number[] {
  const now = scaleOf([sheet.width, sheet.height], room);
  if (now >= 0.95 || things.length < 6) return [];
  const lowest = Math.max(...inputs.map((item) => sheet.children.get(item)?.[1] ?? -Infinity));
  const cuts = cutsOf(sheet, things, lines).filter(({ y }) => y > lowest);
  const middle = [...cuts]
    .filter((cut) => isRoot && isNested(sheet, cut))
    .sort((a, b) => b.crossing.length - a.crossing.length)[0];
  const bend = middle && new Bend(sheet, middle, things, lines);
  if (bend?.isPossible) return bend.apply();
  const head = headOf(sheet, isRoot);
  let best = { scale: now, cuts: [] as Cut[], columns: [] as Column[] };
  for (let count = 2; count <= mostColumns; count++) {
    const chosen = evenCuts(cuts, sheet.height, count);
    const columns = columnsOf(
      sheet,
      things,
      chosen.map(({ y }) => y),
    );
    const scale = scaleOf(sizeOf(columns, head, sheet.title), room);
    if (chosen.length > 0 && scale > best.scale * worth) best = { scale, cuts: chosen, columns };
  }
  if (best.cuts.length > 0) arrange(sheet, best.cuts, best.columns, head);
  return [];
}
