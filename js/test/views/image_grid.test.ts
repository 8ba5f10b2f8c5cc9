import { afterEach, beforeEach, describe, expect, test } from "vitest";
import imageGrid, { type Traits } from "../../src/views/image_grid";
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

beforeEach(installBrowser);
afterEach(removeBrowser);

const data = Float32Array.from({ length: 2 * 3 * 4 }, (_, index) => index / 10);
const grid: Traits = {
  ...common,
  images: pack({ dtype: "float32", shape: [2, 3, 2, 2, 1], data }),
  row_names: ["input", "output"],
  row_kinds: ["sequential", "diverging"],
  row_ranges: [
    [0, 1],
    [-1, 1],
  ],
  captions: ["cat", "", "dog"],
  selected: [] as number[],
};

function show(traits: Partial<Traits> = {}): Promise<Rendered<Traits>> {
  return render(imageGrid, { ...grid, ...traits });
}

function lines(view: Rendered<Traits>): (string | null)[] {
  return [...view.find("tl-tooltip").children].map((child) => child.textContent);
}

test("tells tests and people where things are", async () => {
  const view = await show();
  const canvas = view.find("tl-images");
  expect(canvas.dataset).toMatchObject({ rows: "2", left: "0", top: "0", frame: "1" });
  expect(Number(canvas.dataset.columns)).toBeGreaterThan(0);
  expect(canvas.getAttribute("aria-label")).toBe("Title: summary text");
  const names = [...view.el.querySelectorAll(".tl-row-block:first-child .tl-row-name")].map(
    (name) => name.textContent,
  );
  expect(names).toEqual(["input", "output"]);
});

test.each([
  ["no images", null],
  [
    "none in the stack",
    pack({ dtype: "float32", shape: [1, 0, 2, 2, 1], data: new Float32Array(0) }),
  ],
])("empty: %s", async (_, images) => {
  const view = await show({ images });
  expect(view.find("tl-empty").textContent).toBe("No images yet");
});

test("before the first frame it waits", async () => {
  const view = await show({ images: null, frame: 0 });
  expect(view.find("tl-empty").textContent).toBe("Waiting for the first frame");
});

test("one row without a name has no column of names", async () => {
  const view = await show({ row_names: ["", ""] });
  expect(view.el.querySelectorAll(".tl-row-name")).toHaveLength(0);
});

describe("the pixel under", () => {
  test("the pointer is told", async () => {
    const view = await show();
    point(view.find("tl-images"), "pointermove", 1, 1);
    expect(lines(view)).toEqual(["input · image 0 (cat)", "pixel (y 0, x 0) · 0"]);
    point(view.find("tl-images"), "pointerleave", 1, 1);
    expect(view.find("tl-tooltip").hidden).toBe(true);
  });

  test("the keyboard cursor is told and spoken", async () => {
    const view = await show();
    const canvas = view.find("tl-images");
    press(canvas, "ArrowRight");
    expect(lines(view)[1]).toBe("pixel (y 0, x 0) · 0");
    press(canvas, "ArrowRight");
    press(canvas, "ArrowRight");
    expect(lines(view)).toEqual(["input · image 1", "pixel (y 0, x 0) · 0.4"]);
    press(canvas, "ArrowDown", { shiftKey: true });
    expect(view.find("tl-spoken").textContent).toBe("output · image 1, pixel (y 0, x 0) · 1.6");
    press(canvas, "End");
    expect(lines(view)[0]).toBe("output · image 2 (dog)");
    press(canvas, "Escape");
    expect(view.find("tl-tooltip").hidden).toBe(true);
  });

  test("follows the values of the next frame", async () => {
    const view = await show();
    press(view.find("tl-images"), "ArrowRight");
    const next = data.map((value) => value + 5);
    view.model.publish({ images: pack({ dtype: "float32", shape: [2, 3, 2, 2, 1], data: next }) });
    await settle();
    expect(lines(view)[1]).toBe("pixel (y 0, x 0) · 5");
    expect(view.find("tl-images").dataset.frame).toBe("2");
  });

  test("has all its channels", async () => {
    const colours = pack({
      dtype: "float32",
      shape: [1, 1, 1, 1, 3],
      data: Float32Array.of(0.1, 0.25, 1),
    });
    const view = await show({ images: colours });
    press(view.find("tl-images"), "Home");
    expect(lines(view)[1]).toBe("pixel (y 0, x 0) · 0.1, 0.25, 1");
  });
});

test("shows names and captions literally", async () => {
  const view = await show({ row_names: [hostile, ""], captions: [hostile], summary: hostile });
  press(view.find("tl-images"), "ArrowRight");
  expect(lines(view)[0]).toBe(`${hostile} · image 0 (${hostile})`);
  expect(view.el.querySelector("img, b")).toBeNull();
});

test.each([
  [
    "too few dimensions",
    { dtype: "float32", shape: [24], data: new DataView(new ArrayBuffer(96)) },
  ],
  [
    "too few bytes",
    { dtype: "float32", shape: [1, 1, 8, 8, 1], data: new DataView(new ArrayBuffer(4)) },
  ],
])("says so when a frame makes no sense: %s", async (_, images) => {
  const view = await show({ images });
  expect(view.find("tl-problem").textContent).toMatch(/^This view could not be drawn: /);
  view.model.publish({ images: grid.images });
  await settle();
  expect(view.find("tl-problem").hidden).toBe(true);
});
