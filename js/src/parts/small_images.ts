/** Small images from the kernel as values: bytes along a range, the last one for what is not finite. */
import type { Images } from "../draw/pictures";
import { type Packed, unpack } from "../wire";

const notFinite = 255;
const largest = 254;

/** Remembers what it made of the last object that it was given. */
export class SmallImages {
  #from: Packed | null = null;
  #made: Images | null = null;

  read(packed: Packed | null, [low, high]: readonly number[]): Images | null {
    if (packed === this.#from) return this.#made;
    this.#from = packed;
    this.#made = packed === null ? null : decode(packed, low, high);
    return this.#made;
  }
}

function decode(packed: Packed, low: number, high: number): Images {
  const { data: codes, shape, dtype } = unpack(packed);
  if (dtype !== "uint8" || shape.length !== 4) {
    throw new TypeError("images need to be uint8 [N, H, W, C]");
  }
  const values = new Float32Array(codes.length);
  for (let at = 0; at < codes.length; at++) {
    values[at] = codes[at] === notFinite ? Number.NaN : low + (codes[at] / largest) * (high - low);
  }
  const [count, height, width, channels] = shape;
  return { data: values, rows: 1, count, height, width, channels };
}
