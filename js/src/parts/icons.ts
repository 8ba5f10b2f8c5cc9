/** Button glyphs as paths, so that no font decides how they look. */
import { vector } from "./elements";

const paths = {
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  play: "M4.5 2.5v11l9-5.5z",
  step: "M3 3v10l7-5zM11 3h2.2v10H11z",
  stop: "M3.5 3.5h9v9h-9z",
} as const;

export type Icon = keyof typeof paths;

export function drawIcon(name: Icon): SVGSVGElement {
  const icon = vector("svg", {
    viewBox: "0 0 16 16",
    width: "12",
    height: "12",
    "aria-hidden": "true",
    class: "tl-icon",
  });
  icon.append(vector("path", { d: paths[name], fill: "currentColor" }));
  return icon;
}
