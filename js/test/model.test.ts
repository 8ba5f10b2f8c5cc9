import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { defineView, type Stage, type Uplink, type ViewTraits } from "../src/model";
import {
  common,
  FakeIntersections,
  installBrowser,
  type Rendered,
  removeBrowser,
  render,
  settle,
} from "./fake_model";

beforeEach(installBrowser);
afterEach(removeBrowser);

let draws: number[] = [];
let stage: Stage<ViewTraits>;
let broken = false;
const failures: string[] = [];
const getWidget = async (): Promise<never> => {
  throw new Error("no such widget");
};

const widget = defineView<ViewTraits>("probe", (given) => {
  stage = given;
  return {
    draw() {
      if (broken) throw new Error("no pixels");
      draws.push(given.model.get("frame"));
    },
    fail: (reason) => void failures.push(reason),
  };
});

function start(traits: Partial<ViewTraits> = {}, isAbsent = false): Promise<Rendered<ViewTraits>> {
  draws = [];
  failures.length = 0;
  broken = false;
  return render(widget, { ...common, ...traits }, { isAbsent });
}

function hidePage(hidden: boolean): void {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(hidden ? "hidden" : "visible");
  document.dispatchEvent(new Event("visibilitychange"));
}

afterEach(() => vi.restoreAllMocks());

describe("a rendered view", () => {
  test("says hello once, with its identity", async () => {
    const { messages } = await start();
    const [hello, ...more] = messages("hello");
    expect(more).toEqual([]);
    expect(hello).toEqual({
      type: "hello",
      view: "view-1",
      client: expect.any(String),
      visible: true,
    });
  });

  test("has a new client each time", async () => {
    const first = await start();
    const second = await start();
    expect(first.messages("hello")[0].client).not.toBe(second.messages("hello")[0].client);
  });

  test("draws and acknowledges the frame that is there", async () => {
    const { messages } = await start({ frame: 7 });
    expect(draws).toContain(7);
    expect(messages("ack").map((message) => message.frame)).toEqual([7]);
  });

  test("says hello before it acknowledges", async () => {
    const { sent } = await start();
    expect(sent.map((message) => message.type)).toEqual(["hello", "ack"]);
  });

  test("does not acknowledge a frame that never came", async () => {
    const { messages } = await start({ frame: 0 });
    expect(messages("ack")).toEqual([]);
  });

  test("acknowledges a frame only after an animation frame has passed", async () => {
    const { model, messages } = await start();
    model.publish({});
    expect(messages("ack").map((message) => message.frame)).toEqual([1]);
    await settle();
    expect(draws.at(-1)).toBe(2);
    expect(messages("ack").map((message) => message.frame)).toEqual([1, 2]);
  });

  test("draws a burst once, with the newest", async () => {
    const { model, messages } = await start();
    draws = [];
    for (let index = 0; index < 20; index++) model.publish({});
    await settle();
    expect(draws).toEqual([21]);
    expect(messages("ack").at(-1)?.frame).toBe(21);
  });

  test("sends events with view and client", async () => {
    const { messages } = await start();
    stage.send("decode", { x: 1 });
    expect(messages("event")).toEqual([
      { type: "event", view: "view-1", client: stage.client, name: "decode", data: { x: 1 } },
    ]);
  });
});

describe("a hidden view", () => {
  test.each([
    ["scrolled away", (hidden: boolean) => FakeIntersections.report(!hidden)],
    ["page hidden", hidePage],
  ])("%s: remembers, and draws and acknowledges on return", async (_, hide) => {
    const { model, messages } = await start();
    hide(true);
    expect(messages("visible").map((message) => message.visible)).toEqual([false]);
    draws = [];
    model.publish({});
    model.publish({});
    await settle();
    expect(draws).toEqual([]);
    expect(messages("ack").map((message) => message.frame)).toEqual([1]);
    hide(false);
    await settle();
    expect(draws).toEqual([3]);
    expect(messages("ack").map((message) => message.frame)).toEqual([1, 3]);
    expect(messages("visible").map((message) => message.visible)).toEqual([false, true]);
  });

  test("hidden before the paint: acknowledges only on return", async () => {
    const { model, messages } = await start();
    model.publish({});
    await vi.advanceTimersByTimeAsync(17);
    expect(draws.at(-1)).toBe(2);
    FakeIntersections.report(false);
    await settle();
    expect(messages("ack").map((message) => message.frame)).toEqual([1]);
    FakeIntersections.report(true);
    await settle();
    expect(messages("ack").map((message) => message.frame)).toEqual([1, 2]);
  });

  test("does not repeat itself", async () => {
    const { messages } = await start();
    FakeIntersections.report(true);
    FakeIntersections.report(false);
    FakeIntersections.report(false);
    expect(messages("visible").map((message) => message.visible)).toEqual([false]);
  });
});

describe("the end", () => {
  test("says bye, removes its element and leaves no listener", async () => {
    const added = vi.spyOn(document, "addEventListener");
    const { abort, model, messages, el } = await start();
    for (const [name, , options] of added.mock.calls) {
      expect([name, options], "released with the signal").toEqual([
        name,
        expect.objectContaining({ signal: expect.any(AbortSignal) }),
      ]);
    }
    expect(model.listenerCount).toBe(1);
    abort();
    expect(messages("bye")).toEqual([{ type: "bye", view: "view-1", client: stage.client }]);
    expect(model.listenerCount).toBe(0);
    expect(FakeIntersections.current.size).toBe(0);
    expect(el.childElementCount).toBe(0);
  });

  test("nothing is drawn or sent afterwards", async () => {
    const { abort, model, sent } = await start();
    model.publish({});
    abort();
    const before = [draws.length, sent.length];
    model.publish({});
    hidePage(true);
    document.body.dataset.jpThemeLight = "false";
    await settle();
    expect([draws.length, sent.length]).toEqual(before);
  });

  test("a view that ended before its uplink came says nothing", async () => {
    const sent: unknown[] = [];
    const controller = new AbortController();
    let arrive: (uplink: Uplink) => void = () => undefined;
    const coming = new Promise<Uplink>((resolve) => {
      arrive = resolve;
    });
    const host = { getModel: () => coming, getWidget };
    const { model } = await start();
    widget.render({ model, el: document.body, signal: controller.signal, host });
    controller.abort();
    arrive({ send: (message) => sent.push(message) });
    await settle();
    expect(sent).toEqual([]);
  });
});

describe("without a kernel", () => {
  test("draws what is there and knows that it is not connected", async () => {
    const { el, sent } = await start({}, true);
    expect(draws).toContain(1);
    expect(stage.connection()).toBe("absent");
    expect(el.firstElementChild?.getAttribute("data-connection")).toBe("absent");
    expect(sent).toEqual([]);
  });

  test("an uplink that throws or rejects harms nothing", async () => {
    const { model, el } = await start();
    const send = vi.fn(() => Promise.reject(new Error("closed")));
    const controller = new AbortController();
    const { signal } = controller;
    widget.render({ model, el, signal, host: { getModel: async () => ({ send }), getWidget } });
    await settle();
    send.mockImplementation(() => {
      throw new Error("closed");
    });
    expect(() => stage.send("decode", {})).not.toThrow();
    expect(send).toHaveBeenCalled();
    controller.abort();
  });

  test("sees the kernel go and come back", async () => {
    const { el } = await start();
    el.classList.add("jupyter-widgets-disconnected");
    await settle();
    expect(stage.connection()).toBe("gone");
    el.classList.remove("jupyter-widgets-disconnected");
    await settle();
    expect(stage.connection()).toBe("connected");
  });
});

test("a drawing that fails is told, and the stream goes on", async () => {
  const { model, messages } = await start();
  broken = true;
  model.publish({});
  await settle();
  expect(failures).toEqual(["no pixels"]);
  expect(messages("ack").at(-1)?.frame).toBe(2);
});

test("a theme switch redraws without another acknowledgement", async () => {
  const { messages } = await start();
  draws = [];
  document.body.dataset.jpThemeLight = String(document.body.dataset.jpThemeLight !== "true");
  await settle();
  expect(draws).toEqual([1]);
  expect(messages("ack")).toHaveLength(1);
});

test("a stylesheet that comes, loads or goes redraws: a theme's colours arrive after its name", async () => {
  await start();
  const sheet = document.createElement("link");
  for (const change of [
    () => document.head.append(sheet),
    () => sheet.dispatchEvent(new Event("load")),
    () => sheet.remove(),
  ]) {
    draws = [];
    change();
    await settle();
    expect(draws).toEqual([1]);
  }
});

test("a view on the screen says again and again what it shows, a hidden or ended one does not", async () => {
  const { model, messages, abort } = await start();
  model.publish({});
  const said = (): number => messages("shows").length;
  await vi.advanceTimersByTimeAsync(3100);
  expect(said()).toBe(3);
  expect(messages("shows").at(-1)?.frame).toBe(2);
  hidePage(true);
  const before = said();
  await vi.advanceTimersByTimeAsync(3100);
  expect(said()).toBe(before);
  hidePage(false);
  abort();
  const last = said();
  await vi.advanceTimersByTimeAsync(3100);
  expect(said()).toBe(last);
});

test("acknowledgements are words too: who draws all the time says nothing else", async () => {
  const { model, messages } = await start();
  for (let index = 0; index < 20; index++) {
    model.publish({});
    await vi.advanceTimersByTimeAsync(300);
  }
  expect(messages("shows")).toEqual([]);
  expect(messages("ack")).toHaveLength(21);
});

test("a view that comes back says at once which frame it shows", async () => {
  const { messages } = await start({ frame: 5 });
  hidePage(true);
  hidePage(false);
  expect(messages("shows").map((message) => message.frame)).toEqual([5]);
});
