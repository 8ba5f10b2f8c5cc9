import { describe, expect, test, vi } from "vitest";
import { pack } from "../../src/wire";
import { hostile, point, press, settle } from "../fake_model";
import { asked, clickAt, image, middle, onAPage, show, viewOf } from "../scatter_page";

onAPage();

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

test("leaves no timer behind", async () => {
  const view = await show();
  clickAt(view, 100, 100);
  view.abort();
  expect(vi.getTimerCount()).toBe(0);
});
