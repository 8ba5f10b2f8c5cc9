import { describe, expect, test, vi } from "vitest";
import tree from "../../src/views/architecture_tree";
import { type Packed, pack } from "../../src/wire";
import { hostile, press, render, settle } from "../fake_model";
import { focused, keys, model, names, onAPage, paths, rowAt, rows, type } from "../tree_page";
import { columnsOf, type Line, network, nothing } from "../tree_traits";

onAPage();

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
    const bar = rowAt(view, 1).querySelector<HTMLElement>(".tl-tree-bar");
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

// Seen to fail without `endOf`, and where an open line was read as a closed one.
test("a closed line without a value shows the greatest inside, and its flags", async () => {
  const metrics = [
    { key: "norm", label: "gradient norm", unit: "", kind: "sequential" },
    { key: "nan", label: "not finite", unit: "", kind: "flag" },
  ];
  const data = new Float32Array(22).fill(Number.NaN);
  data.set([0.5], 1);
  data.set([0.25, 0.75], 5);
  data.set([1], 11 + 7);
  data.set([0.125], 10);
  const metric_values = pack({ dtype: "float32", shape: [2, 11], data });
  const view = await render(tree, { ...model, metrics, metric_values });
  const tint = (line: number): string => rowAt(view, line).style.getPropertyValue("--tl-tint");
  const flag = (line: number) => rowAt(view, line).querySelector(".tl-flag")?.textContent;
  const inner = (line: number) => rowAt(view, line).querySelector<HTMLElement>(".tl-tree-inner");
  expect([inner(2)?.textContent, inner(2)?.title]).toEqual(["0.75", "up to 0.75 inside"]);
  expect([tint(2), flag(2)]).toEqual(["rgb(253, 231, 37)", "not finite"]);
  expect([inner(0), tint(0), flag(0), inner(1)]).toEqual([null, "", undefined, null]);
  rowAt(view, 2).querySelector<HTMLElement>(".tl-fold")?.click();
  expect([inner(2), tint(2), flag(2)]).toEqual([null, "", undefined]);
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
