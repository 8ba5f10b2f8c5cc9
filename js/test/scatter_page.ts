/** What tests of the latent scatter have in common. */
import { afterEach, beforeEach, vi } from "vitest";
import scatter, { type Traits } from "../src/views/latent_scatter";
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
    vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(380);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    removeBrowser();
  });
}

export const image = pack({
  dtype: "float32",
  shape: [2, 2, 1],
  data: Float32Array.of(0, 1, 1, 0),
});
export const places = Uint16Array.of(0, 0, 65535, 65535, 32768, 32768);
export const plane: Traits = {
  ...common,
  explorer: null,
  points: pack({ dtype: "uint16", shape: [3, 2], data: places }),
  bounds: [-1, 1, -1, 1],
  codes: pack({ dtype: "uint8", shape: [3], data: Uint8Array.of(0, 1, 0) }),
  indices: null,
  classes: ["zero", hostile],
  unlabelled: -1,
  axes: ["z₀", "z₁"],
  depths: null,
  depth_bounds: [-1, 1],
  has_depths: false,
  values: null,
  value_range: [0, 1],
  value_name: "value",
  value_map: "viridis",
  near_points: null,
  near_rows: null,
  near_bounds: [-1, 1, -1, 1],
  selected: null,
  selected_count: 0,
  has_images: false,
  inspected_row: -1,
  inspected_image: null,
  inspected_range: [0, 1],
  thumbnails: null,
  thumbnail_rows: null,
  decodable: true,
  decoded_image: null,
  decoded_range: [0, 1],
  decoded_at: null,
  decoded_ask: 0,
  decoded_client: "",
  decoded_problem: "",
};

export type View = Rendered<Traits>;
export const show = (traits: Partial<Traits> = {}, isAbsent = false): Promise<View> =>
  render(scatter, { ...plane, ...traits }, { isAbsent });

export function viewOf(view: View): number[] {
  return (view.find("tl-points").dataset.view ?? "").split(" ").map(Number);
}

/** The middle of the plot: 380 wide, and as tall as the view made it. */
export function middle(view: View): [number, number] {
  const height = Number.parseFloat(
    view.find("tl-latent-scatter").style.getPropertyValue("--tl-plot-height"),
  );
  return [190, height / 2];
}

export function clickAt(view: View, x: number, y: number): void {
  point(view.find("tl-points"), "pointerdown", x, y);
  point(view.find("tl-points"), "pointerup", x, y);
}

export const asked = (view: View): unknown[] =>
  view.messages("decode").map((message) => message.data);

export async function answer(view: View, traits: Partial<Traits> = {}): Promise<void> {
  const client = String(view.messages("hello")[0].client);
  const [x, y] = [0.25, -0.5];
  view.model.publish({
    decoded_image: image,
    decoded_at: [x, y],
    decoded_ask: 1,
    decoded_client: client,
    ...traits,
  });
  await settle();
}
