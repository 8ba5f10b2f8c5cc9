/** Which containers each line passes, and where it goes into them and out. */

/** A stretch of one line, or of several, inside one container. */
export interface Route {
  key: string;
  container: number;
  source: number;
  /** A child, or the port that it comes in by. */
  from: string;
  /** A child, or the port that it goes out by. */
  to: string;
  /** The port by which it goes out of an open child, and into one. */
  leaves: string;
  enters: string;
  /** The item that its arrow points at, or `onward`. */
  target: number;
}

/** Instead of a target: it goes on in another container. */
export const onward = -2;
const root = -1;
/** So many lines from one container to the same ends come together at its border. */
const many = 4;

type Strands = readonly (readonly [source: number, target: number])[];

interface Path {
  source: number;
  target: number;
  /** The containers that it leaves, from within, and the one that it comes to then. */
  out: number[];
  common: number;
  /** The containers that it enters, from without. */
  into: number[];
}

export class Routes {
  readonly byContainer = new Map<number, Route[]>();
  /** Of each strand the keys of its routes, from source to target. */
  readonly ways: string[][];
  private readonly known = new Map<string, Route>();
  private readonly ports = new Map<string, string>();

  constructor(
    private readonly parents: ReadonlyMap<number, number>,
    strands: Strands,
  ) {
    const paths = strands.map(([source, target]) => this.path(source, target));
    this.bundle(paths);
    this.ways = paths.map((path) => this.route(path));
  }

  private above(item: number): number[] {
    const found = [item];
    for (let at = this.parents.get(item) ?? root; at !== root; at = this.parents.get(at) ?? root) {
      found.push(at);
    }
    return [...found, root];
  }

  private path(source: number, target: number): Path {
    const up = this.above(source);
    const down = this.above(target);
    const common = up.find((place) => down.includes(place) && place !== source) ?? root;
    const out = up.slice(1, up.indexOf(common));
    return { source, target, out, common, into: down.slice(1, down.indexOf(common)).reverse() };
  }

  /** Give each line its ports; many that lead from one side to the same on the other share one. */
  private bundle(paths: Path[]): void {
    const ends = new Map<string, { border: string; source: number; targets: number[] }>();
    for (const { source, target, out, into } of paths) {
      const borders = [...out.map((each) => `out ${each}`), ...into.map((each) => `in ${each}`)];
      for (const border of borders) {
        const key = `${border} ${source}`;
        const end = ends.get(key) ?? { border, source, targets: [] };
        end.targets.push(target);
        ends.set(key, end);
      }
    }
    const alike = new Map<string, [key: string, source: number][]>();
    for (const [key, { border, source, targets }] of ends) {
      const name = `${border} ${targets.sort((a, b) => a - b)}`;
      alike.set(name, [...(alike.get(name) ?? []), [key, source]]);
    }
    for (const bundle of alike.values()) {
      for (const [key, source] of bundle) {
        const named = bundle.length < many ? source : bundle[0][1];
        this.ports.set(key, `${key.split(" ")[0]} ${named}`);
      }
    }
  }

  private port(side: "in" | "out", container: number | undefined, source: number): string {
    return this.ports.get(`${side} ${container} ${source}`) ?? "";
  }

  /** Lead a line out of the source's containers, over to the target's, and in. */
  private route({ source, target, out, common, into }: Path): string[] {
    const places = [...out, common, ...into];
    return places.map((container, at) => {
      const isOut = at < out.length;
      const isIn = at > out.length;
      const [before, after] = [places[at - 1], places[at + 1]];
      const inner = at > 0 && !isIn ? String(before) : String(source);
      return this.add({
        ...{ container, source, key: "" },
        from: isIn ? this.port("in", container, source) : inner,
        to: isOut ? this.port("out", container, source) : String(after ?? target),
        leaves: isIn ? "" : this.port("out", before, source),
        enters: isOut ? "" : this.port("in", after, source),
        target: after === undefined ? target : onward,
      });
    });
  }

  private add(route: Route): string {
    const { container, from, to, leaves, enters } = route;
    const key = [container, from, to, leaves, enters].join("|");
    if (!this.known.has(key)) {
      const made = { ...route, key };
      this.known.set(key, made);
      this.byContainer.set(container, [...(this.byContainer.get(container) ?? []), made]);
    }
    return key;
  }
}
