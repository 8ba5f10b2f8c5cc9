import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ScatterPlot } from "../../src/draw/scatter_plot";
import scatter, { type Traits } from "../../src/views/latent_scatter";
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
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(380);
});
afterEach(() => {
  vi.restoreAllMocks();
  removeBrowser();
});

const image = pack({ dtype: "float32", shape: [2, 2, 1], data: Float32Array.of(0, 1, 1, 0) });
const places = Uint16Array.of(0, 0, 65535, 65535, 32768, 32768);
const plane: Traits = {
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

type View = Rendered<Traits>;
const show = (traits: Partial<Traits> = {}, isAbsent = false): Promise<View> =>
  render(scatter, { ...plane, ...traits }, { isAbsent });

function viewOf(view: View): number[] {
  return (view.find("tl-points").dataset.view ?? "").split(" ").map(Number);
}

/** The middle of the plot: 380 wide, and as tall as the view made it. */
function middle(view: View): [number, number] {
  const height = Number.parseFloat(
    view.find("tl-latent-scatter").style.getPropertyValue("--tl-plot-height"),
  );
  return [190, height / 2];
}

function clickAt(view: View, x: number, y: number): void {
  point(view.find("tl-points"), "pointerdown", x, y);
  point(view.find("tl-points"), "pointerup", x, y);
}

const asked = (view: View): unknown[] => view.messages("decode").map((message) => message.data);

async function answer(view: View, traits: Partial<Traits> = {}): Promise<void> {
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

test("tells what is on the screen", async () => {
  const view = await show();
  expect(view.find("tl-points").dataset).toMatchObject({ frame: "1", count: "3", fitted: "true" });
  expect(view.find("tl-points").getAttribute("aria-label")).toContain("summary text");
  const [x0, x1, y0, y1] = viewOf(view);
  expect(Math.min(x1 - x0, y1 - y0)).toBeCloseTo(2, 9);
});

test("says that there are no points yet", async () => {
  const view = await show({ points: null, codes: null });
  expect(view.find("tl-empty").textContent).toBe("No points yet");
});

test("refuses points of another kind in words", async () => {
  const view = await show({
    points: pack({ dtype: "uint8", shape: [1, 2], data: Uint8Array.of(1, 2) }),
  });
  expect(view.find("tl-problem").textContent).toContain("uint16 [N, 2]");
});

describe("the legend", () => {
  test("names classes literally and hides them here", async () => {
    const view = await show();
    expect(view.all("tl-class").map((item) => item.textContent)).toEqual(["zero", hostile]);
    expect(view.el.querySelector("img, b")).toBeNull();
    const [first] = view.all("tl-class");
    first.click();
    expect(first.getAttribute("aria-pressed")).toBe("false");
    point(view.find("tl-points"), "pointermove", ...middle(view));
    expect(view.find("tl-tooltip").hidden).toBe(true);
    first.click();
    point(view.find("tl-points"), "pointermove", ...middle(view));
    expect(view.find("tl-tooltip").hidden).toBe(false);
    expect(view.messages("event")).toEqual([]);
  });

  test("stops at 24 classes and says how many more there are", async () => {
    const view = await show({
      classes: Array.from({ length: 1030 }, (_, index) => `class ${index}`),
    });
    expect(view.all("tl-class")).toHaveLength(24);
    expect(view.el.textContent).toContain("and 1,006 more");
  });
});

describe("hover", () => {
  test("names the nearest point", async () => {
    const view = await show();
    const [x, y] = middle(view);
    point(view.find("tl-points"), "pointermove", x + 8, y);
    expect(view.find("tl-tooltip").textContent).toBe("zero · sample 2 · (0.00, 0.00)");
    point(view.find("tl-points"), "pointermove", x + 14, y);
    expect(view.find("tl-tooltip").hidden).toBe(true);
  });

  test("counts samples as the data do, though some are not drawn", async () => {
    const indices = { dtype: "uint32" as const, shape: [3], data: Uint32Array.of(4, 70, 1999) };
    const view = await show({ indices: pack(indices) });
    const [x, y] = middle(view);
    point(view.find("tl-points"), "pointermove", x, y);
    expect(view.find("tl-tooltip").textContent).toBe("zero · sample 1,999 · (0.00, 0.00)");
  });
});

describe("the camera", () => {
  test("pans with a drag, which is no click", async () => {
    const view = await show();
    const before = viewOf(view);
    const canvas = view.find("tl-points");
    point(canvas, "pointerdown", 100, 100);
    point(canvas, "pointermove", 138, 100);
    point(canvas, "pointerup", 138, 100);
    const unit = (before[1] - before[0]) / 380;
    expect(viewOf(view)[0]).toBeCloseTo(before[0] - 38 * unit, 9);
    expect(asked(view)).toEqual([]);
  });

  test("keeps the person's zoom across frames until they fit", async () => {
    const view = await show();
    press(view.find("tl-points"), "+");
    const zoomed = viewOf(view);
    view.model.publish({ bounds: [-9, 9, -9, 9] });
    await settle();
    expect(viewOf(view)).toEqual(zoomed);
    press(view.find("tl-points"), "0");
    expect(viewOf(view)[1] - viewOf(view)[0]).toBeGreaterThanOrEqual(18);
  });

  test("follows the bounds while nobody moved it", async () => {
    const view = await show();
    view.model.publish({ bounds: [-9, 9, -9, 9] });
    await settle();
    expect(viewOf(view)[1] - viewOf(view)[0]).toBeGreaterThanOrEqual(18);
  });

  test("zooms with the wheel, but lets a page that scrolls go on", async () => {
    const view = await show();
    const before = viewOf(view);
    const canvas = view.find("tl-points");
    const turn = (): Event => {
      // happy-dom's WheelEvent has no place.
      const init = { clientX: 50, clientY: 50, bubbles: true, cancelable: true };
      const event = Object.assign(new MouseEvent("wheel", init), { deltaY: -100, deltaMode: 0 });
      canvas.dispatchEvent(event);
      return event;
    };
    document.body.dispatchEvent(new WheelEvent("wheel", { deltaY: 5, bubbles: true }));
    expect(turn().defaultPrevented).toBe(false);
    expect(viewOf(view)).toEqual(before);
    await vi.advanceTimersByTimeAsync(400);
    expect(turn().defaultPrevented).toBe(true);
    expect(viewOf(view)[1] - viewOf(view)[0]).toBeLessThan(before[1] - before[0]);
  });
});

describe("decoding", () => {
  test("a click asks for its place, with a rising number", async () => {
    const view = await show();
    const [x, y] = middle(view);
    clickAt(view, x + 95, y);
    clickAt(view, x, y);
    const [first, second] = asked(view) as { x: number; y: number; ask: number }[];
    expect(first.ask).toBe(1);
    expect(second).toEqual({ x: 0, y: 0, ask: 2 });
    const [x0, x1] = viewOf(view);
    expect(first.x).toBeCloseTo((x1 - x0) / 4, 9);
  });

  test.each([
    ["not decodable", { decodable: false }, false],
    ["not connected", {}, true],
  ])("a click asks nothing: %s", async (_, traits, isAbsent) => {
    const view = await show(traits, isAbsent);
    clickAt(view, 100, 100);
    press(view.find("tl-points"), "Enter");
    expect(asked(view)).toEqual([]);
  });

  test("alt and shift are kept for selecting", async () => {
    const view = await show();
    const canvas = view.find("tl-points");
    for (const more of [{ altKey: true }, { shiftKey: true }]) {
      canvas.dispatchEvent(new PointerEvent("pointerdown", { button: 0, ...more }));
      canvas.dispatchEvent(new PointerEvent("pointerup", { button: 0, ...more }));
    }
    expect(asked(view)).toEqual([]);
  });

  test("says that it waits only when it takes long", async () => {
    const view = await show();
    clickAt(view, 100, 100);
    expect(view.find("tl-decoded-note").textContent).not.toContain("waiting");
    await vi.advanceTimersByTimeAsync(200);
    expect(view.find("tl-decoded-note").textContent).toBe("waiting for the step…");
    await answer(view);
    expect(view.find("tl-decoded-note").textContent).toBe("");
    expect(view.find("tl-decoded-panel").textContent).toContain("decoded (0.25, −0.50)");
    expect(view.find("tl-decoded").hidden).toBe(false);
  });

  test("an older answer does not end the waiting", async () => {
    const view = await show();
    clickAt(view, 100, 100);
    clickAt(view, 200, 100);
    await answer(view, { decoded_ask: 1 });
    await vi.advanceTimersByTimeAsync(200);
    expect(view.find("tl-decoded-note").textContent).toBe("waiting for the step…");
    await answer(view, { decoded_ask: 2 });
    expect(view.find("tl-decoded-note").textContent).toBe("");
  });

  test("another client's answer shows, unless ours is open", async () => {
    const view = await show();
    await answer(view, { decoded_client: "other" });
    expect(view.find("tl-decoded-panel").textContent).toContain("decoded (0.25, −0.50)");
    expect(view.find("tl-points").dataset.crosshair).toBe("0.25 -0.5");
    clickAt(view, ...middle(view));
    await answer(view, { decoded_client: "other", decoded_ask: 2, decoded_at: [0.75, 0.75] });
    expect(view.find("tl-decoded-panel").textContent).toContain("decoded (0.25, −0.50)");
    expect(view.find("tl-points").dataset.crosshair).toBe("0 0");
  });

  test("a problem is told in its place, literally", async () => {
    const view = await show();
    await answer(view, { decoded_image: null, decoded_problem: hostile });
    expect(view.find("tl-decoded-note").textContent).toBe(hostile);
    expect(view.find("tl-decoded").hidden).toBe(true);
    expect(view.el.querySelector("img, b")).toBeNull();
  });

  test("the crosshair is carried with one question at a time", async () => {
    const view = await show();
    const [x, y] = middle(view);
    const canvas = view.find("tl-points");
    clickAt(view, x, y);
    await answer(view, { decoded_at: [0, 0] });
    point(canvas, "pointerdown", x + 3, y);
    for (const away of [20, 40, 60]) point(canvas, "pointermove", x + away, y);
    expect(asked(view)).toHaveLength(2);
    await answer(view, { decoded_ask: 2 });
    expect(asked(view)).toHaveLength(3);
    expect(canvas.dataset.fitted).toBe("true");
    point(canvas, "pointerup", x + 60, y);
    expect(asked(view).at(-1)).toMatchObject({ ask: 4 });
  });

  test("the keyboard places the crosshair and asks", async () => {
    const view = await show();
    const canvas = view.find("tl-points");
    press(canvas, "ArrowRight", { shiftKey: true });
    expect(view.find("tl-spoken").textContent).toBe("zero · sample 2 · (0.00, 0.00)");
    press(canvas, "Enter");
    const [x0, x1] = viewOf(view);
    expect(asked(view)).toEqual([{ x: expect.closeTo(((x1 - x0) / 380) * 10, 9), y: 0, ask: 1 }]);
  });
});

describe("selecting", () => {
  const selected = (view: View): unknown[] =>
    view.messages("select").map((message) => message.data);
  const drag = (view: View, spots: [number, number][], more: PointerEventInit = {}): void => {
    const canvas = view.find("tl-points");
    const say = (type: string, [clientX, clientY]: [number, number]): void => {
      const init = { clientX, clientY, button: 0, pointerId: 1, bubbles: true, ...more };
      canvas.dispatchEvent(new PointerEvent(type, init));
    };
    say("pointerdown", spots[0]);
    for (const spot of spots) say("pointermove", spot);
    say("pointerup", spots[spots.length - 1]);
  };

  test("a lasso with Shift goes out in the units of the points", async () => {
    const view = await show();
    const [x, y] = middle(view);
    drag(
      view,
      [
        [x, y],
        [x + 40, y],
        [x, y + 40],
      ],
      { shiftKey: true },
    );
    const [{ shape, places, mode, hidden }] = selected(view) as {
      shape: string;
      places: number[];
      mode: string;
      hidden: number[];
    }[];
    const [x0, x1] = viewOf(view);
    const unit = (x1 - x0) / 380;
    expect([shape, mode, hidden]).toEqual(["lasso", "replace", []]);
    expect(places.slice(-2)[0]).toBeCloseTo(0, 9);
    expect(places.slice(-2)[1]).toBeCloseTo(-40 * unit, 9);
    expect(asked(view)).toEqual([]);
  });

  test("a rectangle with Alt, and one that adds", async () => {
    const view = await show();
    const [x, y] = middle(view);
    view.all("tl-class")[1].click();
    drag(
      view,
      [
        [x + 20, y + 20],
        [x - 20, y - 20],
      ],
      { altKey: true },
    );
    const [first] = selected(view) as { shape: string; places: number[]; hidden: number[] }[];
    expect(first.shape).toBe("rectangle");
    expect(first.hidden).toEqual([1]);
    expect(first.places[0]).toBeCloseTo(-first.places[1], 9);
    expect(first.places[0]).toBeLessThan(first.places[1]);
    expect(first.places[2]).toBeLessThan(first.places[3]);
    view.find("tl-tool-lasso").click();
    drag(
      view,
      [
        [x, y],
        [x + 30, y],
        [x, y + 30],
      ],
      { ctrlKey: true },
    );
    expect(selected(view)[1]).toMatchObject({ shape: "lasso", mode: "add" });
  });

  test("a click with Shift takes a point, the legend a class, s what the crosshair is at", async () => {
    const view = await show();
    const [x, y] = middle(view);
    drag(view, [[x, y]], { shiftKey: true });
    expect(selected(view)[0]).toMatchObject({ shape: "point", mode: "toggle" });
    const click = new MouseEvent("click", { shiftKey: true, bubbles: true });
    view.all("tl-class")[1].dispatchEvent(click);
    expect(selected(view)[1]).toMatchObject({ shape: "class", places: [1] });
    expect(view.all("tl-class")[1].getAttribute("aria-pressed")).toBe("true");
    press(view.all("tl-class")[0], "s");
    expect(selected(view)[2]).toMatchObject({ shape: "class", places: [0] });
    press(view.find("tl-points"), "s");
    expect(selected(view)[3]).toMatchObject({ shape: "point" });
  });

  test("a plain click selects where nothing decodes", async () => {
    const view = await show({ decodable: false });
    clickAt(view, 100, 100);
    expect(selected(view)).toMatchObject([{ shape: "point", mode: "replace" }]);
  });

  test("two corners by keyboard make a rectangle", async () => {
    const view = await show();
    const canvas = view.find("tl-points");
    press(canvas, "b");
    press(canvas, "ArrowRight", { shiftKey: true });
    press(canvas, "ArrowUp", { shiftKey: true });
    press(canvas, "b");
    expect(selected(view)).toMatchObject([{ shape: "rectangle" }]);
  });

  test("Escape gives up an outline, then puts the tool away, then clears", async () => {
    const view = await show();
    const canvas = view.find("tl-points");
    view.find("tl-tool-lasso").click();
    press(canvas, "b");
    press(canvas, "Escape");
    expect(view.find("tl-tool-lasso").getAttribute("aria-pressed")).toBe("true");
    press(canvas, "Escape");
    expect(view.find("tl-tool-lasso").getAttribute("aria-pressed")).toBe("false");
    press(canvas, "Escape");
    expect(selected(view)).toEqual([]);
    const mask = { dtype: "uint8" as const, shape: [1], data: Uint8Array.of(5) };
    view.model.publish({ selected: pack(mask), selected_count: 2 });
    await settle();
    expect(view.find("tl-selected").textContent).toBe("2 selected");
    press(canvas, "Escape");
    expect(selected(view)).toMatchObject([{ shape: "none" }]);
  });

  test("nothing goes out without a kernel, and no tool is offered", async () => {
    const view = await show({ decodable: false }, true);
    clickAt(view, 100, 100);
    expect(view.messages("event")).toEqual([]);
    expect(view.find("tl-tool-lasso").hidden).toBe(true);
  });
});

describe("looking closely", () => {
  test("asks for finer codes when a zoom comes close and to rest, once", async () => {
    const view = await show();
    const canvas = view.find("tl-points");
    for (let times = 0; times < 10; times++) press(canvas, "+");
    await vi.advanceTimersByTimeAsync(400);
    expect(view.messages("window")).toEqual([]);
    for (let times = 0; times < 12; times++) press(canvas, "+");
    await vi.advanceTimersByTimeAsync(400);
    expect(view.messages("window")).toHaveLength(1);
    const [x0, x1, y0, y1] = viewOf(view);
    expect(view.messages("window")[0].data).toEqual({ x0, x1, y0, y1 });
    const codes = { dtype: "uint16" as const, shape: [1, 2], data: Uint16Array.of(32768, 32768) };
    const rows = { dtype: "uint32" as const, shape: [1], data: Uint32Array.of(2) };
    const [wide, high] = [x1 - x0, y1 - y0];
    view.model.publish({
      near_points: pack(codes),
      near_rows: pack(rows),
      near_bounds: [x0 - wide, x1 + wide, y0 - high, y1 + high],
    });
    await settle();
    expect(canvas.dataset.codes).toBe("near");
    point(canvas, "pointermove", ...middle(view));
    expect(view.find("tl-tooltip").textContent).toContain("zero · sample 2");
    press(canvas, "0");
    expect(canvas.dataset.codes).toBe("whole");
  });

  test("without a kernel zoom ends where half a device pixel would be reached", async () => {
    const view = await show({}, true);
    for (let times = 0; times < 60; times++) press(view.find("tl-points"), "+");
    const [x0, x1] = viewOf(view);
    expect((x1 - x0) / 380).toBeCloseTo(2 / 65535, 9);
    expect(view.messages("window")).toEqual([]);
  });
});

test("hover asks for the image of the point it rests on, and shows that one only", async () => {
  const view = await show({ has_images: true });
  const [x, y] = middle(view);
  point(view.find("tl-points"), "pointermove", x + 3, y);
  await vi.advanceTimersByTimeAsync(100);
  expect(view.messages("inspect").map((message) => message.data)).toEqual([{ row: 2 }]);
  view.model.publish({ inspected_row: 1, inspected_image: image });
  await settle();
  expect(view.find("tl-hover-image").hidden).toBe(true);
  view.model.publish({
    inspected_row: 2,
    inspected_image: pack({ dtype: "float32", shape: [2, 2, 1], data: new Float32Array(4) }),
  });
  await settle();
  expect(view.find("tl-hover-image").hidden).toBe(false);
});

test("values have a legend and are told, a quantity that is none too", async () => {
  const view = await show({
    values: pack({ dtype: "uint8", shape: [3], data: Uint8Array.of(0, 254, 255) }),
    value_range: [-2, 2],
    value_map: "diverging",
  });
  expect(view.find("tl-value-legend").textContent).toBe("value−202");
  point(view.find("tl-points"), "pointermove", ...middle(view));
  expect(view.find("tl-tooltip").textContent).toContain("value not a number");
});

test("a value is told in no more digits than its colour can tell", async () => {
  const view = await show({
    values: pack({ dtype: "uint8", shape: [3], data: Uint8Array.of(0, 254, 100) }),
    value_range: [-2, 2],
    value_map: "diverging",
  });
  point(view.find("tl-points"), "pointermove", ...middle(view));
  // A step of the colour is 4 / 254, and the hundredth code −0.4252: hundredths would say too much.
  expect(view.find("tl-tooltip").textContent).toMatch(/value ≈ −0\.4$/);
});

test("the tools are one stop of the Tab key, with arrows between them", async () => {
  const view = await show();
  const fit = view.find("tl-fit");
  fit.focus();
  press(fit, "ArrowRight");
  expect((document.activeElement as HTMLElement).dataset.testid).toBe("tl-tool-lasso");
  const stops = [...view.el.querySelectorAll(".tl-scatter-tools button")].filter(
    (button) => (button as HTMLElement).tabIndex === 0,
  );
  expect(stops).toEqual([fit]);
});

test("a lost graphics context is survived", async () => {
  const view = await show();
  const lost = new Event("webglcontextlost", { cancelable: true });
  view.find("tl-points").dispatchEvent(lost);
  await settle();
  expect(lost.defaultPrevented).toBe(true);
  view.find("tl-points").dispatchEvent(new Event("webglcontextrestored"));
  await settle();
  expect(view.find("tl-problem").hidden).toBe(true);
});

describe("a frame that only brings an answer", () => {
  test("leaves the points as they are; whatever changes them has them painted", async () => {
    const view = await show();
    const paints = vi.spyOn(ScatterPlot.prototype, "paint");
    const overlays = vi.spyOn(ScatterPlot.prototype, "paintOverlay");
    await answer(view, { decoded_client: "another" });
    expect(view.find("tl-points").dataset.crosshair).toBe("0.25 -0.5");
    expect([paints.mock.calls.length, overlays.mock.calls.length > 0]).toEqual([0, true]);
    const selected = pack({ dtype: "uint8", shape: [1], data: Uint8Array.of(1) });
    const codes = pack({ dtype: "uint8", shape: [3], data: Uint8Array.of(1, 1, 0) });
    const points = pack({ dtype: "uint16", shape: [3, 2], data: Uint16Array.from(places) });
    for (const traits of [{ selected }, { codes }, { points }, { unlabelled: 1 }]) {
      paints.mockClear();
      view.model.publish(traits);
      await settle();
      expect(paints, Object.keys(traits)[0]).toHaveBeenCalled();
    }
    paints.mockClear();
    vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(300);
    view.model.publish({});
    await settle();
    expect(paints).toHaveBeenCalled();
  });

  test("takes an answer that has no place in the plane too", async () => {
    const view = await show();
    await answer(view, { decoded_at: null, decoded_client: "another", decoded_ask: 4 });
    expect(view.find("tl-decoded").hidden).toBe(false);
    expect(view.find("tl-points").dataset.crosshair).toBe("");
  });
});

describe("the explorer", () => {
  test("is asked for once, shown when it is there, and folded", async () => {
    const inner = vi.fn(async ({ el }: { el: HTMLElement }) => el.append("inside"));
    const widgets: Record<string, { render: typeof inner }> = {};
    const view = await render(scatter, plane, { widgets });
    const tool = view.find("tl-tool-explore");
    tool.click();
    tool.click();
    tool.click();
    expect(view.messages("explore")).toHaveLength(2);
    view.model.publish({ explorer: "anywidget:late" });
    await settle();
    expect(inner).not.toHaveBeenCalled();
    widgets["anywidget:late"] = { render: inner };
    await vi.advanceTimersByTimeAsync(1000);
    expect(inner).toHaveBeenCalledTimes(1);
    const child = view.el.querySelector<HTMLElement>(".tl-child");
    expect([child?.textContent, child?.hidden]).toEqual(["inside", false]);
    expect(tool.getAttribute("aria-pressed")).toBe("true");
    view.model.publish({});
    await settle();
    expect(inner).toHaveBeenCalledTimes(1);
    tool.click();
    expect([child?.hidden, tool.getAttribute("aria-pressed")]).toEqual([true, "false"]);
    expect(view.messages("explore")).toHaveLength(2);
  });

  test("is given up where it cannot be had", async () => {
    const view = await show({ explorer: "anywidget:none" });
    await vi.advanceTimersByTimeAsync(20_000);
    view.abort();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("the kernel is told what is seen when a move comes to rest", async () => {
    const view = await show();
    const canvas = view.find("tl-points");
    press(canvas, "+");
    press(canvas, "+");
    await vi.advanceTimersByTimeAsync(300);
    const [x0, x1, y0, y1] = viewOf(view);
    press(canvas, "0");
    await vi.advanceTimersByTimeAsync(300);
    const told = view.messages("seen").map((message) => message.data);
    expect(told[0]).toEqual({ x0, x1, y0, y1, fitted: false });
    expect(told.slice(1)).toMatchObject([{ fitted: true }]);
  });
});

test("leaves no timer behind", async () => {
  const view = await show();
  clickAt(view, 100, 100);
  view.abort();
  expect(vi.getTimerCount()).toBe(0);
});
