/** Where everything of a graph lies: each open container is laid out by itself, from within. */
import {
  type Flat,
  type FlatPlaces,
  findBands,
  isPort,
  measure,
  type Point,
  rowAt,
  thread,
} from "./graph_flat";
import { onRail, railWidth } from "./graph_rail";
import { type Route, Routes } from "./graph_routes";
import { flipped, type Layering, margin, type Sheet, titleHeight } from "./graph_sheet";

/** What is to be laid out. */
export interface Request {
  /** Of open containers, and the root: what they hold; the outer before the inner. */
  inside: [container: number, children: number[]][];
  parents: [item: number, container: number][];
  sizes: [leaf: number, width: number, height: number][];
  strands: [source: number, target: number][];
  /** Width of the title bar of each open container. */
  titles: [container: number, width: number][];
  /** Where data come in. */
  inputs: number[];
  /** How much room there is, in pixels. */
  room: [width: number, height: number];
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A stretch of line inside one container; what leaves one thing shares its way. */
export interface Segment {
  source: number;
  points: Point[];
  /** The item that its arrow points at, or -2 where it goes on in another container. */
  target: number;
}

export interface Placement {
  boxes: [item: number, box: Box][];
  segments: Segment[];
  /** For each strand the places of its segments, from source to target. */
  ways: number[][];
  width: number;
  height: number;
}

const padding = 14;
const root = -1;
const nothing: Sheet = {
  ...{ width: 0, height: 0, head: 0, title: 0 },
  ...{ children: new Map(), edges: new Map(), ports: new Map() },
};

const within = (points: Point[]): Point[] => points.slice(1, -1);

type Rows = [top: number, bottom: number][];

class Placing {
  private readonly inside: Map<number, number[]>;
  private readonly sizes: Map<number, readonly [number, number]>;
  private readonly titles: Map<number, number>;
  private readonly routes: Routes;
  private readonly inner = new Map<number, Sheet>();

  constructor(
    private readonly request: Request,
    private readonly layering: Layering,
  ) {
    this.inside = new Map(request.inside);
    this.sizes = new Map(request.sizes.map(([item, width, height]) => [item, [width, height]]));
    this.titles = new Map(request.titles);
    this.routes = new Routes(new Map(request.parents), request.strands);
  }

  async place(): Promise<Placement> {
    // Those within first, for their sizes.
    for (const [container] of [...this.request.inside].reverse()) await this.layOut(container);
    const { width, height } = this.inner.get(root) ?? nothing;
    const boxes: [number, Box][] = [];
    const segments: Segment[] = [];
    const places = new Map<string, number>();
    this.collect(root, 0, 0, boxes, segments, places);
    const ways = this.routes.ways.map((keys) => keys.map((key) => places.get(key) ?? 0));
    return { boxes, segments, ways, width, height };
  }

  private sizeOf(item: number): readonly [number, number] {
    if (!this.inside.has(item)) return this.sizes.get(item) ?? [0, 0];
    const { width, height } = this.inner.get(item) ?? nothing;
    return [width, height];
  }

  private async layOut(container: number): Promise<void> {
    const routes = this.routes.byContainer.get(container) ?? [];
    const flat = this.flatten(container, routes);
    const places = await this.layering.rank(flat);
    const enters = routes.some(({ from }) => isPort(from));
    const head = container === root ? margin : titleHeight + (enters ? 16 : 4);
    const made = this.lead(container, flat, places, head, routes);
    await this.fill(container, made, routes);
  }

  /** Put the ranked inside of a container into its borders, and lead its lines. */
  private lead(
    container: number,
    flat: Flat,
    places: FlatPlaces,
    head: number,
    routes: Route[],
  ): Sheet {
    const heights = new Map(flat.nodes.map((node) => [node.key, node.height]));
    const edge = container === root ? margin : padding;
    const extent = measure(flat, places);
    const rail = extent.left - railWidth;
    extent.left -= railWidth * new Set(Object.values(places.rails)).size;
    const title = this.titles.get(container) ?? 0;
    const width = Math.max(extent.right - extent.left + 2 * edge, title);
    const shift = (width - (extent.right - extent.left)) / 2 - extent.left;
    const move = ([x, y]: Point): Point => [x + shift, y + head - extent.top];
    const children = this.inside.get(container) ?? [];
    const made: Sheet = {
      ...{ width, head, title, height: extent.bottom - extent.top + head + edge },
      children: new Map(children.map((item) => [item, move(places.nodes[String(item)])])),
      ...{ edges: new Map(), ports: new Map() },
    };
    for (const { key } of flat.nodes) {
      if (isPort(key)) made.ports.set(key, move(places.nodes[key])[0]);
    }
    const rows = findBands(places, heights).map(([top, bottom]): [number, number] => [
      move([0, top])[1],
      move([0, bottom])[1],
    ]);
    this.straighten(made, flat, places, routes);
    for (const route of routes) {
      const lane: number | undefined = places.rails[route.key];
      const ends = [places.nodes[route.from], places.nodes[route.to]];
      const points = (lane === undefined ? places.edges[route.key] : ends).map(move);
      const x = lane === undefined ? null : move([rail - lane * railWidth, 0])[0];
      made.edges.set(route.key, this.end(route, made, points, rows, x));
    }
    return made;
  }

  /** Put what is alone in its row above, or beneath, where the line comes into what is open. */
  private straighten(made: Sheet, flat: Flat, places: FlatPlaces, routes: Route[]): void {
    const row = (y: number): number => Math.round(y);
    const points = [...Object.values(places.nodes), ...Object.values(places.edges).flatMap(within)];
    const isLone = (key: string): boolean => {
      const y = row(places.nodes[key][1]);
      return points.filter((point) => row(point[1]) === y).length === 1;
    };
    const align = (key: string, other: string, port: string, side: 1 | -1): void => {
      const at = made.children.get(Number(key));
      if (at === undefined || this.inside.has(Number(key)) || isPort(other) || !isLone(key)) return;
      const half = this.sizeOf(Number(key))[0] / 2 + margin;
      const [x] = this.mouth(other, port, made, at, side);
      made.children.set(Number(key), [Math.min(Math.max(x, half), made.width - half), at[1]]);
    };
    const once = (end: "from" | "to", key: string): boolean =>
      flat.edges.filter((edge) => edge[end] === key).length === 1;
    const down = [...routes].sort((a, b) => places.nodes[a.from][1] - places.nodes[b.from][1]);
    for (const { from, to, enters } of [...down].reverse()) {
      if (once("from", from)) align(from, to, enters, -1);
    }
    for (const { from, to, leaves } of down) {
      if (!once("from", to) && once("to", to)) align(to, from, leaves, 1);
    }
  }

  /** Have a container make better use of the room there is. */
  private async fill(container: number, made: Sheet, routes: Route[]): Promise<void> {
    const things = [...made.children.keys()].map((item) => {
      const [width, height] = this.sizeOf(item);
      return { item, width, height, isOpen: this.inside.has(item) };
    });
    const lines = routes.map(({ key, source, from, to }) => ({
      ...{ key, source, from: Number(from), to: Number(to) },
    }));
    const isRoot = container === root;
    const { room } = this.request;
    const inputs = isRoot ? this.request.inputs : [];
    const filled = await this.layering.fill({ sheet: made, things, lines, room, inputs, isRoot });
    this.inner.set(container, filled?.sheet ?? made);
    for (const item of filled?.risen ?? []) this.flip(item);
  }

  /** Have an open container flow upwards, with all that it holds. */
  private flip(item: number): void {
    const inner = this.inner.get(item);
    if (inner === undefined) return;
    this.inner.set(item, flipped(inner));
    for (const child of inner.children.keys()) this.flip(child);
  }

  private flatten(container: number, routes: Route[]): Flat {
    const nodes = (this.inside.get(container) ?? []).map((item) => {
      const [width, height] = this.sizeOf(item);
      return { key: String(item), width, height };
    });
    const ports = new Set(routes.flatMap(({ from, to }) => [from, to]));
    for (const key of ports) {
      if (isPort(key)) nodes.push({ key, width: 1, height: 1 });
    }
    return { nodes, edges: routes.map(({ from, to, key }) => ({ from, to, key, weight: 1 })) };
  }

  private collect(
    container: number,
    left: number,
    top: number,
    boxes: [number, Box][],
    segments: Segment[],
    places: Map<string, number>,
  ): void {
    const inner = this.inner.get(container) ?? nothing;
    for (const { key, source, target } of this.routes.byContainer.get(container) ?? []) {
      const points = inner.edges.get(key) ?? [];
      places.set(key, segments.length);
      const moved = points.map(([x, y]): Point => [x + left, y + top]);
      segments.push({ source, target, points: moved });
    }
    for (const [item, [x, y]] of inner.children) {
      const [width, height] = this.sizeOf(item);
      const box = { left: left + x - width / 2, top: top + y - height / 2, width, height };
      boxes.push([item, box]);
      if (this.inside.has(item)) this.collect(item, box.left, box.top, boxes, segments, places);
    }
  }

  /**
   * Have a line begin and end at borders, or where it goes on. It leaves the row of its source, and
   * comes to that of its target, upright: others there may be larger. `rail`: what it runs on.
   */
  private end(
    { from, to, leaves, enters }: Route,
    inner: Sheet,
    points: Point[],
    rows: Rows,
    rail: number | null,
  ): Point[] {
    if (points.length < 2) return points;
    const [start, finish] = [points[0], points[points.length - 1]];
    const first = this.mouth(from, leaves, inner, start, 1);
    const last = this.mouth(to, enters, inner, finish, -1);
    const [row, goal] = [rowAt(rows, start[1]), rowAt(rows, finish[1])];
    const out: Point[] = row && row[1] > first[1] + 1 ? [[first[0], row[1]]] : [];
    const into: Point[] = goal && goal[0] < last[1] - 1 ? [[last[0], goal[0]]] : [];
    const between =
      rail === null
        ? thread(points.slice(1, -1), rows)
        : onRail(rail, row?.[1] ?? first[1], goal?.[0] ?? last[1]);
    return [first, ...out, ...between, ...into, last];
  }

  private mouth(key: string, port: string, inner: Sheet, point: Point, side: 1 | -1): Point {
    if (key.startsWith("in ")) return [point[0], point[0] > inner.title ? 0 : titleHeight];
    if (key.startsWith("out ")) return [point[0], inner.height];
    const item = Number(key);
    const middle = inner.children.get(item) ?? point;
    const [width, height] = this.sizeOf(item);
    const across = this.inner.get(item)?.ports.get(port);
    const x = across === undefined ? middle[0] : middle[0] - width / 2 + across;
    return [x, middle[1] + (side * height) / 2];
  }
}

/** Lay out what is to be seen; `layering` does it for one container. */
export function place(request: Request, layering: Layering): Promise<Placement> {
  return new Placing(request, layering).place();
}
