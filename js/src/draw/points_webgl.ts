/** Points on WebGL2: what came over the wire goes to the card as it is; one or two draw calls. */
import {
  type Cloud,
  fadedShare,
  type PointsLayer,
  type PointsPicture,
  type Projection,
  type Row,
  type Slot,
} from "./points";
import { mostThinning, PointsBuffers } from "./points_buffers";
import { paletteWidth } from "./points_colours";
import { makeTexture, Program } from "./points_program";
import { pointFragment, pointVertex } from "./points_shaders";
import { openSums, type PointsSums } from "./points_sums";

class WebglPoints implements PointsLayer {
  readonly #program: Program;
  readonly #palette: WebGLTexture;
  readonly #map: WebGLTexture;
  readonly #sums: PointsSums | null;
  readonly #clouds: Record<Slot, PointsBuffers>;

  constructor(private readonly context: WebGL2RenderingContext) {
    this.#program = new Program(context, pointVertex, pointFragment);
    this.#palette = makeTexture(context);
    this.#map = makeTexture(context);
    this.#sums = openSums(context);
    const { handle } = this.#program;
    this.#clouds = {
      whole: new PointsBuffers(context, handle),
      near: new PointsBuffers(context, handle),
    };
    context.enable(context.BLEND);
  }

  get canMorph(): boolean {
    return this.#clouds.whole.canMorph;
  }

  get canAdd(): boolean {
    return this.#sums !== null;
  }

  load(slot: Slot, cloud: Cloud): void {
    this.#clouds[slot].load(cloud);
  }

  colour(palette: Uint8Array, map: Uint8Array): void {
    this.#fill(this.#palette, palette, paletteWidth);
    this.#fill(this.#map, map, 256);
  }

  paint(slot: Slot, picture: PointsPicture): void {
    const { context } = this;
    context.bindFramebuffer(context.FRAMEBUFFER, null);
    context.viewport(0, 0, context.drawingBufferWidth, context.drawingBufferHeight);
    context.clearColor(0, 0, 0, 0);
    context.clear(context.COLOR_BUFFER_BIT | context.DEPTH_BUFFER_BIT);
    const cloud = this.#clouds[slot];
    if (cloud.count === 0) return;
    const sums = picture.isDense ? this.#sums : null;
    sums?.begin();
    if (sums === null) context.blendFunc(context.ONE, context.ONE_MINUS_SRC_ALPHA);
    this.#aim(cloud, picture);
    this.#draw(cloud, picture, sums !== null);
    sums?.end(picture.crowd);
  }

  release(): void {
    // A page has about sixteen contexts; waiting for the collector would starve the next view.
    this.context.getExtension("WEBGL_lose_context")?.loseContext();
  }

  #aim(cloud: PointsBuffers, picture: PointsPicture): void {
    const program = this.#program;
    const { context } = this;
    context.useProgram(program.handle);
    for (const [unit, texture] of [this.#palette, this.#map].entries()) {
      context.activeTexture(context.TEXTURE0 + unit);
      context.bindTexture(context.TEXTURE_2D, texture);
    }
    program.whole("palette", 0);
    program.whole("map", 1);
    this.#place(picture, picture.projection, "");
    this.#place(picture, picture.before ?? picture.projection, "Before");
    program.four("away", picture.projection.away);
    program.float("left", picture.before === null || !cloud.canMorph ? 0 : picture.left);
    program.float("diameter", picture.diameter * picture.ratio);
    program.whole("byValue", picture.byValue ? 1 : 0);
    program.whole("solid", picture.isSolid ? 1 : 0);
    cloud.bind(Math.min(mostThinning, picture.thin));
  }

  #draw(cloud: PointsBuffers, picture: PointsPicture, adds: boolean): void {
    const program = this.#program;
    const { context } = this;
    const count = Math.ceil(cloud.count / Math.min(mostThinning, picture.thin));
    program.float("opacity", adds ? 1 : picture.opacity);
    // The logarithm of a sum forgives much.
    program.float("faded", adds ? fadedShare ** 2 : fadedShare);
    if (picture.isSolid) context.enable(context.DEPTH_TEST);
    // Sums do not care who is above: one turn draws both.
    const turns = cloud.hasSelection ? (adds ? [3] : [1, 2]) : [0];
    for (const turn of turns) {
      program.whole("turn", turn);
      context.drawArrays(context.POINTS, 0, count);
    }
    context.disable(context.DEPTH_TEST);
  }

  /** Rows in CSS pixels become rows in clip space, which goes from -1 to 1 and upwards. */
  #place({ width, height }: PointsPicture, projection: Projection, which: string): void {
    const clip = (row: Row, size: number, sign: number): number[] =>
      row.map((each, index) => sign * ((each / size) * 2 - (index === 3 ? 1 : 0)));
    this.#program.four(`across${which}`, clip(projection.across, width, 1));
    this.#program.four(`down${which}`, clip(projection.down, height, -1));
  }

  #fill(texture: WebGLTexture, table: Uint8Array, width: number): void {
    const { context } = this;
    context.activeTexture(context.TEXTURE0);
    context.bindTexture(context.TEXTURE_2D, texture);
    const height = table.length / 4 / width;
    const { TEXTURE_2D, RGBA, UNSIGNED_BYTE } = context;
    context.texImage2D(TEXTURE_2D, 0, RGBA, width, height, 0, RGBA, UNSIGNED_BYTE, table);
  }
}

/** A WebGL2 layer on the canvas, or null where there is none to be had. */
export function webglPoints(canvas: HTMLCanvasElement): PointsLayer | null {
  const context = canvas.getContext("webgl2", {
    antialias: false,
    premultipliedAlpha: true,
    preserveDrawingBuffer: true,
  });
  if (context === null || context.isContextLost()) return null;
  return new WebglPoints(context);
}
