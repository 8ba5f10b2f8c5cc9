import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Series } from "../../src/parts/curves_legend";
import curves, { type Traits } from "../../src/views/curves";
import {
  common,
  hostile,
  installBrowser,
  press,
  removeBrowser,
  render,
  settle,
} from "../fake_model";

beforeEach(() => {
  installBrowser();
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(464);
});
afterEach(() => {
  vi.restoreAllMocks();
  removeBrowser();
});

const first: Series = {
  key: 3,
  name: "loss",
  run: "",
  group: 0,
  color: "var(--tl-stroke-0, #1f82c8)",
  dash: "solid",
  shown: true,
  drawn: true,
  last: "0.0268",
  note: "",
  minimum: "0.0261",
  maximum: "0.3",
  count: "1,204",
  best: "0.0261 @ 1,187",
  raw: ["solid", 0],
  smooth: null,
};
const second: Series = {
  ...first,
  key: 5,
  name: "val_loss",
  dash: "dashed",
  last: "0.0294",
  note: "2 NaN",
  raw: ["dashed", 0],
};

const loss: Traits = {
  ...common,
  series: [first, second],
  groups: [],
  left: 0,
  search: "",
  marks: {},
  axes: [0, 100, 0, 1],
  frame_size: [260, 14, 12, 40, 52],
  epochs: [[50, 1]],
  cursor: [],
  x: "step",
  x_reasons: { step: "", epoch: "", time: "no times" },
  smoothing: 0.6,
  zoomed: false,
  live: true,
  log: false,
  log_possible: true,
  inspected: {},
  empty: false,
};

const data = (messages: Record<string, unknown>[]): unknown[] => messages.map((each) => each.data);

function point(view: Awaited<ReturnType<typeof render<Traits>>>, type: string, left: number): void {
  const event = new PointerEvent(type, { clientX: left, button: 0, bubbles: true });
  view.find("tl-curves-plot").dispatchEvent(event);
}

test("lists the series with line sample, last value and note", async () => {
  const view = await render(curves, loss);
  const items = view.all("tl-series");
  expect(items.map((item) => item.textContent)).toEqual(["loss0.0268", "val_loss0.0294"]);
  expect(items[1].parentElement?.textContent).toContain("2 NaN");
  const lines = items.map((item) => item.querySelector("line"));
  expect(lines.map((line) => line?.getAttribute("stroke"))).toEqual([first.color, first.color]);
  expect(lines.map((line) => line?.hasAttribute("stroke-dasharray"))).toEqual([false, true]);
});

test("hides a line on a click, shows it alone with Alt, and keeps the focus", async () => {
  const view = await render(curves, loss);
  const [, item] = view.all("tl-series");
  item.focus();
  item.click();
  item.dispatchEvent(new MouseEvent("click", { altKey: true }));
  expect(data(view.messages("toggle"))).toEqual([
    { series: 5, only: false },
    { series: 5, only: true },
  ]);
  view.model.publish({ series: [first, { ...second, shown: false, drawn: false }] });
  await settle();
  expect(view.all("tl-series")[1]).toBe(item);
  expect(item.getAttribute("aria-pressed")).toBe("false");
  expect(document.activeElement).toBe(item);
});

test("switches the scale through the kernel and shows the wish at once", async () => {
  const view = await render(curves, loss);
  view.find("tl-log").click();
  expect(data(view.messages("scale"))).toEqual([{ log: true }]);
  expect(view.find("tl-log").getAttribute("aria-checked")).toBe("true");
  await vi.advanceTimersByTimeAsync(2500);
  view.model.publish({ log: false });
  await settle();
  expect(view.find("tl-linear").getAttribute("aria-checked")).toBe("true");
});

test("arrow keys choose, and leave out what has no meaning", async () => {
  const view = await render(curves, loss);
  expect([view.find("tl-linear").tabIndex, view.find("tl-log").tabIndex]).toEqual([0, -1]);
  press(view.find("tl-linear"), "ArrowRight");
  expect(document.activeElement).toBe(view.find("tl-log"));
  expect(view.find("tl-x-time").title).toBe("no times");
  press(view.find("tl-x-step"), "ArrowLeft");
  expect(data(view.messages("along"))).toEqual([{ x: "epoch" }]);
  view.find("tl-x-time").click();
  expect(view.messages("along")).toHaveLength(1);
});

test("choosing what is chosen sends nothing", async () => {
  const view = await render(curves, loss);
  view.find("tl-linear").click();
  expect(view.messages("scale")).toEqual([]);
});

test.each([
  ["no positive value", { log_possible: false }, false],
  ["no kernel", {}, true],
])("logarithm is disabled: %s", async (_, traits, isAbsent) => {
  const view = await render(curves, { ...loss, ...traits }, { isAbsent });
  expect(view.find("tl-log").getAttribute("aria-disabled")).toBe("true");
  view.find("tl-log").click();
  press(view.find("tl-linear"), "ArrowRight");
  expect(view.messages("scale")).toEqual([]);
});

test("the slider asks for a weight and says it", async () => {
  const view = await render(curves, loss);
  const slider = view.find("tl-smoothing");
  if (!(slider instanceof HTMLInputElement)) throw new Error("no slider");
  expect([slider.value, slider.getAttribute("aria-valuetext")]).toEqual(["6", "0.6"]);
  slider.value = "15";
  slider.dispatchEvent(new Event("input"));
  expect(data(view.messages("smooth"))).toEqual([{ weight: 0.999 }]);
  view.model.publish({});
  await settle();
  expect(slider.value).toBe("15");
});

test("a drag chooses a stretch, which stays marked until it is shown", async () => {
  const view = await render(curves, loss);
  point(view, "pointerdown", 52 + 100);
  point(view, "pointermove", 52 + 200);
  point(view, "pointerup", 52 + 300);
  expect(data(view.messages("window"))).toEqual([{ low: 25, high: 75 }]);
  view.model.publish({});
  await settle();
  expect(view.el.querySelector(".tl-band")).not.toBeNull();
  view.model.publish({ axes: [25, 75, 0, 1], zoomed: true });
  await settle();
  expect(view.el.querySelector(".tl-band")).toBeNull();
  expect(view.find("tl-back").textContent).toBe("live");
  press(view.find("tl-curves-plot"), "Escape");
  view.find("tl-curves-plot").dispatchEvent(new MouseEvent("dblclick"));
  view.find("tl-back").click();
  expect(view.messages("whole")).toHaveLength(3);
});

test("a click, a finger and a wheel choose nothing", async () => {
  const view = await render(curves, loss);
  point(view, "pointerdown", 152);
  point(view, "pointerup", 154);
  const wheel = new WheelEvent("wheel", { deltaY: 10, cancelable: true });
  view.find("tl-curves-plot").dispatchEvent(wheel);
  expect(wheel.defaultPrevented).toBe(false);
  expect(view.messages("window")).toEqual([]);
});

test("keys zoom about the middle", async () => {
  const view = await render(curves, loss);
  press(view.find("tl-curves-plot"), "+");
  expect(data(view.messages("window"))).toEqual([{ low: 25, high: 75 }]);
});

test("marks the ends of epochs", async () => {
  const view = await render(curves, loss);
  const line = view.el.querySelector(".tl-epoch");
  expect(line?.getAttribute("x1")).toBe("252.5");
  expect(view.el.querySelector(".tl-epoch-number")?.textContent).toBe("1");
});

test("marks where the past is looked at, within the axis", async () => {
  const view = await render(curves, { ...loss, cursor: [50, 200] });
  const lines = [...view.el.querySelectorAll(".tl-cursor")];
  expect(lines.map((line) => line.getAttribute("x1"))).toEqual(["252.5"]);
  expect(view.el.querySelectorAll(".tl-cursor-head")).toHaveLength(1);
});

test("groups fold and are searched", async () => {
  const groups = [
    { key: 0, name: "a", count: 2, open: true },
    { key: 9, name: hostile, count: 1200, open: false },
  ];
  const view = await render(curves, { ...loss, groups, left: 7 });
  expect(view.all("tl-group").map((each) => each.textContent)).toEqual([
    "▾ a 2",
    `▸ ${hostile} 1,200`,
  ]);
  view.all("tl-group")[1].click();
  expect(data(view.messages("fold"))).toEqual([{ group: 9, open: true }]);
  const search = view.find("tl-search");
  if (!(search instanceof HTMLInputElement)) throw new Error("no search");
  search.value = "lay";
  search.dispatchEvent(new Event("input"));
  expect(data(view.messages("search"))).toEqual([{ text: "lay" }]);
  expect(view.el.textContent).toContain("7 more: search for them");
});

test("shows a table on demand", async () => {
  const view = await render(curves, loss);
  expect(view.find("tl-table").hidden).toBe(true);
  view.find("tl-table-button").click();
  await settle();
  const cells = [...view.find("tl-table").querySelectorAll("tbody tr")].map((row) =>
    [...row.children].map((cell) => cell.textContent),
  );
  expect(cells[0]).toEqual(["loss", "0.0268", "0.0261", "0.3", "0.0261 @ 1,187", "1,204"]);
  expect(cells).toHaveLength(2);
});

test("says that there is nothing yet", async () => {
  const view = await render(curves, { ...loss, series: [], empty: true });
  expect(view.find("tl-empty").textContent).toBe("No values yet");
});

test("shows names literally and takes no address for a colour", async () => {
  const bad = {
    ...first,
    name: hostile,
    run: hostile,
    color: "url(//example.org/x)",
    dash: "constructor",
    last: hostile,
    note: hostile,
  };
  const view = await render(curves, { ...loss, title: hostile, problem: hostile, series: [bad] });
  expect(view.find("tl-series").textContent).toBe(`${hostile} · ${hostile}${hostile}`);
  expect(view.find("tl-series").querySelector("line")?.getAttribute("stroke")).toBe("currentColor");
  expect(view.find("tl-problem").textContent).toBe(hostile);
  expect(view.el.querySelector("img, b")).toBeNull();
});
