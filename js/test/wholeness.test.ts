import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { defineView, type ViewTraits } from "../src/model";
import {
  common,
  installBrowser,
  type Options,
  type Rendered,
  removeBrowser,
  render,
  settle,
} from "./fake_model";

beforeEach(installBrowser);
afterEach(removeBrowser);

const widget = defineView<ViewTraits>("probe", () => ({ draw() {}, fail() {} }));

function start(
  traits: Partial<ViewTraits> = {},
  options: Options = {},
): Promise<Rendered<ViewTraits>> {
  return render(widget, { ...common, ...traits }, options);
}

describe("a frame that is not whole", () => {
  const said = ({ messages }: Rendered<ViewTraits>): unknown => messages("shows").at(-1)?.frame;

  test("builds on one that never came: told as none, until a whole one comes", async () => {
    const view = await start({ frame: 7 });
    view.model.publish({ builds_on: 7 });
    await settle();
    view.model.publish({ frame: 10, builds_on: 9 });
    await vi.advanceTimersByTimeAsync(1100);
    expect(view.messages("ack").map((message) => message.frame)).toEqual([7, 8]);
    expect(said(view)).toBe(0);
    view.model.publish({ builds_on: 10 });
    await vi.advanceTimersByTimeAsync(1100);
    expect(said(view)).toBe(0);
    view.model.publish({ builds_on: 0 });
    await settle();
    await vi.advanceTimersByTimeAsync(100);
    expect(view.messages("ack").at(-1)?.frame).toBe(12);
    await vi.advanceTimersByTimeAsync(1600);
    expect(said(view)).toBe(12);
  });

  test("was overtaken by an older one", async () => {
    const view = await start({ frame: 7 });
    view.model.publish({ builds_on: 7 });
    await settle();
    view.model.publish({ frame: 6, builds_on: 6 });
    await vi.advanceTimersByTimeAsync(1100);
    expect(said(view)).toBe(0);
  });

  test("lacks a part: told as none until it came", async () => {
    const figure = { sent: 3, get: (name: string) => (name === "sent" ? figure.sent : undefined) };
    const view = await start(
      { parts: { "anywidget:figure": 3 } },
      { models: { "anywidget:figure": figure } },
    );
    expect(view.messages("ack")).toHaveLength(1);
    view.model.publish({ builds_on: 1, parts: { "anywidget:figure": 4 } });
    await vi.advanceTimersByTimeAsync(1100);
    expect(view.messages("ack")).toHaveLength(1);
    expect(said(view)).toBe(0);
    figure.sent = 4;
    await settle();
    expect(view.messages("ack").at(-1)?.frame).toBe(2);
    await vi.advanceTimersByTimeAsync(1100);
    expect(said(view)).toBe(2);
  });

  test("names a part that cannot be had: then the frame alone counts", async () => {
    const view = await start({ parts: { "anywidget:nobody": 3 } });
    view.model.publish({ builds_on: 1 });
    await settle();
    expect(view.messages("ack").at(-1)?.frame).toBe(2);
  });
});
