import { describe, expect, test, vi } from "vitest";
import tree from "../../src/views/architecture_tree";
import { press, render, settle } from "../fake_model";
import { focused, keys, model, names, onAPage, rowAt, rows, type View } from "../tree_page";

onAPage();

describe("by keys", () => {
  test("one walks as in a file tree", async () => {
    const view = await render(tree, model);
    rowAt(view, 0).focus();
    expect(keys("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowLeft")).toEqual([
      "1",
      "2",
      "2",
      "3",
      "2",
    ]);
    expect(keys("End", "ArrowDown", "Home", "ArrowUp", "ArrowLeft")).toEqual([
      "10",
      "10",
      "0",
      "0",
      "0",
    ]);
    expect(names(view)).toEqual([""]);
    keys("Enter");
    expect(names(view)).toContain("stem");
    keys(" ");
    expect(names(view)).toEqual([""]);
  });

  test("one jumps by page, letter and level", async () => {
    const view = await render(tree, { ...model, expanded_depth: 3 });
    rowAt(view, 0).focus();
    expect(keys("h")).toEqual(["10"]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(keys("l", "s")).toEqual(["2", "2"]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(keys("s", "t")).toEqual(["1", "1"]);
    expect(keys("PageDown", "PageUp")).toEqual(["2", "1"]);
    rowAt(view, 6).focus();
    keys("*");
    expect(names(view).filter((name) => name === "conv")).toHaveLength(3);
    keys("/");
    expect(focused().dataset.testid).toBe("tl-tree-search");
  });

  test("one row has the tab stop", async () => {
    const view = await render(tree, model);
    rowAt(view, 2).focus();
    const stops = rows(view).filter((row) => row.tabIndex === 0);
    expect(stops.map((row) => row.dataset.line)).toEqual(["2"]);
  });
});

describe("selecting", () => {
  const selects = (view: View): unknown[] => view.messages("select").map(({ data }) => data);

  test("tells the kernel where one came to rest, and all that is known", async () => {
    const view = await render(tree, { ...model, expanded_depth: 9 });
    expect(view.find("tl-details").hidden).toBe(true);
    rowAt(view, 0).focus();
    keys("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown");
    await vi.advanceTimersByTimeAsync(400);
    expect(selects(view)).toEqual([{ path: "layers.0.conv" }]);
    expect(view.find("tl-expression").textContent).toBe("model.layers[0].conv");
    expect(view.find("tl-details").textContent).toContain("Conv2d(8 → 8)");
    expect(view.find("tl-details").textContent).toContain("2 M");
    expect(rowAt(view, 5).getAttribute("aria-selected")).toBe("true");
    keys("End");
    expect(view.find("tl-details").textContent).toContain("20 (20 %), frozen");
  });

  test("several modules in one line are not told", async () => {
    const view = await render(tree, { ...model, expanded_depth: 2 });
    rowAt(view, 3).click();
    await vi.advanceTimersByTimeAsync(400);
    expect(selects(view)).toEqual([]);
    expect(view.find("tl-copy").hidden).toBe(true);
  });

  test("in Python opens the tree there; on another page only marks it", async () => {
    const view = await render(tree, model);
    view.model.publish({ chosen: 7, shown_asks: 1 });
    await settle();
    expect(rowAt(view, 7).getAttribute("aria-selected")).toBe("true");
    expect(view.find("tl-expression").textContent).toBe("model.layers[1].conv");
    rowAt(view, 0).click();
    rowAt(view, 0).click();
    view.model.publish({ chosen: 9, chooser: "other" });
    await settle();
    expect(names(view)).toEqual([""]);
    expect(view.find("tl-expression").textContent).toBe("model.layers[2].conv");
    expect(selects(view)).toEqual([]);
  });

  test("an echo of what this page selected does not take one back", async () => {
    const view = await render(tree, model);
    rowAt(view, 1).click();
    await vi.advanceTimersByTimeAsync(400);
    rowAt(view, 10).click();
    const [message] = view.messages("select");
    view.model.publish({ chosen: 1, chooser: String(message.client) });
    await settle();
    expect(rowAt(view, 10).getAttribute("aria-selected")).toBe("true");
  });

  test("is copied as Python", async () => {
    const written: string[] = [];
    vi.stubGlobal("navigator", {
      ...navigator,
      clipboard: { writeText: async (text: string) => void written.push(text) },
    });
    const view = await render(tree, { ...model, expanded_depth: 9 });
    rowAt(view, 9).click();
    view.find("tl-copy").click();
    await settle();
    press(rowAt(view, 9), "c", { ctrlKey: true });
    await settle();
    expect(written).toEqual(Array(2).fill("model.layers[2].conv"));
    expect(view.find("tl-details").textContent).toContain("copied");
  });
});

test("the selected module's parameters are shown when somebody wants them", async () => {
  const inner = vi.fn(async ({ el }: { el: HTMLElement }) => {
    el.textContent = "weights of it";
  });
  const widgets = { "anywidget:inside": { render: inner } };
  const view = await render(tree, model, { widgets });
  rows(view)[1].click();
  const button = view.find("tl-inside");
  expect(button.getAttribute("aria-expanded")).toBe("false");
  button.click();
  expect(view.messages("inside")).toHaveLength(1);
  expect(button.getAttribute("aria-expanded")).toBe("true");
  view.model.publish({ inside: "anywidget:inside" });
  await settle();
  expect(inner).toHaveBeenCalledOnce();
  expect(view.el.textContent).toContain("weights of it");
  button.click();
  expect(view.el.querySelector<HTMLElement>(".tl-child")?.hidden).toBe(true);
  expect(view.messages("inside")).toHaveLength(1);
});

test("without the model at hand there is nothing to look into", async () => {
  const view = await render(tree, { ...model, has_model: false });
  rows(view)[1].click();
  expect(view.find("tl-inside").hidden).toBe(true);
});
