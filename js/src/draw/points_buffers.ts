/** A cloud on the graphics card: a buffer a part, each uploaded once. */
import type { Cloud } from "./points";

type Part = ArrayBufferView | null;
type Kind = "places" | "depths" | "codes" | "values" | "chosen";

const attributes: Record<Kind, string> = {
  places: "place",
  depths: "depth",
  codes: "code",
  values: "value",
  chosen: "chosen",
};

interface Held {
  part: Part;
  buffer: WebGLBuffer;
}

/** The largest step between two elements that WebGL allows, in bytes. */
const longestStep = 255;
/** Four bytes a place: so much can be skipped. */
export const mostThinning = Math.floor(longestStep / 4);

export class PointsBuffers {
  count = 0;
  hasSelection = false;
  readonly #held = new Map<Kind, Held>();
  #before: WebGLBuffer | null = null;

  constructor(
    private readonly context: WebGL2RenderingContext,
    private readonly program: WebGLProgram,
  ) {}

  load(cloud: Cloud): void {
    const count = cloud.places.length / 2;
    const places = this.#held.get("places");
    if (places !== undefined && places.part !== cloud.places) this.#keep(places, count);
    this.count = count;
    this.hasSelection = cloud.chosen !== null;
    for (const kind of Object.keys(attributes) as Kind[]) this.#put(kind, cloud[kind]);
  }

  get canMorph(): boolean {
    return this.#before !== null;
  }

  /** Point the attributes at every `thin`-th element. */
  bind(thin: number): void {
    const { context } = this;
    for (const [kind, name] of Object.entries(attributes) as [Kind, string][]) {
      this.#aim(name, kind, this.#held.get(kind)?.buffer ?? null, thin);
    }
    this.#aim("placeBefore", "places", this.#before, thin);
    context.bindBuffer(context.ARRAY_BUFFER, null);
  }

  /** What was shown until now stays as the place that points come from, if they are as many. */
  #keep(places: Held, count: number): void {
    if (this.#before !== null) this.context.deleteBuffer(this.#before);
    this.#before = null;
    if (count === this.count) this.#before = places.buffer;
    else this.context.deleteBuffer(places.buffer);
    this.#held.delete("places");
  }

  #put(kind: Kind, part: Part): void {
    const { context } = this;
    const found = this.#held.get(kind);
    if (found?.part === part || (found === undefined && part === null)) return;
    if (part === null) {
      context.deleteBuffer(found?.buffer ?? null);
      this.#held.delete(kind);
      return;
    }
    const buffer = found?.buffer ?? context.createBuffer();
    context.bindBuffer(context.ARRAY_BUFFER, buffer);
    context.bufferData(context.ARRAY_BUFFER, part, context.STATIC_DRAW);
    this.#held.set(kind, { part, buffer });
  }

  #aim(name: string, kind: Kind, buffer: WebGLBuffer | null, thin: number): void {
    const { context } = this;
    const at = context.getAttribLocation(this.program, name);
    if (at < 0) return;
    if (buffer === null) {
      context.disableVertexAttribArray(at);
      if (kind === "codes") context.vertexAttribI4ui(at, 0, 0, 0, 0);
      else context.vertexAttrib4f(at, 0.5, 0.5, 0.5, 1);
      return;
    }
    context.bindBuffer(context.ARRAY_BUFFER, buffer);
    context.enableVertexAttribArray(at);
    const part = this.#held.get(kind)?.part;
    const bytes = part instanceof Uint16Array ? 2 : 1;
    const type = bytes === 2 ? context.UNSIGNED_SHORT : context.UNSIGNED_BYTE;
    const size = kind === "places" ? 2 : 1;
    const step = thin * bytes * size;
    if (kind === "codes") context.vertexAttribIPointer(at, size, type, step, 0);
    else context.vertexAttribPointer(at, size, type, true, step, 0);
  }
}
