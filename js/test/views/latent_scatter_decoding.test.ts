import { describe, expect, test, vi } from "vitest";
import { ScatterPlot } from "../../src/draw/scatter_plot";
import scatter from "../../src/views/latent_scatter";
import { pack } from "../../src/wire";
import { hostile, point, press, render, settle } from "../fake_model";
import {
  answer,
  asked,
  clickAt,
  middle,
  onAPage,
  places,
  plane,
  show,
  viewOf,
} from "../scatter_page";

onAPage();

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
