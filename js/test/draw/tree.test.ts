import { describe, expect, test } from "vitest";
import { colourOf, scaleOf } from "../../src/draw/tree_colours";
import { columnsOf, fitting, prefixed } from "../../src/draw/tree_columns";
import { nextOrder, siblings, treeOrder } from "../../src/draw/tree_lines";
import { pieces, search } from "../../src/draw/tree_search";
import { TreeState } from "../../src/draw/tree_state";
import { lineHeight, scrollFor, spanOf } from "../../src/draw/tree_window";
import { network, tableOf } from "../tree_traits";

const table = tableOf(network);

describe("a table", () => {
  test("knows what is in what", () => {
    expect([...table.parents]).toEqual([-1, 0, 0, 2, 3, 4, 3, 6, 3, 8, 0]);
    expect([...table.ends]).toEqual([11, 2, 10, 10, 6, 6, 8, 8, 10, 10, 11]);
    expect(table.moduleCount).toBe(10);
    expect(siblings(table, 6)).toEqual([4, 6, 8]);
    expect(siblings(table, 0)).toEqual([0]);
  });

  test("writes paths as named_modules does, and Python as one would", () => {
    expect(table.path(9)).toBe("layers.2.conv");
    expect(table.path(3)).toBe("layers");
    expect(table.path(0)).toBe("");
    expect(table.expression(9)).toBe("model.layers[2].conv");
    expect(table.expression(0)).toBe("model");
    expect(table.expression(3)).toBe("");
  });

  test("a deep tree is no deep recursion", () => {
    const deep = Array.from({ length: 3000 }, (_, depth) => ({ name: "a", depth }));
    const found = tableOf(deep);
    expect(found.above(2999)).toHaveLength(2999);
    expect(found.path(2).length).toBe(3 + 2);
  });

  test("takes indices that point nowhere for no text", () => {
    expect(tableOf([{}]).text("names", 7)).toBe("");
  });
});

function stateOf(depth: number): TreeState {
  const state = new TreeState(tableOf([]), (key, line) =>
    key === "module" ? table.path(line) : table.number("flops", line) || Number.NaN,
  );
  state.take(table, depth);
  return state;
}

const shown = (state: TreeState): number[] => [...state.lines];

describe("what is shown", () => {
  test("opens to a depth, and further by hand", () => {
    const state = stateOf(1);
    expect(shown(state)).toEqual([0, 1, 2, 10]);
    state.fold(2, true);
    expect(shown(state)).toEqual([0, 1, 2, 3, 10]);
    state.reveal(7);
    expect(shown(state)).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 10]);
    state.openSiblings(6);
    expect(shown(state)).toHaveLength(11);
    state.fold(0, false);
    expect(shown(state)).toEqual([0]);
  });

  test("the keyboard goes to what closed over its line", () => {
    const state = stateOf(9);
    state.current = 7;
    state.fold(3, false);
    expect(state.current).toBe(3);
  });

  test("stays open when the model is described again", () => {
    const state = stateOf(1);
    state.reveal(7);
    [state.current, state.selected] = [7, 7];
    const before = shown(state);
    state.take(tableOf([...network, { name: "extra", depth: 1 }]), 1);
    expect(shown(state)).toEqual([...before, 11]);
    expect([state.current, state.selected]).toEqual([7, 7]);
  });

  test("sorts without the tree, unknown values last, and goes back", () => {
    const state = stateOf(1);
    state.sort("flops");
    expect(shown(state)).toEqual([0, 9, 5, 7, 1, 2, 4, 6, 8, 10]);
    state.sort("flops");
    expect(shown(state).slice(0, 4)).toEqual([7, 5, 9, 0]);
    expect(shown(state).at(-1)).toBe(10);
    state.sort("module");
    expect(shown(state).slice(0, 3)).toEqual([0, 10, 2]);
    state.sort("module");
    state.sort("module");
    expect(shown(state)).toEqual([0, 1, 2, 10]);
  });

  test("an order turns round once", () => {
    const once = nextOrder(treeOrder, "flops");
    expect(once).toEqual({ by: "flops", descending: true });
    expect(nextOrder(once, "flops").descending).toBe(false);
    expect(nextOrder(nextOrder(once, "flops"), "flops")).toEqual(treeOrder);
    expect(nextOrder(once, "module")).toEqual({ by: "module", descending: false });
  });
});

describe("a search", () => {
  test.each([
    ["conv", [1, 5, 7, 9]],
    ["layers", [2]],
    ["layers.1.c", [7]],
    ["layers.1 conv", [7]],
    ["8 → 8 .2.", [9]],
    ["block", [2, 4, 6, 8]],
    ["STEM", [1]],
    ["nothing", []],
  ])("for %s", (query, expected) => {
    const found = search(table, query);
    expect([...(found?.matches ?? [])].flatMap((is, line) => (is ? [line] : []))).toEqual(expected);
    expect(found?.count).toBe(expected.length);
  });

  test("keeps what the matches are in, and folds there", () => {
    const state = stateOf(1);
    state.find("layers.1.conv");
    expect(shown(state)).toEqual([0, 2, 3, 6, 7]);
    state.fold(3, false);
    expect(shown(state)).toEqual([0, 2, 3]);
    state.find("layers");
    expect(shown(state)).toEqual([0, 2]);
    state.fold(2, true);
    expect(shown(state)).toEqual([0, 2, 3]);
    state.find("");
    expect(shown(state)).toEqual([0, 1, 2, 10]);
  });

  test("goes from match to match, round the end", () => {
    const state = stateOf(1);
    state.find("conv");
    const visited = [1, 2, 3, 4, 5].map(() => {
      state.current = state.nextMatch();
      return state.current;
    });
    expect(visited).toEqual([1, 5, 7, 9, 1]);
  });

  test("narrows a sorted list too", () => {
    const state = stateOf(1);
    state.find("conv2d");
    state.sort("flops");
    expect(shown(state)).toEqual([9, 5, 7, 1]);
  });

  test("types of names lead to lines", () => {
    const state = stateOf(1);
    state.current = 1;
    expect(state.startingWith("l")).toBe(2);
    expect(state.startingWith("h")).toBe(10);
    expect(state.startingWith("conv")).toBe(1);
    expect(state.startingWith("zz")).toBe(-1);
  });

  test("marks where words occur", () => {
    expect(pieces("layers.1.conv", ["1.co"], 9)).toEqual([
      ["co", true],
      ["nv", false],
    ]);
    expect(pieces("aXbx", ["x"])).toEqual([
      ["a", false],
      ["X", true],
      ["b", false],
      ["x", true],
    ]);
    expect(pieces("abc", [])).toEqual([["abc", false]]);
    expect(pieces("", ["a"])).toEqual([]);
  });
});

describe("the window", () => {
  test("holds what is in sight and little more", () => {
    const { first, last } = spanOf(24_000 * lineHeight, 420, 50_000);
    expect(first).toBeLessThanOrEqual(24_000);
    expect(last - first).toBeLessThan(50);
    expect(spanOf(0, 0, 3)).toEqual({ first: 0, last: 3 });
    expect(spanOf(1e9, 420, 10)).toEqual({ first: 10, last: 10 });
  });

  test("scrolls no further than it takes", () => {
    expect(scrollFor(3, 0, 266, 26, false)).toBe(0);
    expect(scrollFor(10, 0, 266, 26, false)).toBe(24);
    expect(scrollFor(2, 480, 266, 26, false)).toBe(48);
    expect(scrollFor(100, 0, 266, 26, true)).toBe(2400 - 108);
  });
});

describe("columns", () => {
  const metrics = [
    { key: "time", label: "time", unit: "s", kind: "sequential" },
    { key: "nan", label: "NaN", unit: "", kind: "flag" },
  ];
  const values = [0.0021, ...Array(10).fill(Number.NaN), 1, ...Array(10).fill(0)];
  const columns = columnsOf(table, metrics, values);
  const text = (key: string, line: number): string =>
    columns.find((column) => column.key === key)?.write(line) ?? "?";

  test("say what there is to say", () => {
    const keys = ["output", "parameters", "share", "flops", "time", "nan"];
    expect(columns.map(({ key }) => key)).toEqual(keys);
    expect([text("parameters", 0), text("flops", 0), text("flops", 1)]).toEqual([
      "100",
      "4.09 G",
      "–",
    ]);
    expect([text("time", 0), text("time", 1)]).toEqual(["2.1 ms", "–"]);
    expect([text("nan", 0), text("nan", 1)]).toEqual(["yes", ""]);
    const bare = columnsOf(tableOf([{ name: "a" }]), [], []).map(({ key }) => key);
    expect(bare).toEqual(["parameters", "share"]);
  });

  test("give way where there is no room", () => {
    const kept = (width: number, looked = ""): string[] =>
      fitting(columns, width, looked).map(({ key }) => key);
    expect(kept(1200)).toHaveLength(6);
    expect(kept(396)).toEqual(["parameters", "share"]);
    expect(kept(470, "time")).toEqual(["parameters", "share", "time"]);
    expect(kept(250, "time")).toEqual(["time"]);
    expect(kept(100)).toEqual([]);
  });

  test.each([
    [0, "", "0"],
    [999, "", "999"],
    [999_600, "", "1 M"],
    [12_345, "B", "12.3 kB"],
    [0.5, "", "0.5"],
    [-0.0021, "s", "−2.1 ms"],
    [3e-6, "s", "3 µs"],
    [7e10, "", "70 G"],
  ])("%d with a prefix", (value, unit, expected) => {
    expect(prefixed(value, unit)).toBe(expected);
  });
});

describe("colours of a metric", () => {
  test("span all values that are known", () => {
    expect(scaleOf([3, Number.NaN, -1, Number.POSITIVE_INFINITY], "sequential")).toMatchObject({
      low: -1,
      high: 3,
    });
    expect(scaleOf([3, -1], "diverging")).toMatchObject({ low: -3, high: 3, isDiverging: true });
    expect(scaleOf([Number.NaN], "sequential")).toBeNull();
  });

  test("differ with the value, and unknown ones have none", () => {
    const scale = { low: 0, high: 1, isDiverging: false };
    expect(colourOf(scale, "sequential", 0, false)).toBe("rgb(68, 1, 84)");
    expect(colourOf(scale, "sequential", 1, false)).toBe("rgb(253, 231, 37)");
    expect(colourOf(scale, "sequential", Number.NaN, false)).toBe("");
    const signed = { low: -1, high: 1, isDiverging: true };
    expect(colourOf(signed, "diverging", -1, false)).not.toBe(
      colourOf(signed, "diverging", 1, false),
    );
    expect([0, 1, Number.NaN].map((value) => colourOf(scale, "flag", value, false))).toEqual([
      "",
      "var(--tl-bad)",
      "",
    ]);
  });
});
