/** Canvases whose backing store matches the device's pixels. */

export interface Surface {
  context: CanvasRenderingContext2D | null;
  width: number;
  height: number;
  ratio: number;
}

export function pixelRatio(): number {
  return window.devicePixelRatio || 1;
}

/** Give the canvas a CSS size and the backing store that the screen can show. */
export function sizeCanvas(canvas: HTMLCanvasElement, width: number, height: number): number {
  const ratio = pixelRatio();
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  return ratio;
}

/** Size, clear and open a canvas for drawing in CSS pixels. */
export function openSurface(canvas: HTMLCanvasElement, width: number, height: number): Surface {
  const ratio = sizeCanvas(canvas, width, height);
  const context = canvas.getContext("2d");
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  context?.clearRect(0, 0, width, height);
  return { context, width, height, ratio };
}
