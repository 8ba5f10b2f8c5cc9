import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import tree, { type Traits } from "../../src/views/architecture_tree";
import { type Packed, pack } from "../../src/wire";
import {
  common,
  hostile,
  installBrowser,
  press,
  type Rendered,
  removeBrowser,
  render,
  settle,
} from "../fake_model";
import { columnsOf, type Line, network, nothing } from "../tree_traits";

beforeEach(installBrowser);
afterEach(removeBrowser);

const rest = {
  ...common,
  metrics: [],
  metric_values: null,
  measured: "",
  expanded_depth: 1,
  failed: "",
  failed_line: -1,
  chosen: -1,
  chooser: "",
  has_model: true,
  inside: null,
  shown_asks: 0,
};
const model: Traits = { ...rest, ...columnsOf(network) };

type View = Rendered<Traits>;

function rows(view: View): HTMLElement[] {
  return [...view.el.querySelectorAll<HTMLElement>(".tl-tree-row")];
}
const names = (view: View): (string | undefined)[] =>
  rows(view).map((row) => row.querySelector(".tl-module-name")?.textContent ?? "");
const paths = (view: View): (string | undefined)[] => rows(view).map((row) => row.dataset.path);

function rowAt(view: View, line: number): HTMLElement {
  const found = rows(view).find((row) => row.dataset.line === String(line));
  if (found === undefined) throw new Error(`no line ${line} among ${names(view)}`);
  return found;
}

function focused(): HTMLElement {
  if (document.activeElement instanceof HTMLElement) return document.activeElement;
  throw new Error("no focus");
}

function keys(...pressed: string[]): (string | undefined)[] {
  return pressed.map((key) => {
    press(focused(), key);
    return focused().dataset.line;
  });
}

async function type(view: View, text: string): Promise<void> {
  const input = view.find("tl-tree-search") as HTMLInputElement;
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  await settle();
}

describe("a tree", () => {
  test("opens to the depth it is given", async () => {
    expect(names(await render(tree, model))).toEqual(["", "stem", "layers", "head"]);
    const closed = await render(tree, { ...model, expanded_depth: 0 });
    expect(names(closed)).toEqual([""]);
  });

  test("writes each column", async () => {
    const view = await render(tree, { ...model, expanded_depth: 9 });
    const cells = [...rowAt(view, 1).children].map((cell) => cell.textContent);
    expect(cells).toEqual(["stemConv2d3 → 8", "[1, 8]", "20", "", "–"]);
    const bar = rowAt(view, 1).querySelector<HTMLElement>(".tl-share-bar");
    expect(bar?.style.width).toBe("20.00%");
    expect(rowAt(view, 1).children[3].getAttribute("aria-label")).toBe("20 %");
    expect(rowAt(view, 10).textContent).toContain("frozen");
    expect(rowAt(view, 3).dataset.testid).toBe("tl-repeat");
    expect(view.all("tl-module")).toHaveLength(10);
  });

  test("is a treegrid", async () => {
    const view = await render(tree, model);
    const grid = view.el.querySelector('[role="treegrid"]');
    expect(grid?.getAttribute("aria-label")).toContain("Title");
    expect(grid?.getAttribute("aria-rowcount")).toBe("5");
    const told = (line: number): (string | null)[] =>
      ["aria-level", "aria-rowindex", "aria-expanded"].map((name) =>
        rowAt(view, line).getAttribute(name),
      );
    expect(told(0)).toEqual(["1", "2", "true"]);
    expect(told(2)).toEqual(["2", "4", "false"]);
    expect(told(10)).toEqual(["2", "5", null]);
  });

  test("draws few of very many lines", async () => {
    const many: Line[] = [{ type: "Net" }];
    for (let at = 0; at < 50_000; at++) many.push({ name: "a", depth: 1, parameters: at + 1 });
    const view = await render(tree, { ...model, ...columnsOf(many) });
    expect(rows(view).length).toBeLessThan(60);
    const grid = view.el.querySelector<HTMLElement>(".tl-tree");
    expect(grid?.getAttribute("aria-rowcount")).toBe("50002");
    rowAt(view, 0).focus();
    keys("End");
    await settle();
    expect(focused().dataset.line).toBe("50000");
    expect(focused().getAttribute("aria-rowindex")).toBe("50002");
    expect(rows(view).length).toBeLessThan(60);
    if (grid !== null) grid.scrollTop = 24_000;
    grid?.dispatchEvent(new Event("scroll"));
    await settle();
    expect(rowAt(view, 1000).textContent).toContain("1,000");
    expect(focused().dataset.line).toBe("50000");
  });

  test("keeps its folds and the focus when another description comes", async () => {
    const view = await render(tree, model);
    rowAt(view, 2).focus();
    keys("ArrowRight", "ArrowDown", "ArrowRight");
    expect(names(view)).toContain("2");
    view.model.publish(columnsOf([...network, { name: "extra", depth: 1 }]));
    await settle();
    expect(names(view)).toContain("2");
    expect(names(view)).toContain("extra");
    expect(focused().dataset.line).toBe("3");
  });

  test("shows names literally, and knows when there are none", async () => {
    const line = { name: hostile, depth: 1, note: hostile, type: hostile };
    const view = await render(tree, { ...model, ...columnsOf([{}, line]) });
    expect(rowAt(view, 1).textContent).toContain(hostile);
    await type(view, "img");
    expect(view.el.querySelector("img, b")).toBeNull();
    view.model.publish(nothing);
    await settle();
    expect(view.find("tl-empty").textContent).toBe("No modules yet");
  });
});

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

describe("by hand", () => {
  test("what is shut opens, what is open is selected first", async () => {
    const view = await render(tree, model);
    rowAt(view, 2).click();
    expect(names(view)).toContain("(0–2)");
    rowAt(view, 0).click();
    expect(names(view)).toContain("(0–2)");
    rowAt(view, 0).click();
    expect(names(view)).toEqual([""]);
    const toggle = rowAt(view, 0).querySelector<HTMLElement>(".tl-fold");
    toggle?.click();
    expect(names(view)).toContain("stem");
    rowAt(view, 10).click();
    expect(names(view)).toContain("(0–2)");
  });

  test("headings sort, without the tree and with whole paths", async () => {
    const view = await render(tree, model);
    const heading = (key: string): HTMLElement =>
      view.all("tl-sort").find((button) => button.dataset.key === key) ?? view.el;
    heading("flops").focus();
    heading("flops").click();
    expect(paths(view).slice(0, 3)).toEqual(["", "layers.2.conv", "layers.0.conv"]);
    expect(names(view)[1]).toBe("layers.2.conv");
    expect(rowAt(view, 9).hasAttribute("aria-expanded")).toBe(false);
    expect(heading("flops").parentElement?.getAttribute("aria-sort")).toBe("descending");
    expect(focused().dataset.key).toBe("flops");
    heading("flops").click();
    heading("flops").click();
    expect(names(view)).toEqual(["", "stem", "layers", "head"]);
  });
});

describe("a search", () => {
  test("keeps what matches and what that is in, marks it, and ends with Escape", async () => {
    const view = await render(tree, model);
    await type(view, "2.con");
    expect(names(view)).toEqual(["", "layers", "(0–2)", "2", "conv"]);
    expect([...view.el.querySelectorAll("mark")].map((each) => each.textContent)).toEqual(["con"]);
    expect(view.find("tl-tree-found").textContent).toBe("1 of 10");
    press(view.find("tl-tree-search"), "Enter");
    expect(focused().dataset.path).toBe("layers.2.conv");
    keys("Escape");
    expect(view.find("tl-tree-found").hidden).toBe(true);
    expect(names(view)).toContain("conv");
    expect(focused().dataset.path).toBe("layers.2.conv");
    await type(view, "no such");
    expect(view.find("tl-tree-found").textContent).toBe("no module matches");
    press(view.find("tl-tree-search"), "Escape");
    expect((view.find("tl-tree-search") as HTMLInputElement).value).toBe("");
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

test("opens where the model failed, and says why", async () => {
  const failed = network.map((line, at) =>
    at === 7 ? { ...line, flags: 4, note: "failed: too wide", input: "[1, 9]" } : line,
  );
  const traits = { ...model, ...columnsOf(failed), failed: hostile, failed_line: 7 };
  const view = await render(tree, traits);
  expect(view.find("tl-failed").textContent).toBe(hostile);
  expect(rowAt(view, 7).textContent).toContain("failed: too wide");
  expect(rowAt(view, 7).classList.contains("tl-failed")).toBe(true);
  expect(view.find("tl-details").textContent).toContain("[1, 9]");
  expect(view.messages("select")).toEqual([]);
});

test("on a saved page, without a kernel, it folds and finds all the same", async () => {
  const view = await render(tree, model, { isAbsent: true });
  rowAt(view, 2).click();
  expect(names(view)).toContain("(0–2)");
  await type(view, "head");
  expect(names(view)).toEqual(["", "head"]);
  await vi.advanceTimersByTimeAsync(400);
  expect(view.sent).toEqual([]);
});

test("a metric is a column and colours the lines", async () => {
  const metrics = [
    { key: "time", label: "time", unit: "s", kind: "sequential" },
    { key: "mean", label: "mean", unit: "", kind: "diverging" },
    { key: "nan", label: "NaN seen", unit: "", kind: "flag" },
  ];
  const data = new Float32Array(33).fill(Number.NaN);
  data.set([1, 0.5, 0.001], 0);
  data.set([-2, 1], 11);
  data.set([0, 1], 22);
  const metric_values = pack({ dtype: "float32", shape: [3, 11], data });
  const view = await render(tree, { ...model, metrics, metric_values });
  const tint = (line: number): string => rowAt(view, line).style.getPropertyValue("--tl-tint");
  expect([tint(0), tint(2), tint(10)]).toEqual(["rgb(253, 231, 37)", "rgb(68, 1, 84)", ""]);
  expect(rowAt(view, 2).textContent).toContain("1 ms");
  expect(rowAt(view, 1).querySelector(".tl-flag")?.textContent).toBe("NaN seen");
  expect(view.find("tl-value-legend").textContent).toContain("time, s");
  const choice = view.find("tl-tree-metric") as HTMLSelectElement;
  choice.value = "mean";
  choice.dispatchEvent(new Event("change"));
  expect(tint(0)).not.toBe(tint(1));
  expect(view.find("tl-value-legend").textContent).toContain("mean");
  choice.value = "";
  choice.dispatchEvent(new Event("change"));
  expect([tint(0), view.find("tl-value-legend").hidden]).toEqual(["", true]);
  rowAt(view, 2).click();
  expect(view.find("tl-details").textContent).toContain("1 ms");
});

test("the first metric colours until somebody chooses, shares are percents", async () => {
  const values = (first: number[]): Packed => {
    const data = new Float32Array(11 * first.length).fill(Number.NaN);
    first.forEach((value, at) => {
      data[11 * at] = value;
    });
    return pack({ dtype: "float32", shape: [first.length, 11], data });
  };
  const dead = { key: "dead", label: "dead", unit: "%", kind: "sequential" };
  const view = await render(tree, {
    ...{ ...model, metrics: [dead], metric_values: values([0.39]), measured: "step 5" },
  });
  const choice = view.find("tl-tree-metric") as HTMLSelectElement;
  expect(choice.value).toBe("dead");
  expect(rowAt(view, 0).textContent).toContain("0.39 %");
  expect(view.find("tl-measured").textContent).toBe("step 5");
  const norm = { key: "norm", label: "norm", unit: "", kind: "sequential" };
  view.model.publish({ metrics: [norm, dead], metric_values: values([3, 1]) });
  await settle();
  expect(choice.value).toBe("norm");
  choice.value = "dead";
  choice.dispatchEvent(new Event("change"));
  view.model.publish({ metric_values: values([4, 2]) });
  await settle();
  expect(choice.value).toBe("dead");
  rowAt(view, 1).click();
  expect(view.find("tl-details").textContent).not.toContain("norm");
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
