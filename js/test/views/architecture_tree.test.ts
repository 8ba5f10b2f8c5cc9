import { afterEach, beforeEach, describe, expect, test } from "vitest";
import tree, { type Row, type Traits } from "../../src/views/architecture_tree";
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

beforeEach(installBrowser);
afterEach(removeBrowser);

function row(path: string, depth: number, leaf: boolean, more: Partial<Row> = {}): Row {
  const name = path.split(".").at(-1) ?? "";
  const rest = { type: "Linear", settings: "", output: "[1, 2]", parameters: 2080, share: 0.5 };
  return { path, name, depth, leaf, trainable: true, note: "", ...rest, ...more };
}

const model: Traits = {
  ...common,
  rows: [
    row("encoder", 0, false, { type: "Sequential" }),
    row("encoder.0", 1, true, { settings: "64 → 32" }),
    row("encoder.1", 1, false, { type: "Sequential" }),
    row("encoder.1.0", 2, true, { parameters: 0, share: 0 }),
    row("decoder", 0, true, { trainable: false, note: "frozen" }),
  ],
  expanded_depth: 1,
  failed: "",
};

type View = Rendered<Traits>;
const paths = (view: View): (string | undefined)[] =>
  view.all("tl-module").map((element) => element.dataset.path);

function rowAt(view: View, path: string): HTMLElement {
  const found = view.all("tl-module").find((element) => element.dataset.path === path);
  if (found === undefined) throw new Error(`no row ${path}`);
  return found;
}

function pressOn(key: string): void {
  if (document.activeElement instanceof HTMLElement) press(document.activeElement, key);
}

const focused = (): string | undefined =>
  document.activeElement instanceof HTMLElement ? document.activeElement.dataset.path : undefined;

test("opens to the depth it is given", async () => {
  const view = await render(tree, model);
  expect(paths(view)).toEqual(["encoder", "encoder.0", "encoder.1", "decoder"]);
  const closed = await render(tree, { ...model, expanded_depth: 0 });
  expect(paths(closed)).toEqual(["encoder", "decoder"]);
});

test("writes each column", async () => {
  const view = await render(tree, { ...model, expanded_depth: 9 });
  const cells = (path: string): (string | null)[] =>
    [...rowAt(view, path).children].map((cell) => cell.textContent);
  expect(cells("encoder.0").slice(0, 3)).toEqual(["0Linear(64 → 32)", "[1, 2]", "2,080"]);
  expect(cells("encoder.1.0")[2]).toBe("–");
  expect(cells("decoder")[0]).toContain("frozen");
  expect(rowAt(view, "encoder.0").querySelector<HTMLElement>(".tl-share-bar")?.style.width).toBe(
    "50.00%",
  );
  expect(rowAt(view, "encoder.1.0").querySelector(".tl-share-bar")).toBeNull();
});

test("is a treegrid", async () => {
  const view = await render(tree, model);
  expect(view.el.querySelector('[role="treegrid"]')?.getAttribute("aria-label")).toContain("Title");
  expect(rowAt(view, "encoder").getAttribute("aria-expanded")).toBe("true");
  expect(rowAt(view, "encoder.1").getAttribute("aria-expanded")).toBe("false");
  expect(rowAt(view, "encoder.0").hasAttribute("aria-expanded")).toBe(false);
  expect(rowAt(view, "encoder.1").getAttribute("aria-level")).toBe("2");
});

describe("folding", () => {
  test("by click, kept when a frame brings new rows", async () => {
    const view = await render(tree, model);
    rowAt(view, "encoder.1").click();
    expect(paths(view)).toContain("encoder.1.0");
    rowAt(view, "encoder").click();
    expect(paths(view)).toEqual(["encoder", "decoder"]);
    view.model.publish({ rows: [...model.rows, row("extra", 0, true)] });
    await settle();
    expect(paths(view)).toEqual(["encoder", "decoder", "extra"]);
    rowAt(view, "encoder").click();
    expect(paths(view)).toContain("encoder.1.0");
  });

  test("a click on a leaf folds nothing", async () => {
    const view = await render(tree, model);
    rowAt(view, "decoder").click();
    expect(paths(view)).toHaveLength(4);
  });

  test("by keyboard, as in a file tree", async () => {
    const view = await render(tree, model);
    rowAt(view, "encoder").focus();
    const walk = (keys: string[]): (string | undefined)[] =>
      keys.map((key) => {
        pressOn(key);
        return focused();
      });
    expect(walk(["ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowLeft"])).toEqual([
      "encoder.0",
      "encoder.1",
      "encoder.1",
      "encoder.1.0",
      "encoder.1",
    ]);
    expect(walk(["End", "ArrowDown", "Home", "ArrowUp", "ArrowLeft"])).toEqual([
      "decoder",
      "decoder",
      "encoder",
      "encoder",
      "encoder",
    ]);
    expect(paths(view)).toEqual(["encoder", "decoder"]);
    pressOn("Enter");
    expect(paths(view)).toContain("encoder.0");
  });

  test("one row has the tab stop", async () => {
    const view = await render(tree, model);
    rowAt(view, "encoder.0").focus();
    const stops = view.all("tl-module").filter((element) => element.tabIndex === 0);
    expect(stops.map((element) => element.dataset.path)).toEqual(["encoder.0"]);
  });

  test("the focus stays while frames come", async () => {
    const view = await render(tree, model);
    rowAt(view, "encoder.1").focus();
    view.model.publish({ rows: model.rows.map((each) => ({ ...each, output: "[9]" })) });
    await settle();
    expect(focused()).toBe("encoder.1");
    expect(rowAt(view, "encoder.1").textContent).toContain("[9]");
  });
});

test("says why there are no shapes", async () => {
  const view = await render(tree, { ...model, failed: hostile });
  expect(view.find("tl-failed").textContent).toBe(hostile);
});

test("shows names literally, and knows when there are none", async () => {
  const view = await render(tree, {
    ...model,
    rows: [row(hostile, 0, true, { note: hostile, type: hostile })],
  });
  expect(view.find("tl-module").textContent).toContain(hostile);
  expect(view.el.querySelector("img, b")).toBeNull();
  view.model.publish({ rows: [] });
  await settle();
  expect(view.find("tl-empty").textContent).toBe("No modules yet");
});
