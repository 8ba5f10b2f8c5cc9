/** Where everything of a graph lies: each open container is laid out by itself, from within. */
import { fillRoom } from "./graph_columns";
import {
  type Flat,
  findBands,
  isPort,
  type Layering,
  measure,
  type Point,
  rowAt,
  thread,
} from "./graph_flat";
import type { Sheet } from "./graph_sheet";

/** What is to be laid out; plain data, for it goes to a worker. */
export interface Request {
  /** Of open containers, and the root: what they hold. */
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

export const onward = -2;
export const titleHeight = 28;
const padding = 14;
const rootMargin = 12;

interface Route {
  container: number;
  source: number;
  from: string;
  to: string;
  target: number;
}

interface Inner extends Sheet {
  /** Across, where lines come in and go out. */
  ports: Map<string, number>;
}

const portIn = (source: number): string => `in ${source}`;
const portOut = (source: number): string => `out ${source}`;
const segmentKey = (route: Route): string =>
  `${route.container}|${route.source}|${route.from}|${route.to}`;

class Placing {
  private readonly inside: Map<number, number[]>;
  private readonly parents: Map<number, number>;
  private readonly sizes: Map<number, readonly [number, number]>;
  private readonly titles: Map<number, number>;
  private readonly routes = new Map<string, Route>();
  private readonly byContainer = new Map<number, Route[]>();
  private readonly inner = new Map<number, Inner>();

  constructor(
    private readonly request: Request,
    private readonly layering: Layering,
  ) {
    this.inside = new Map(request.inside);
    this.parents = new Map(request.parents);
    this.sizes = new Map(request.sizes.map(([item, width, height]) => [item, [width, height]]));
    this.titles = new Map(request.titles);
  }

  place(): Placement {
    const ways = this.request.strands.map(([source, target]) => this.route(source, target));
    const root = this.layOut(-1);
    const boxes: [number, Box][] = [];
    const segments: Segment[] = [];
    const places = new Map<string, number>();
    this.collect(-1, 0, 0, boxes, segments, places);
    const found = ways.map((keys) => keys.map((key) => places.get(key) ?? 0));
    return { boxes, segments, ways: found, width: root.width, height: root.height };
  }

  private above(item: number): number[] {
    const found = [item];
    for (let at = this.parents.get(item) ?? -1; at !== -1; at = this.parents.get(at) ?? -1) {
      found.push(at);
    }
    return [...found, -1];
  }

  /** Lead a strand out of the source's containers, over to the target's, and in. */
  private route(source: number, target: number): string[] {
    const out = this.above(source);
    const down = this.above(target);
    const common = out.find((place) => down.includes(place) && place !== source) ?? -1;
    const outer = out.slice(0, out.indexOf(common));
    const inner = down.slice(0, down.indexOf(common)).reverse();
    const keys: string[] = [];
    outer.slice(1).forEach((container, index) => {
      const from = String(outer[index]);
      keys.push(this.add({ container, source, from, to: portOut(source), target: onward }));
    });
    const [from, to] = [outer[outer.length - 1], inner[0]];
    const last = inner.length === 1;
    const over = { container: common, source, from: String(from), to: String(to) };
    keys.push(this.add({ ...over, target: last ? target : onward }));
    inner.slice(1).forEach((next, index) => {
      const container = inner[index];
      const ends = index === inner.length - 2 ? target : onward;
      const rest = { container, source, from: portIn(source), to: String(next) };
      keys.push(this.add({ ...rest, target: ends }));
    });
    return keys;
  }

  private add(route: Route): string {
    const key = segmentKey(route);
    if (!this.routes.has(key)) {
      this.routes.set(key, route);
      const held = this.byContainer.get(route.container) ?? [];
      this.byContainer.set(route.container, [...held, route]);
    }
    return key;
  }

  private sizeOf(item: number): readonly [number, number] {
    if (!this.inside.has(item)) return this.sizes.get(item) ?? [0, 0];
    const { width, height } = this.inner.get(item) ?? this.layOut(item);
    return [width, height];
  }

  /** Lay out a container's inside; those within it first, for their sizes. */
  private layOut(container: number): Inner {
    const routes = this.byContainer.get(container) ?? [];
    const flat = this.flatten(container, routes);
    const heights = new Map(flat.nodes.map((node) => [node.key, node.height]));
    const places = this.layering(flat);
    const bands = findBands(places, heights);
    const children = this.inside.get(container) ?? [];
    const edge = container === -1 ? rootMargin : padding;
    const enters = routes.some(({ from }) => from.startsWith("in "));
    const head = container === -1 ? rootMargin : titleHeight + (enters ? 16 : 4);
    const extent = measure(flat, places);
    const title = this.titles.get(container) ?? 0;
    const width = Math.max(extent.right - extent.left + 2 * edge, title);
    const shift = (width - (extent.right - extent.left)) / 2 - extent.left;
    const move = ([x, y]: Point): Point => [x + shift, y + head - extent.top];
    const made: Inner = {
      width,
      height: extent.bottom - extent.top + head + edge,
      children: new Map(children.map((item) => [item, move(places.nodes[String(item)])])),
      edges: new Map(),
      ports: new Map(),
    };
    for (const { key } of flat.nodes) {
      if (isPort(key)) made.ports.set(key, move(places.nodes[key])[0]);
    }
    const rows = bands.map(([top, bottom]): [number, number] => [
      move([0, top])[1],
      move([0, bottom])[1],
    ]);
    for (const route of routes) {
      const key = segmentKey(route);
      const points = (places.edges[key] ?? []).map(move);
      made.edges.set(key, this.end(route, made, points, rows));
    }
    if (container === -1) this.fill(made, routes);
    this.inner.set(container, made);
    return made;
  }

  private fill(made: Inner, routes: Route[]): void {
    const things = [...made.children.keys()].map((item) => {
      const [width, height] = this.sizeOf(item);
      return { item, width, height, isOpen: this.inside.has(item) };
    });
    const lines = routes.map((route) => ({
      ...{ key: segmentKey(route), source: route.source },
      ...{ from: Number(route.from), to: Number(route.to) },
    }));
    fillRoom(made, things, lines, this.request);
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
    const edges = routes.map((route) => ({
      ...{ from: route.from, to: route.to, key: segmentKey(route), weight: 1 },
    }));
    return { nodes, edges };
  }

  private collect(
    container: number,
    left: number,
    top: number,
    boxes: [number, Box][],
    segments: Segment[],
    places: Map<string, number>,
  ): void {
    const inner = this.inner.get(container);
    if (inner === undefined) return;
    for (const route of this.byContainer.get(container) ?? []) {
      const key = segmentKey(route);
      const points = inner.edges.get(key) ?? [];
      places.set(key, segments.length);
      segments.push({
        ...{ source: route.source, target: route.target },
        points: points.map(([x, y]) => [x + left, y + top]),
      });
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
   * comes to that of its target, upright: others there may be larger.
   */
  private end(route: Route, inner: Inner, points: Point[], rows: [number, number][]): Point[] {
    if (points.length < 2) return points;
    const [start, finish] = [points[0], points[points.length - 1]];
    const title = this.titles.get(route.container) ?? 0;
    const leaves = [route.from, portOut(route.source)] as const;
    const comes = [route.to, portIn(route.source)] as const;
    const first = this.mouth(leaves, inner, start, 1, title);
    const last = this.mouth(comes, inner, finish, -1, title);
    const middle = (key: string, otherwise: Point): number =>
      inner.children.get(Number(key))?.[1] ?? otherwise[1];
    const [from, to] = [
      rowAt(rows, middle(route.from, start)),
      rowAt(rows, middle(route.to, finish)),
    ];
    const out: Point[] = from && from[1] > first[1] + 1 ? [[first[0], from[1]]] : [];
    const into: Point[] = to && to[0] < last[1] - 1 ? [[last[0], to[0]]] : [];
    return [first, ...out, ...thread(points.slice(1, -1), rows), ...into, last];
  }

  private mouth(
    [key, port]: readonly [key: string, port: string],
    inner: Inner,
    point: Point,
    side: 1 | -1,
    title: number,
  ): Point {
    if (key.startsWith("in ")) return [point[0], point[0] > title ? 0 : titleHeight];
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
export function place(request: Request, layering: Layering): Placement {
  return new Placing(request, layering).place();
}
