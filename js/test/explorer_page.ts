/** What tests of the latent explorer have in common. */
import { afterEach, beforeEach, vi } from "vitest";
import explorer, { type Traits } from "../src/views/latent_explorer";
import { pack } from "../src/wire";
import {
  common,
  hostile,
  installBrowser,
  point,
  type Rendered,
  removeBrowser,
  render,
  settle,
} from "./fake_model";

/** Every test of the file that calls this begins on a page of its own. */
export function onAPage(): void {
  beforeEach(() => {
    installBrowser();
    vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(480);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    removeBrowser();
  });
}

export const floats = (...values: number[]): Traits["latent"] =>
  pack({ dtype: "float32", shape: [values.length], data: Float32Array.from(values) });
export const places = (...values: number[]): Traits["stops"] =>
  pack({ dtype: "float32", shape: [values.length / 2, 2], data: Float32Array.from(values) });
export const images = (count: number): Traits["path_images"] =>
  pack({ dtype: "uint8", shape: [count, 2, 2, 1], data: new Uint8Array(count * 4) });

export const start: Traits = {
  ...common,
  decodable: true,
  projection: "PCA",
  chosen: [0, 1],
  words: "PCA, 60 + 20 % of the variance",
  progress: -1,
  unavailable: { UMAP: hostile },
  lows: floats(-1, -2, -3, 0),
  highs: floats(1, 2, 3, 8),
  latent: floats(0, 0.5, 0, 4),
  latent_ask: 0,
  latent_client: "",
  stops: null,
  stop_count: 0,
  steps: 12,
  spherical: false,
  path_client: "",
  path_ask: 0,
  path_places: null,
  path_images: null,
  path_range: [0, 1],
  path_moment: "",
  path_problem: "",
  sheet_client: "",
  sheet_ask: 0,
  sheet_count: 10,
  sheet_dimensions: [],
  sheet_window: [-1, 1, -1, 1],
  sheet_axes: ["PC 1", "PC 2"],
  sheet_places: null,
  sheet_images: null,
  sheet_range: [0, 1],
  sheet_moment: "",
  sheet_problem: "",
  measured: {},
  measuring: false,
  variance: null,
  divergence: null,
  flags: null,
  definitions: {
    variance: "spread",
    agreement: "share",
    chance: "dealt",
    collapsed: "says nothing",
  },
};

export type View = Rendered<Traits>;

/** A plot as the scatter leaves it on the page, 200 by 100, that shows −2…2 by −1…1. */
export function standIn(): HTMLCanvasElement {
  const scatter = document.createElement("div");
  scatter.className = "tl-latent-scatter";
  const holder = document.createElement("div");
  const canvas = document.createElement("canvas");
  canvas.className = "tl-points";
  canvas.tabIndex = 0;
  Object.assign(canvas.style, { width: "200px", height: "100px" });
  Object.assign(canvas.dataset, { view: "-2 2 -1 1", turned: "false", crosshair: "" });
  holder.append(canvas);
  scatter.append(holder);
  document.body.append(scatter);
  return canvas;
}

export async function show(traits: Partial<Traits> = {}, isAbsent = false): Promise<View> {
  const view = await render(explorer, { ...start, ...traits }, { isAbsent });
  document.querySelector(".tl-latent-scatter")?.append(view.el);
  view.model.publish({});
  await settle();
  return view;
}

export const said = (view: View, name: string): unknown[] =>
  view.messages(name).map((message) => message.data);

export async function open(view: View, section: string): Promise<void> {
  view.find(`tl-section-${section}`).click();
  await settle();
}

export function click(canvas: HTMLElement, x: number, y: number): void {
  for (const type of ["pointerdown", "pointerup"]) point(canvas, type, x, y);
}
