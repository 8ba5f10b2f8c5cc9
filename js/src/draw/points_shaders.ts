/** The programs that points are drawn with on WebGL2. */
import { paletteWidth } from "./points_colours";

// Turn 0 draws all; with a selection, 1 the others, 2 the selected, above them, and 3 both at once.
export const pointVertex = `#version 300 es
in vec2 place, placeBefore;
in float depth, value, chosen;
in uint code;
uniform vec4 across, down, away, acrossBefore, downBefore;
uniform float left, diameter, opacity, faded;
uniform int turn;
uniform bool byValue, solid;
uniform highp sampler2D palette, map;
flat out vec4 mark;
flat out float ink, size;
void main() {
int entry = int(code);
mark = texelFetch(palette, ivec2(entry % ${paletteWidth}, entry / ${paletteWidth}), 0);
float shape = mark.a;
if (byValue) mark = texelFetch(map, ivec2(int(value * 255.0 + 0.5), 0), 0);
bool isChosen = chosen > 0.5;
bool skipped = shape == 0.0 || (turn == 1 && isChosen) || (turn == 2 && !isChosen);
vec4 at = vec4(place, depth, 1.0);
vec2 spot = vec2(dot(across, at), dot(down, at));
if (left > 0.0) {
vec4 was = vec4(placeBefore, depth, 1.0);
spot = mix(spot, vec2(dot(acrossBefore, was), dot(downBefore, was)), left);
}
float far = solid ? clamp(dot(away, at), 0.0, 1.0) : 0.0;
gl_Position = skipped ? vec4(2.0, 2.0, 2.0, 1.0) : vec4(spot, far * 1.8 - 0.9, 1.0);
size = diameter * (1.0 - 0.45 * far);
gl_PointSize = size + 1.0;
ink = opacity * (1.0 - 0.7 * far);
if (turn > 0 && !isChosen) ink *= faded;
if (turn == 2) ink = max(ink, 0.75);
}`;

// One device pixel of falling coverage at the rim stands in for multisampling.
const cover = `
float coverage() {
float radius = size * 0.5;
float gone = length(gl_PointCoord - 0.5) * (size + 1.0);
float covered = clamp(radius + 0.5 - gone, 0.0, 1.0);
float hole = radius - max(1.3, radius * 0.42);
if (mark.a < 0.9) covered *= clamp(gone - hole + 0.5, 0.0, 1.0);
return covered;
}`;

// In a turned cloud what is nearer hides what is behind it, so a rim may not write its depth.
export const pointFragment = `#version 300 es
precision highp float;
flat in vec4 mark;
flat in float ink, size;
uniform bool solid;
out vec4 colour;
${cover}
void main() {
float covered = coverage();
float alpha = covered * ink;
if (alpha <= 0.0 || (solid && covered < 0.5)) discard;
colour = vec4(mark.rgb * alpha, alpha);
}`;

export const sheetVertex = `#version 300 es
void main() {
gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}`;

/** Sums become ink on a logarithmic scale; the colour is the mean of what lies there. */
export const sheetFragment = `#version 300 es
precision highp float;
uniform highp sampler2D sums;
uniform float crowd;
out vec4 colour;
void main() {
vec4 sum = texelFetch(sums, ivec2(gl_FragCoord.xy), 0);
if (sum.a <= 0.0) discard;
float share = clamp(log(1.0 + sum.a) / log(1.0 + crowd), 0.0, 1.0);
float alpha = min(1.0, sum.a) * mix(0.12, 1.0, share);
colour = vec4(sum.rgb / sum.a * alpha, alpha);
}`;
