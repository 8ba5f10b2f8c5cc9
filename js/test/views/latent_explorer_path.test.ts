import { describe, expect, test, vi } from "vitest";
import { pack } from "../../src/wire";
import { click, images, onAPage, open, places, said, show, standIn } from "../explorer_page";
import { hostile, point, press, settle } from "../fake_model";

onAPage();

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
