import { afterEach, beforeEach, expect, test } from "vitest";
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

beforeEach(installBrowser);
afterEach(removeBrowser);

const loss: Traits = {
  ...common,
  series: [
    { name: "loss", color: "#0072B2", dash: "solid", last: "0.0268", note: "" },
    { name: "val_loss", color: "#E69F00", dash: "dashed", last: "0.0294", note: "2 NaN" },
  ],
  log: false,
  log_possible: true,
  empty: false,
};

test("lists the series with line sample, last value and note", async () => {
  const view = await render(curves, loss);
  expect(view.all("tl-series").map((item) => item.textContent)).toEqual([
    "loss0.0268",
    "val_loss0.02942 NaN",
  ]);
  const lines = view.all("tl-series").map((item) => item.querySelector("line"));
  expect(lines.map((line) => line?.getAttribute("stroke"))).toEqual(["#0072B2", "#E69F00"]);
  expect(lines.map((line) => line?.hasAttribute("stroke-dasharray"))).toEqual([false, true]);
});

test("switches the scale through the kernel and shows the wish at once", async () => {
  const view = await render(curves, loss);
  view.find("tl-log").click();
  expect(view.messages("scale").map((message) => message.data)).toEqual([{ log: true }]);
  expect(view.find("tl-log").getAttribute("aria-checked")).toBe("true");
  view.model.publish({ log: false });
  await settle();
  expect(view.find("tl-linear").getAttribute("aria-checked")).toBe("true");
});

test("arrow keys switch too, and the chosen one has the tab stop", async () => {
  const view = await render(curves, loss);
  expect([view.find("tl-linear").tabIndex, view.find("tl-log").tabIndex]).toEqual([0, -1]);
  press(view.find("tl-linear"), "ArrowRight");
  expect(view.messages("scale").map((message) => message.data)).toEqual([{ log: true }]);
  expect(document.activeElement).toBe(view.find("tl-log"));
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

test("says that there is nothing yet", async () => {
  const view = await render(curves, { ...loss, series: [], empty: true });
  expect(view.find("tl-empty").textContent).toBe("No values yet");
});

test("shows names literally and takes no address for a colour", async () => {
  const bad = {
    name: hostile,
    color: "url(//example.org/x)",
    dash: "constructor",
    last: hostile,
    note: hostile,
  };
  const view = await render(curves, { ...loss, title: hostile, problem: hostile, series: [bad] });
  expect(view.find("tl-series").textContent).toBe(hostile.repeat(3));
  expect(view.find("tl-series").querySelector("line")?.getAttribute("stroke")).toBe("currentColor");
  expect(view.find("tl-problem").textContent).toBe(hostile);
  expect(view.el.querySelector("img, b")).toBeNull();
});
