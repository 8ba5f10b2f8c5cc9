/** A scatter's traits as what the plot takes; arrays that did not change stay the same objects. */
import type { Bounds } from "../draw/camera";
import type { Cloud } from "../draw/points";
import type { ColourMap } from "../draw/points_colours";
import type { PlotData } from "../draw/scatter_scene";
import type { Model, ViewTraits } from "../model";
import { type Packed, unpack } from "../wire";

export interface ReadingTraits extends ViewTraits {
  points: Packed | null;
  bounds: [number, number, number, number];
  codes: Packed | null;
  indices: Packed | null;
  classes: string[];
  unlabelled: number;
  axes: string[];
  depths: Packed | null;
  depth_bounds: [number, number];
  values: Packed | null;
  value_map: string;
  near_points: Packed | null;
  near_rows: Packed | null;
  near_bounds: [number, number, number, number];
  selected: Packed | null;
}

type Arrays = Uint8Array | Uint16Array | Uint32Array;

function read<Values extends Arrays>(
  packed: Packed,
  name: string,
  wanted: string,
  Kinds: readonly (new () => Values)[],
): Values {
  const { data, shape } = unpack(packed);
  const columns = wanted.endsWith(", 2]") ? 2 : 1;
  const fits = columns === 1 ? shape.length === 1 : shape.length === 2 && shape[1] === columns;
  const found = Kinds.find((Kind) => data instanceof Kind);
  if (!fits || found === undefined) throw new TypeError(`${name} need to be ${wanted}`);
  return data as unknown as Values;
}

/** Remembers what it made of the last object it was given. */
function remember<From extends object, To>(
  make: (from: From) => To,
): (from: From | null) => To | null {
  let [last, made]: [From | null, To | null] = [null, null];
  return (from) => {
    if (from !== last) made = from === null ? null : make(from);
    last = from;
    return made;
  };
}

/** A bit a point, lowest first, as a byte a point: 0 or 255. */
export function unpackMask(bits: Uint8Array, count: number): Uint8Array {
  const mask = new Uint8Array(count);
  for (let point = 0; point < count; point++) {
    mask[point] = (bits[point >> 3] >> (point & 7)) & 1 ? 255 : 0;
  }
  return mask;
}

type Codes = Uint8Array | Uint16Array;

export class CloudReading {
  indices: Uint32Array | null = null;
  cloud: Cloud | null = null;
  readonly #places = remember((from: Packed) =>
    read(from, "points", "uint16 [N, 2]", [Uint16Array]),
  );
  readonly #nearPlaces = remember((from: Packed) =>
    read(from, "near_points", "uint16 [M, 2]", [Uint16Array]),
  );
  readonly #nearRows = remember((from: Packed) =>
    read(from, "near_rows", "uint32 [M]", [Uint32Array]),
  );
  readonly #codes = remember((from: Packed) =>
    read<Codes>(from, "codes", "uint8 or uint16 [N]", [Uint8Array, Uint16Array]),
  );
  readonly #values = remember((from: Packed) => read(from, "values", "uint8 [N]", [Uint8Array]));
  readonly #depths = remember((from: Packed) => read(from, "depths", "uint16 [N]", [Uint16Array]));
  readonly #rows = remember((from: Packed) => read(from, "indices", "uint32 [N]", [Uint32Array]));
  readonly #bits = remember((from: Packed) =>
    read(from, "selected", "uint8 [⌈N/8⌉]", [Uint8Array]),
  );
  #chosen: Uint8Array | null = null;
  #chosenFrom: readonly [Uint8Array | null, number] = [null, 0];
  #near: PlotData["near"] = null;
  #nearFrom: readonly unknown[] = [];

  /** What there is to draw; null without points. */
  read<Traits extends ReadingTraits>(model: Model<Traits>): PlotData | null {
    const places = this.#places(model.get("points"));
    this.indices = this.#rows(model.get("indices"));
    this.cloud = null;
    if (places === null) return null;
    const whole: Cloud = {
      places,
      bounds: model.get("bounds"),
      depths: this.#depths(model.get("depths")),
      deep: model.get("depth_bounds"),
      codes: this.#codes(model.get("codes")),
      values: this.#values(model.get("values")),
      chosen: this.#choose(this.#bits(model.get("selected")), places.length / 2),
    };
    this.cloud = whole;
    const rows = this.#nearRows(model.get("near_rows"));
    const near = this.#nearPlaces(model.get("near_points"));
    return {
      whole,
      near: near && rows && this.#gather(whole, near, rows, model.get("near_bounds")),
      classes: model.get("classes").length,
      unlabelled: model.get("unlabelled"),
      map: model.get("value_map") as ColourMap,
      names: [...model.get("axes"), "z₂"],
    };
  }

  #choose(bits: Uint8Array | null, count: number): Uint8Array | null {
    const [before, size] = this.#chosenFrom;
    if (bits !== before || count !== size) this.#chosen = bits && unpackMask(bits, count);
    this.#chosenFrom = [bits, count];
    return this.#chosen;
  }

  /** The finer points wear what their rows wear. */
  #gather(whole: Cloud, places: Uint16Array, rows: Uint32Array, bounds: Bounds): PlotData["near"] {
    const from = [places, rows, whole.codes, whole.values, whole.chosen];
    const isSame = from.every((each, index) => each === this.#nearFrom[index]);
    this.#nearFrom = from;
    if (isSame && this.#near !== null) return this.#near;
    const pick = <Values extends Codes>(values: Values | null): Values | null => {
      if (values === null) return null;
      const Kind = values.constructor as new (length: number) => Values;
      const picked = new Kind(rows.length);
      for (let point = 0; point < rows.length; point++) picked[point] = values[rows[point]];
      return picked;
    };
    const [codes, values, chosen] = [pick(whole.codes), pick(whole.values), pick(whole.chosen)];
    const cloud: Cloud = { ...whole, places, bounds, depths: null, codes, values, chosen };
    this.#near = { cloud, rows };
    return this.#near;
  }
}
