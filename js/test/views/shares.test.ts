import { afterEach, beforeEach, expect, test } from "vitest";
import shares, { type Traits } from "../../src/views/shares";
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
import { columnsOf, network } from "../shares_traits";

beforeEach(() => {
  installBrowser();
  Object.defineProperty(HTMLElement.prototype, "clientWidth", {
    configurable: true,
    get: () => 600,
  });
});
afterEach(() => {
  removeBrowser();
  Reflect.deleteProperty(HTMLElement.prototype, "clientWidth");
});

const traits: Traits = {
  ...common,
  ...columnsOf(network),
  of: "parameters",
  kind: "bars",
  failed: "",
  measures: {
    parameters: { summary: "100 parameters", note: "", reason: "" },
    flops: { summary: "400 FLOPs", note: "Operations.", reason: "" },
    memory: { summary: "1 kB", note: "Bytes.", reason: "" },
  },
};

/** Marks of every kind, in the order of the page. */
function marks(view: Rendered<Traits>): Element[] {
  return [...view.el.querySelectorAll('[data-testid="tl-share"]')].filter(
    (each) => each.closest("[hidden]") === null,
  );
}

function labels(view: Rendered<Traits>): string[] {
  return marks(view).map((each) => each.getAttribute("aria-label") ?? "");
}

async function choose(view: Rendered<Traits>, testId: string): Promise<void> {
  view.find(testId).click();
  await settle();
}

function boxOf(view: Rendered<Traits>, path: string): HTMLElement {
  const found = marks(view).find((each) => (each as HTMLElement).dataset.path === path);
  if (!(found instanceof HTMLElement)) throw new Error(`no box of ${path}`);
  return found;
}

test("bars have their path, class, value and percent", async () => {
  const view = await render(shares, traits);
  expect(view.find("tl-share").textContent).toBe("body.0.convConv2d5959 %");
  expect(labels(view)[0]).toBe("body.0.conv, Conv2d, 59 parameters, 59 % of all · 98 % of body.0");
  expect(marks(view)).toHaveLength(5);
});

test("another measure and another form are chosen on the page alone", async () => {
  const view = await render(shares, traits, { isAbsent: true });
  await choose(view, "tl-share-flops");
  expect(view.el.querySelector(".tl-summary")?.textContent).toBe("400 FLOPs");
  expect(view.find("tl-share-note").textContent).toBe("Operations.");
  expect(labels(view)[0]).toContain("body.0, Block, 150 FLOPs, 38 % of all");
  await choose(view, "tl-share-as-pie");
  expect(labels(view).map((each) => each.split(",")[0])).toEqual(["body", "stem", "head"]);
  await choose(view, "tl-share-as-icicle");
  expect(labels(view)[0]).toBe("Net, 400 FLOPs");
  expect(view.sent).toEqual([]);
});

test("python says what comes first", async () => {
  const view = await render(shares, { ...traits, of: "memory", kind: "pie" });
  expect(labels(view)[0]).toBe("body, Body, 700 B, 70 % of all");
  const odd = await render(shares, { ...traits, of: "nonsense", kind: "nonsense" });
  expect(labels(odd)[0]).toContain("59 parameters");
});

test("a box is zoomed in on by click, and out by Escape and by its path", async () => {
  const view = await render(shares, { ...traits, kind: "icicle" });
  expect(boxOf(view, "body").style.left).toBe("48px");
  boxOf(view, "body").click();
  await settle();
  expect([boxOf(view, "body").style.left, boxOf(view, "body").style.width]).toEqual([
    "0px",
    "599px",
  ]);
  expect(view.all("tl-share-crumb").map((each) => each.textContent)).toEqual(["Net", "body"]);
  boxOf(view, "body.0.conv").click();
  await settle();
  expect(view.all("tl-share-crumb")).toHaveLength(3);
  expect(document.activeElement).toBe(boxOf(view, "body.0.conv"));
  press(boxOf(view, "body.0.conv"), "Escape");
  await settle();
  expect(document.activeElement).toBe(boxOf(view, "body.0"));
  view.all("tl-share-crumb")[0].click();
  await settle();
  expect(boxOf(view, "Net").getAttribute("aria-level")).toBe("1");
});

test("the keyboard reaches every box and keeps keys that it uses", async () => {
  const view = await render(shares, { ...traits, kind: "icicle" });
  let leaked = 0;
  view.el.addEventListener("keydown", () => {
    leaked += 1;
  });
  const inTabOrder = marks(view).filter((each) => each.getAttribute("tabindex") === "0");
  expect(inTabOrder).toEqual([boxOf(view, "Net")]);
  boxOf(view, "Net").focus();
  for (const key of ["ArrowDown", "ArrowDown"]) {
    press(document.activeElement as HTMLElement, key);
  }
  expect(document.activeElement).toBe(boxOf(view, "body.0"));
  press(document.activeElement as HTMLElement, "Enter");
  await settle();
  expect(view.all("tl-share-crumb")).toHaveLength(3);
  press(document.activeElement as HTMLElement, "ArrowUp");
  await settle();
  expect(view.all("tl-share-crumb")).toHaveLength(2);
  expect(leaked).toBe(0);
  press(document.activeElement as HTMLElement, "x");
  expect(leaked).toBe(1);
});

test("hovering tells path, class, value and parts", async () => {
  const view = await render(shares, { ...traits, kind: "icicle" });
  point(boxOf(view, "body.1"), "pointermove", 10, 10);
  const told = [...view.find("tl-tooltip").children].map((each) => each.textContent);
  expect(told).toEqual(["body.1", "Block", "30 parameters", "30 % of all · 33 % of body"]);
});

test("a measure that there is not is disabled with its reason", async () => {
  const flops = { summary: "", note: "", reason: "needs an example" };
  const measures = { ...traits.measures, flops };
  const view = await render(shares, { ...traits, of: "flops", measures });
  const button = view.find("tl-share-flops");
  expect([button.getAttribute("aria-disabled"), button.title]).toEqual([
    "true",
    "needs an example",
  ]);
  expect(view.find("tl-share-note").textContent).toBe("No FLOPs: needs an example. ");
  expect(labels(view)[0]).toContain("59 parameters");
});

test("a failed forward pass is told, and nothing measured is said", async () => {
  const view = await render(shares, { ...traits, failed: hostile });
  expect(view.find("tl-share-failed").textContent).toContain(hostile);
  expect(view.el.querySelector("img")).toBeNull();
  const none = { summary: "", note: "", reason: "nothing" };
  const measures = { parameters: none, flops: none, memory: none };
  const empty = await render(shares, { ...traits, measures });
  expect(empty.find("tl-empty").textContent).toContain("Nothing to share out");
});

test("the table has the same numbers", async () => {
  const view = await render(shares, traits);
  await choose(view, "tl-table-button");
  const rows = [...view.find("tl-table").querySelectorAll("tr")].map((row) =>
    [...row.children].map((cell) => cell.textContent),
  );
  expect(rows[0]).toEqual(["module", "class", "parameters", "of all"]);
  expect(rows[1]).toEqual(["body.0.conv", "Conv2d", "59", "59 %"]);
  expect(rows).toHaveLength(6);
});

test("names are text", async () => {
  const rows = network.map((row, at) => (at === 1 ? { ...row, name: hostile } : row));
  for (const kind of ["bars", "icicle", "pie"]) {
    const view = await render(shares, { ...traits, ...columnsOf(rows), kind });
    expect(view.el.querySelector("img")).toBeNull();
    expect(labels(view).some((each) => each.startsWith(hostile))).toBe(true);
  }
});
