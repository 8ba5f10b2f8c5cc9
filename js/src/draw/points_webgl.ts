/** Points on WebGL2: two buffers, one draw call. */
import type { PointsLayer, PointsPicture } from "./points";

const vertexSource = `#version 300 es
in vec2 place;
in vec4 style;
uniform vec2 scale;
uniform vec2 offset;
uniform float diameter;
out vec4 mark;
void main() {
  gl_Position = style.a == 0.0 ? vec4(2.0, 2.0, 2.0, 1.0) : vec4(place * scale + offset, 0.0, 1.0);
  gl_PointSize = diameter + 1.0;
  mark = style;
}`;

// One device pixel of falling coverage at the rim stands in for multisampling.
const fragmentSource = `#version 300 es
precision highp float;
in vec4 mark;
uniform float diameter;
uniform float opacity;
out vec4 colour;
void main() {
  float radius = diameter * 0.5;
  float away = length(gl_PointCoord - 0.5) * (diameter + 1.0);
  float cover = clamp(radius + 0.5 - away, 0.0, 1.0);
  float hole = radius - max(1.3, radius * 0.42);
  if (mark.a < 0.9) cover *= clamp(away - hole + 0.5, 0.0, 1.0);
  float alpha = cover * opacity;
  if (alpha <= 0.0) discard;
  colour = vec4(mark.rgb * alpha, alpha);
}`;

function compile(context: WebGL2RenderingContext, kind: number, source: string): WebGLShader {
  const shader = context.createShader(kind);
  if (shader === null) throw new Error("the graphics context is lost");
  context.shaderSource(shader, source);
  context.compileShader(shader);
  return shader;
}

function link(context: WebGL2RenderingContext): WebGLProgram {
  const program = context.createProgram();
  context.attachShader(program, compile(context, context.VERTEX_SHADER, vertexSource));
  context.attachShader(program, compile(context, context.FRAGMENT_SHADER, fragmentSource));
  context.linkProgram(program);
  const linked = context.getProgramParameter(program, context.LINK_STATUS) === true;
  if (!linked) throw new Error(context.getProgramInfoLog(program) ?? "the shaders do not link");
  return program;
}

class WebglPoints implements PointsLayer {
  private readonly program: WebGLProgram;
  private readonly places: WebGLBuffer;
  private readonly styles: WebGLBuffer;
  private count = 0;

  constructor(private readonly context: WebGL2RenderingContext) {
    this.program = link(context);
    this.places = context.createBuffer();
    this.styles = context.createBuffer();
    context.useProgram(this.program);
    context.enable(context.BLEND);
    context.blendFunc(context.ONE, context.ONE_MINUS_SRC_ALPHA);
    this.bind("place", this.places, 2, context.UNSIGNED_SHORT);
    this.bind("style", this.styles, 4, context.UNSIGNED_BYTE);
  }

  upload(places: Uint16Array, styles: Uint8Array): void {
    const { context } = this;
    context.bindBuffer(context.ARRAY_BUFFER, this.places);
    context.bufferData(context.ARRAY_BUFFER, places, context.DYNAMIC_DRAW);
    context.bindBuffer(context.ARRAY_BUFFER, this.styles);
    context.bufferData(context.ARRAY_BUFFER, styles, context.DYNAMIC_DRAW);
    this.count = places.length / 2;
  }

  paint(picture: PointsPicture): void {
    const { context } = this;
    const { width, height, ratio, projection } = picture;
    context.viewport(0, 0, context.drawingBufferWidth, context.drawingBufferHeight);
    context.clearColor(0, 0, 0, 0);
    context.clear(context.COLOR_BUFFER_BIT);
    if (this.count === 0) return;
    const across = (value: number): number => (value / width) * 2;
    const down = (value: number): number => (value / height) * -2;
    this.uniform("scale", across(projection.scaleX), down(projection.scaleY));
    this.uniform("offset", across(projection.offsetX) - 1, down(projection.offsetY) + 1);
    this.uniform("diameter", picture.diameter * ratio);
    this.uniform("opacity", picture.opacity);
    context.drawArrays(context.POINTS, 0, this.count);
  }

  release(): void {
    // A page has about sixteen contexts; waiting for the collector would starve the next view.
    this.context.getExtension("WEBGL_lose_context")?.loseContext();
  }

  private bind(name: string, buffer: WebGLBuffer, size: number, kind: number): void {
    const { context } = this;
    const location = context.getAttribLocation(this.program, name);
    context.bindBuffer(context.ARRAY_BUFFER, buffer);
    context.enableVertexAttribArray(location);
    context.vertexAttribPointer(location, size, kind, true, 0, 0);
  }

  private uniform(name: string, first: number, second?: number): void {
    const location = this.context.getUniformLocation(this.program, name);
    if (second === undefined) this.context.uniform1f(location, first);
    else this.context.uniform2f(location, first, second);
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
