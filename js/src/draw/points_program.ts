/** Shaders compiled and their uniforms set by name. */

function compile(context: WebGL2RenderingContext, kind: number, source: string): WebGLShader {
  const shader = context.createShader(kind);
  if (shader === null) throw new Error("the graphics context is lost");
  context.shaderSource(shader, source);
  context.compileShader(shader);
  return shader;
}

export class Program {
  readonly handle: WebGLProgram;
  readonly #places = new Map<string, WebGLUniformLocation | null>();

  constructor(
    private readonly context: WebGL2RenderingContext,
    vertex: string,
    fragment: string,
  ) {
    this.handle = context.createProgram();
    context.attachShader(this.handle, compile(context, context.VERTEX_SHADER, vertex));
    context.attachShader(this.handle, compile(context, context.FRAGMENT_SHADER, fragment));
    context.linkProgram(this.handle);
    if (context.getProgramParameter(this.handle, context.LINK_STATUS) === true) return;
    throw new Error(context.getProgramInfoLog(this.handle) ?? "the shaders do not link");
  }

  float(name: string, value: number): void {
    this.context.uniform1f(this.#at(name), value);
  }

  whole(name: string, value: number): void {
    this.context.uniform1i(this.#at(name), value);
  }

  four(name: string, values: readonly number[]): void {
    this.context.uniform4f(this.#at(name), values[0], values[1], values[2], values[3]);
  }

  #at(name: string): WebGLUniformLocation | null {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = this.context.getUniformLocation(this.handle, name);
      this.#places.set(name, place);
    }
    return place;
  }
}

export function makeTexture(context: WebGL2RenderingContext): WebGLTexture {
  const texture = context.createTexture();
  context.bindTexture(context.TEXTURE_2D, texture);
  for (const filter of [context.TEXTURE_MIN_FILTER, context.TEXTURE_MAG_FILTER]) {
    context.texParameteri(context.TEXTURE_2D, filter, context.NEAREST);
  }
  return texture;
}
