/** A canvas of sums: points add up in half floats, and the sums become ink in a second pass. */
import { makeTexture, Program } from "./points_program";
import { sheetFragment, sheetVertex } from "./points_shaders";

export class PointsSums {
  readonly #program: Program;
  readonly #texture: WebGLTexture;
  readonly #target: WebGLFramebuffer;
  #width = 0;
  #height = 0;

  constructor(private readonly context: WebGL2RenderingContext) {
    this.#program = new Program(context, sheetVertex, sheetFragment);
    this.#texture = makeTexture(context);
    this.#target = context.createFramebuffer();
  }

  /** Draw into the sums from now on. */
  begin(): void {
    const { context } = this;
    this.#resize(context.drawingBufferWidth, context.drawingBufferHeight);
    context.bindFramebuffer(context.FRAMEBUFFER, this.#target);
    context.clearColor(0, 0, 0, 0);
    context.clear(context.COLOR_BUFFER_BIT);
    context.blendFunc(context.ONE, context.ONE);
  }

  /** Put the sums on the canvas as ink. */
  end(crowd: number): void {
    const { context } = this;
    context.bindFramebuffer(context.FRAMEBUFFER, null);
    context.blendFunc(context.ONE, context.ONE_MINUS_SRC_ALPHA);
    context.useProgram(this.#program.handle);
    context.activeTexture(context.TEXTURE2);
    context.bindTexture(context.TEXTURE_2D, this.#texture);
    this.#program.whole("sums", 2);
    this.#program.float("crowd", Math.max(2, crowd));
    context.drawArrays(context.TRIANGLES, 0, 3);
  }

  #resize(width: number, height: number): void {
    if (width === this.#width && height === this.#height) return;
    const { context } = this;
    this.#width = width;
    this.#height = height;
    context.activeTexture(context.TEXTURE2);
    context.bindTexture(context.TEXTURE_2D, this.#texture);
    const { TEXTURE_2D, RGBA16F, RGBA, HALF_FLOAT, FRAMEBUFFER, COLOR_ATTACHMENT0 } = context;
    context.texImage2D(TEXTURE_2D, 0, RGBA16F, width, height, 0, RGBA, HALF_FLOAT, null);
    context.bindFramebuffer(FRAMEBUFFER, this.#target);
    context.framebufferTexture2D(FRAMEBUFFER, COLOR_ATTACHMENT0, TEXTURE_2D, this.#texture, 0);
  }
}

/** Null where the graphics card cannot add in half floats. */
export function openSums(context: WebGL2RenderingContext): PointsSums | null {
  const able =
    context.getExtension("EXT_color_buffer_half_float") ??
    context.getExtension("EXT_color_buffer_float");
  return able === null ? null : new PointsSums(context);
}
