import { describe, expect, test, vi } from "vitest";
import { pack } from "../../src/wire";
import { point, press, settle } from "../fake_model";
import { asked, clickAt, middle, onAPage, show, type View, viewOf } from "../scatter_page";

onAPage();

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
