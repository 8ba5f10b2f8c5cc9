/** Draws a grid of images on one canvas. */
import { openSurface } from "./canvas";
import type { Theme } from "./colours";
import { cornerOf, type Layout } from "./image_layout";
import { type Images, paintRow, type Raster, type RowStyle, type Target } from "./pictures";

export interface GridPicture {
  images: Images;
  styles: RowStyle[];
  captions: string[];
  /** The images that stand out. */
  selected: ReadonlySet<number>;
  layout: Layout;
  captionHeight: number;
}

function targetOf(layout: Layout, row: number, image: number, ratio: number): Target | null {
  if (image >= layout.shown) return null;
  const { left, top } = cornerOf(layout, row, image);
  return {
    left: Math.round(left * ratio),
    top: Math.round(top * ratio),
    width: Math.max(1, Math.round(layout.cellWidth * ratio)),
    height: Math.max(1, Math.round(layout.cellHeight * ratio)),
  };
}

/** Paint all rows into a raster of device pixels. */
export function paintGrid(
  picture: GridPicture,
  raster: Raster,
  ratio: number,
  dark: boolean,
): void {
  const { images, styles, layout } = picture;
  for (let row = 0; row < images.rows; row++) {
    paintRow(images, row, styles[row], dark, raster, (image) =>
      targetOf(layout, row, image, ratio),
    );
  }
}

function fitText(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let length = text.length;
  while (length > 0 && context.measureText(`${text.slice(0, length)}…`).width > width) length--;
  return length > 0 ? `${text.slice(0, length)}…` : "";
}

function drawCaptions(context: CanvasRenderingContext2D, picture: GridPicture, theme: Theme): void {
  const { layout, images, captions, captionHeight } = picture;
  if (captionHeight === 0) return;
  context.font = `10.5px ${theme.font}`;
  context.fillStyle = theme.quiet;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  for (let image = 0; image < Math.min(layout.shown, captions.length); image++) {
    const { left, top } = cornerOf(layout, images.rows - 1, image);
    const text = fitText(context, captions[image], layout.cellWidth + layout.gap - 2);
    const baseline = top + layout.cellHeight + captionHeight - 3;
    context.fillText(text, left + layout.cellWidth / 2, baseline);
  }
}

/** A hairline tells where an image ends when its border has the colour of the page. */
function drawEdges(
  context: CanvasRenderingContext2D,
  picture: GridPicture,
  theme: Theme,
  ratio: number,
): void {
  const { layout, images } = picture;
  const hair = 1 / ratio;
  context.strokeStyle = theme.line;
  context.lineWidth = hair;
  for (let row = 0; row < images.rows; row++) {
    for (let image = 0; image < layout.shown; image++) {
      const { left, top } = cornerOf(layout, row, image);
      const [width, height] = [layout.cellWidth - hair, layout.cellHeight - hair];
      // Inside the image: outside, the outermost lines would fall off the canvas.
      context.strokeRect(left + hair / 2, top + hair / 2, width, height);
    }
  }
}

/** Around the image, in the gap, so that no pixel of it is covered. */
function drawSelected(
  context: CanvasRenderingContext2D,
  { layout, images, selected }: GridPicture,
  theme: Theme,
): void {
  if (selected.size === 0) return;
  const width = Math.min(2, Math.max(1, layout.gap / 2));
  context.strokeStyle = theme.accent;
  context.lineWidth = width;
  for (const image of selected) {
    if (image >= layout.shown) continue;
    for (let row = 0; row < images.rows; row++) {
      const { left, top } = cornerOf(layout, row, image);
      const [x, y] = [Math.max(width / 2, left - width / 2), Math.max(width / 2, top - width / 2)];
      context.strokeRect(x, y, layout.cellWidth + width, layout.cellHeight + width);
    }
  }
}

export function drawGrid(canvas: HTMLCanvasElement, picture: GridPicture, theme: Theme): void {
  const { layout } = picture;
  const surface = openSurface(canvas, layout.canvasWidth, layout.canvasHeight);
  const { context, ratio } = surface;
  if (context === null || canvas.width === 0 || canvas.height === 0) return;
  const raster = context.createImageData(canvas.width, canvas.height);
  paintGrid(picture, raster, ratio, theme.dark);
  context.putImageData(raster, 0, 0);
  drawEdges(context, picture, theme, ratio);
  drawSelected(context, picture, theme);
  drawCaptions(context, picture, theme);
}
