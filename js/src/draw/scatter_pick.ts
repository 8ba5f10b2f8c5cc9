/** Which point lies under the pointer: an index built in idle time, or one look at every point. */
import { type Camera, type Size, toData } from "./camera";
import { PointIndex } from "./point_index";
import { type Cloud, largestCode, type Projection, project } from "./points";

export const pickRadius = 12;
/** So few are indexed at once when they are first asked for. */
const fewPoints = 20_000;
/** Milliseconds of building between two chances for the page to answer. */
const slice = 8;

type Hidden = (point: number) => boolean;

export class Picker {
  #index: PointIndex | null = null;
  #places: Uint16Array | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `ready` is called when an index that was not there for a pointer is there. */
  constructor(private readonly ready: () => void) {}

  get isReady(): boolean {
    return this.#index?.ready ?? false;
  }

  /** Begin to index these points when the page has time. */
  prepare(places: Uint16Array): void {
    if (places === this.#places) return;
    this.release();
    this.#places = places;
    this.#index = new PointIndex(places);
    if (places.length / 2 > fewPoints) this.#goOn();
  }

  nearest(cloud: Cloud, view: Camera, size: Size, spot: [number, number], hidden: Hidden): number {
    this.prepare(cloud.places);
    const index = this.#index;
    if (index === null || cloud.places.length === 0) return -1;
    if (!index.ready && cloud.places.length / 2 > fewPoints) return -1;
    index.build();
    const { bounds } = cloud;
    const [x, y] = toData(view, size, ...spot);
    const wide = (bounds[1] - bounds[0]) / largestCode;
    const high = (bounds[3] - bounds[2]) / largestCode;
    const reach = { scaleX: wide / view.unit, scaleY: high / view.unit, radius: pickRadius };
    return index.nearest((x - bounds[0]) / wide, (y - bounds[2]) / high, reach, hidden);
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#index = null;
    this.#places = null;
  }

  #goOn(): void {
    this.#timer = setTimeout(() => {
      const until = performance.now() + slice;
      if (this.#index?.build(() => performance.now() < until) === false) this.#goOn();
      else this.ready();
    }, 4);
  }
}

/** Of a turned cloud, the one nearest on the screen, and of those at one place the one in front. */
export function pickSolid(
  cloud: Cloud,
  { across, down, away }: Projection,
  [left, top]: readonly [number, number],
  hidden: Hidden,
): number {
  const { places, depths } = cloud;
  let [best, least] = [-1, pickRadius * pickRadius];
  for (let point = 0; point < places.length / 2; point++) {
    const x = places[point * 2] / largestCode;
    const y = places[point * 2 + 1] / largestCode;
    const z = (depths?.[point] ?? 0) / largestCode;
    const right = project(across, x, y, z) - left;
    const below = project(down, x, y, z) - top;
    const near = right * right + below * below;
    if (near > pickRadius * pickRadius || hidden(point)) continue;
    // One pixel of distance on the screen weighs as much as a hundredth of the depth.
    const cost = near + project(away, x, y, z) * 100;
    if (best >= 0 && cost >= least) continue;
    [best, least] = [point, cost];
  }
  return best;
}
