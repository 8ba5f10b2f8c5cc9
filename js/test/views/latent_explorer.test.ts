import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import explorer, { type Traits } from "../../src/views/latent_explorer";
import { pack } from "../../src/wire";
import {
  common,
  hostile,
  installBrowser,
  point,
  press,
  type Rendered,
  removeBrowser,
  render,
  settle,
} from "../fake_model";

beforeEach(() => {
  installBrowser();
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(480);
});
afterEach(() => {
  vi.restoreAllMocks();
  removeBrowser();
});

const floats = (...values: number[]): Traits["latent"] =>
  pack({ dtype: "float32", shape: [values.length], data: Float32Array.from(values) });
const places = (...values: number[]): Traits["stops"] =>
  pack({ dtype: "float32", shape: [values.length / 2, 2], data: Float32Array.from(values) });
const images = (count: number): Traits["path_images"] =>
  pack({ dtype: "uint8", shape: [count, 2, 2, 1], data: new Uint8Array(count * 4) });

const start: Traits = {
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

type View = Rendered<Traits>;

/** A plot as the scatter leaves it on the page, 200 by 100, that shows −2…2 by −1…1. */
function standIn(): HTMLCanvasElement {
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

async function show(traits: Partial<Traits> = {}, isAbsent = false): Promise<View> {
  const view = await render(explorer, { ...start, ...traits }, { isAbsent });
  document.querySelector(".tl-latent-scatter")?.append(view.el);
  view.model.publish({});
  await settle();
  return view;
}

const said = (view: View, name: string): unknown[] =>
  view.messages(name).map((message) => message.data);

async function open(view: View, section: string): Promise<void> {
  view.find(`tl-section-${section}`).click();
  await settle();
}

function click(canvas: HTMLElement, x: number, y: number): void {
  for (const type of ["pointerdown", "pointerup"]) point(canvas, type, x, y);
}

describe("the plane", () => {
  test("is chosen, and what cannot be had says why", async () => {
    const view = await show();
    expect(view.find("tl-plane-words").textContent).toContain("60 + 20 %");
    view.find("tl-project-t-SNE").click();
    view.find("tl-project-UMAP").click();
    view.find("tl-project-dimensions").click();
    expect(said(view, "project")).toEqual([
      { name: "t-SNE", dimensions: [] },
      { name: "dimensions", dimensions: [0, 1] },
    ]);
    expect(view.find("tl-project-UMAP").title).toBe(hostile);
    expect(view.el.querySelector("img, b")).toBeNull();
  });

  test("an axis that is taken from the other one swaps with it", async () => {
    const view = await show({ projection: "dimensions", chosen: [3, 1] });
    const across = view.find("tl-across") as HTMLSelectElement;
    expect([...across.options].map((option) => option.textContent)).toEqual([
      "z₀",
      "z₁",
      "z₂",
      "z₃",
    ]);
    expect(across.value).toBe("3");
    across.value = "1";
    across.dispatchEvent(new Event("change"));
    expect(said(view, "project")).toEqual([{ name: "dimensions", dimensions: [1, 3] }]);
  });

  test("that is still computed shows how far it is, and can be given up", async () => {
    const view = await show({ projection: "t-SNE", progress: 0.4 });
    expect((view.find("tl-embedding") as HTMLProgressElement).value).toBe(0.4);
    view.find("tl-cancel").click();
    expect(said(view, "cancel")).toHaveLength(1);
  });
});

describe("the dimensions", () => {
  const slides = (view: View): HTMLInputElement[] => view.all("tl-slide") as HTMLInputElement[];

  test("have a slider each, which the kernel's frame moves unless a hand is ahead of it", async () => {
    const view = await show();
    await open(view, "dimensions");
    expect(slides(view).map((input) => input.value)).toEqual(["0", "0.5", "0", "4"]);
    slides(view)[3].value = "6";
    slides(view)[3].dispatchEvent(new Event("input"));
    expect(said(view, "slide")).toEqual([{ dimension: 3, value: 6, ask: 1 }]);
    view.model.publish({ latent: floats(0, 0.5, 0, 4) });
    await settle();
    expect(slides(view)[3].value).toBe("6");
    const client = String(view.messages("hello")[0].client);
    view.model.publish({ latent: floats(0, 0.5, 0, 6), latent_ask: 1, latent_client: client });
    await settle();
    view.model.publish({ latent: floats(0, 0.5, 0, 2), latent_ask: 9, latent_client: "another" });
    await vi.advanceTimersByTimeAsync(2500);
    view.model.publish({});
    await settle();
    expect(slides(view)[3].value).toBe("2");
  });

  test("say what they are worth, and what is amiss in words", async () => {
    const view = await show({
      variance: floats(1, 0.5, 0, 2),
      divergence: floats(1, 0.5, Number.POSITIVE_INFINITY, 2),
      flags: pack({ dtype: "uint8", shape: [4], data: Uint8Array.of(1, 5, 2, 1) }),
      measured: { agreement: 0.9, chance: 0.1, silhouette: null, sampled: 50, neighbours: 10 },
    });
    await open(view, "dimensions");
    expect(view.find("tl-agreement").textContent).toBe("kNN agreement 90 % (chance 10 %)");
    expect(view.find("tl-agreement").dataset.definition).toContain("share");
    expect(view.find("tl-agreement").tabIndex).toBe(0);
    expect(view.find("tl-silhouette").hidden).toBe(true);
    expect(view.all("tl-dimension").map((row) => row.dataset.flag)).toEqual([
      "",
      "collapsed",
      "dead",
      "",
    ]);
    expect(view.all("tl-dimension")[1].textContent).toContain("collapsed");
    view.find("tl-measure").click();
    expect(said(view, "measure")).toHaveLength(1);
  });

  test("of which there are thousands stay few on the page", async () => {
    const many = Array.from({ length: 300 }, () => 0);
    const view = await show({
      lows: floats(...many),
      highs: floats(...many),
      latent: floats(...many),
    });
    await open(view, "dimensions");
    expect(view.all("tl-dimension")).toHaveLength(256);
    expect(view.el.textContent).toContain("and 44 more");
  });
});

describe("the path", () => {
  test("takes clicks on the plot as points, and leaves drags to it", async () => {
    const canvas = standIn();
    const view = await show();
    const plots: string[] = [];
    for (const type of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(type, (event) => plots.push(event.type));
    }
    await open(view, "path");
    click(canvas, 50, 25);
    expect(said(view, "stop")).toEqual([]);
    view.find("tl-path-add").click();
    click(canvas, 50, 25);
    click(canvas, 100, 50);
    expect(said(view, "stop")).toEqual([
      { x: -1, y: 0.5, ask: 1 },
      { x: 0, y: 0, ask: 2 },
    ]);
    point(canvas, "pointerdown", 10, 10);
    point(canvas, "pointerup", 60, 60);
    expect(said(view, "stop")).toHaveLength(2);
    expect(plots).toEqual(["pointerup", "pointercancel", "pointercancel", "pointerup"]);
    const layer = document.querySelector<SVGElement>(".tl-explorer-layer");
    await settle();
    expect(layer?.querySelectorAll(".tl-stop")).toHaveLength(2);
    canvas.dataset.turned = "true";
    await settle();
    expect(layer?.children).toHaveLength(0);
  });

  test("is made and played by keyboard alone", async () => {
    const canvas = standIn();
    const view = await show();
    await open(view, "path");
    canvas.dataset.crosshair = "0.5 -0.25";
    press(canvas, "p");
    expect(said(view, "stop")).toEqual([{ x: 0.5, y: -0.25, ask: 1 }]);
    view.model.publish({
      stops: places(0.5, -0.25, 1, 1),
      stop_count: 2,
      path_client: String(view.messages("hello")[0].client),
      path_ask: 1,
      path_images: images(5),
      path_places: places(0, 0, 0.25, 0, 0.5, 0, 0.75, 0, 1, 0),
    });
    await settle();
    const strip = view.find("tl-strip");
    press(strip, "ArrowRight");
    expect(strip.getAttribute("aria-valuenow")).toBe("2");
    const layer = document.querySelector<SVGElement>(".tl-explorer-layer");
    expect(layer?.dataset.at).toBe("0.25 0");
    press(strip, "End");
    press(strip, " ");
    await vi.advanceTimersByTimeAsync(300);
    expect(strip.getAttribute("aria-valuenow")).toBe("3");
    press(strip, " ");
    await vi.advanceTimersByTimeAsync(600);
    expect(strip.getAttribute("aria-valuenow")).toBe("3");
    press(strip, "Enter");
    expect(said(view, "show")).toMatchObject([{ of: "path", index: 2 }]);
    press(canvas, "Escape");
    expect(said(view, "unstop")).toMatchObject([{ all: true }]);
  });

  test("keeps still where nothing may move by itself", async () => {
    vi.stubGlobal("matchMedia", (query: string) => ({
      matches: query.includes("reduced-motion"),
      addEventListener: () => undefined,
    }));
    const view = await show({ path_images: images(5), stop_count: 2 });
    await open(view, "path");
    expect(view.find("tl-path-play").textContent).toBe("next");
    view.find("tl-path-play").click();
    await vi.advanceTimersByTimeAsync(2000);
    expect(view.find("tl-strip").getAttribute("aria-valuenow")).toBe("2");
  });

  test("says what is missing, and what went wrong", async () => {
    const view = await show();
    await open(view, "path");
    expect(view.find("tl-path-note").textContent).toBe("two points make a path");
    view.model.publish({ stop_count: 2, path_problem: hostile });
    await settle();
    expect(view.find("tl-path-note").textContent).toBe(hostile);
  });
});

describe("the grid", () => {
  test("asks for what the plot shows now, or for two dimensions", async () => {
    const canvas = standIn();
    const view = await show();
    await open(view, "grid");
    canvas.dataset.view = "0 1 2 3";
    view.find("tl-sheet-make").click();
    view.find("tl-sheet-two").click();
    const up = view.find("tl-sheet-j") as HTMLSelectElement;
    up.value = "3";
    up.dispatchEvent(new Event("change"));
    view.find("tl-sheet-make").click();
    expect(said(view, "sheet")).toEqual([
      { count: 10, dimensions: [], window: [0, 1, 2, 3], ask: 1 },
      { count: 10, dimensions: [0, 3], window: [], ask: 2 },
    ]);
  });

  test("marks a cell's place on the plot, and goes there", async () => {
    standIn();
    const view = await show({
      sheet_images: images(4),
      sheet_count: 2,
      sheet_places: places(-1, 1, 1, 1, -1, -1, 1, -1),
    });
    await open(view, "grid");
    const sheet = view.find("tl-sheet");
    press(sheet, "ArrowRight");
    press(sheet, "ArrowRight");
    press(sheet, "ArrowDown");
    const layer = document.querySelector<SVGElement>(".tl-explorer-layer");
    expect(layer?.dataset.at).toBe("1 -1");
    press(sheet, "Enter");
    expect(said(view, "show")).toMatchObject([{ of: "sheet", index: 3 }]);
  });

  test("refuses images of another kind in words", async () => {
    const wrong = pack({ dtype: "float32", shape: [1], data: Float32Array.of(1) });
    const view = await show({ sheet_images: wrong });
    await open(view, "grid");
    expect(view.find("tl-problem").textContent).toContain("uint8 [N, H, W, C]");
  });
});

test("without a kernel nothing is offered that it would have to do", async () => {
  const canvas = standIn();
  const view = await show({}, true);
  await open(view, "path");
  view.find("tl-path-add").click();
  click(canvas, 50, 25);
  press(canvas, "p");
  expect(view.messages("event")).toEqual([]);
});

test("leaves nothing on the plot and no timer behind", async () => {
  standIn();
  const view = await show({ path_images: images(5), stop_count: 2 });
  await open(view, "path");
  view.find("tl-path-play").click();
  view.abort();
  expect(document.querySelector(".tl-explorer-layer")).toBeNull();
  expect(vi.getTimerCount()).toBe(0);
});
