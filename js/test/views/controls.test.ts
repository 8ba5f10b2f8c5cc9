import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import controls, { type Traits } from "../../src/views/controls";
import {
  common,
  hostile,
  installBrowser,
  type Rendered,
  removeBrowser,
  render,
  settle,
} from "../fake_model";

beforeEach(installBrowser);
afterEach(removeBrowser);

const running: Traits = {
  ...common,
  title: "digits",
  state: "running",
  pending: "",
  step: 1204,
  epoch: 43,
  epochs: 70,
  fraction: 0.62,
  rate: 212.3,
  seconds_left: 4.1,
  cost: 0.021,
  problems: [],
  notice: "",
  stale: "",
  moments: [] as number[],
  cursor: null as number | null,
};

type View = Rendered<Traits>;
const buttons = ["tl-pause", "tl-step", "tl-stop"];

function show(traits: Partial<Traits> = {}, isAbsent = false): Promise<View> {
  return render(controls, { ...running, ...traits }, { isAbsent });
}

function enabled(view: View): boolean[] {
  return buttons.map((name) => view.find(name).getAttribute("aria-disabled") === "false");
}

function events(view: View): [unknown, unknown][] {
  return view.messages("event").map((message) => [message.name, message.data]);
}

async function publish(view: View, traits: Partial<Traits>): Promise<void> {
  view.model.publish(traits);
  await settle();
}

test("says where the run stands", async () => {
  const view = await show();
  expect(view.find("tl-state").textContent).toBe("running");
  expect(view.find("tl-step-count").textContent).toBe("step 1,204");
  expect(view.find("tl-epoch").textContent).toBe("epoch 43 / 70");
  expect(view.find("tl-figures").textContent).toBe(
    "212 steps/s · 0:04 left · watching costs 2.1 %",
  );
  expect(view.find("tl-progress").getAttribute("aria-valuenow")).toBe("62");
});

test("leaves out what is not known", async () => {
  const unknown = {
    epochs: null,
    epoch: 0,
    fraction: null,
    rate: null,
    seconds_left: null,
    cost: null,
  };
  const view = await show({ ...unknown, state: "idle" });
  expect(view.find("tl-epoch").hidden).toBe(true);
  expect(view.find("tl-figures").hidden).toBe(true);
  expect(view.find("tl-progress").hasAttribute("aria-valuenow")).toBe(false);
});

describe("buttons by state", () => {
  test.each([
    ["idle", "Pause", [true, false, false]],
    ["running", "Pause", [true, false, true]],
    ["paused", "Resume", [true, true, true]],
    ["stopped", "Pause", [false, false, false]],
    ["finished", "Pause", [false, false, false]],
    ["failed", "Pause", [false, false, false]],
  ])("%s", async (state, label, wanted) => {
    const view = await show({ state });
    expect(view.find("tl-pause").textContent).toBe(label);
    expect(enabled(view)).toEqual(wanted);
  });

  test("a disabled button sends nothing", async () => {
    const view = await show({ state: "finished" });
    for (const name of buttons) view.find(name).click();
    expect(events(view)).toEqual([]);
  });
});

describe("a click", () => {
  test.each([
    ["running", "tl-pause", "pause", {}, "Pausing…"],
    ["paused", "tl-pause", "resume", {}, "Resuming…"],
    ["paused", "tl-step", "advance", { steps: 1 }, "Step"],
    ["running", "tl-stop", "stop", {}, "Stopping…"],
  ])("%s: %s sends %s and shows it at once", async (state, name, event, data, label) => {
    const view = await show({ state });
    view.find(name).click();
    expect(events(view)).toEqual([[event, data]]);
    expect(view.find(name).textContent).toBe(label);
  });

  test("is not sent twice while it is pending", async () => {
    const view = await show();
    view.find("tl-pause").click();
    view.find("tl-pause").click();
    expect(events(view)).toHaveLength(1);
  });

  test("stays shown when a frame that was under way knows nothing of it", async () => {
    const view = await show();
    view.find("tl-pause").click();
    await publish(view, { step: 1210 });
    expect(view.find("tl-pause").textContent).toBe("Pausing…");
    await publish(view, { pending: "pause" });
    expect(view.find("tl-pause").textContent).toBe("Pausing…");
    await publish(view, { pending: "", state: "paused" });
    expect(view.find("tl-pause").textContent).toBe("Resume");
  });

  test("stopping while a pause is pending is possible", async () => {
    const view = await show({ pending: "pause" });
    expect(enabled(view)).toEqual([false, false, true]);
  });

  test("that nobody answers for three seconds says what helps", async () => {
    const view = await show();
    view.find("tl-stop").click();
    await vi.advanceTimersByTimeAsync(2900);
    expect(view.find("tl-late").hidden).toBe(true);
    await vi.advanceTimersByTimeAsync(200);
    expect(view.find("tl-late").textContent).toBe(
      "The kernel has not answered yet; interrupting it stops the run cleanly.",
    );
    await publish(view, { state: "stopped" });
    expect(view.find("tl-late").hidden).toBe(true);
  });

  test("that is answered in time says nothing", async () => {
    const view = await show();
    view.find("tl-pause").click();
    await publish(view, { pending: "pause" });
    await vi.advanceTimersByTimeAsync(4000);
    expect(view.find("tl-late").hidden).toBe(true);
  });
});

describe("silence", () => {
  const word = "no word from the kernel, last step 1,204";

  test("while running is told after 25 s, and forgotten with the next frame", async () => {
    const view = await show();
    await vi.advanceTimersByTimeAsync(24_000);
    expect(view.find("tl-state").textContent).toBe("running");
    await vi.advanceTimersByTimeAsync(1_200);
    expect(view.find("tl-state").textContent).toBe(word);
    expect(view.find("tl-controls").dataset.stale).toBe("true");
    await publish(view, {});
    expect(view.find("tl-state").textContent).toBe("running");
  });

  test("while paused is no news", async () => {
    const view = await show({ state: "paused" });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(view.find("tl-state").textContent).toBe("paused");
  });

  test("of a kernel that is gone is told at once and disables the buttons", async () => {
    const view = await show();
    view.el.classList.add("jupyter-widgets-disconnected");
    await settle();
    expect(view.find("tl-state").textContent).toBe("kernel gone, last step 1,204");
    expect(enabled(view)).toEqual([false, false, false]);
  });
});

test("without a kernel it shows the traits and can do nothing", async () => {
  const view = await show({}, true);
  expect(view.find("tl-state").textContent).toBe("running · not connected");
  expect(enabled(view)).toEqual([false, false, false]);
});

test("shows each problem once, literally", async () => {
  const view = await show({
    problems: [hostile, hostile, "second"],
    notice: hostile,
    title: hostile,
  });
  const banners = [...view.find("tl-problems").children].map((child) => child.textContent);
  expect(banners).toEqual([hostile, "second"]);
  expect(view.find("tl-notice").textContent).toBe(hostile);
  expect(view.el.querySelector("img, b")).toBeNull();
});

test("leaves no timer behind", async () => {
  const view = await show();
  view.find("tl-pause").click();
  view.abort();
  expect(vi.getTimerCount()).toBe(0);
});

describe("the timeline", () => {
  const moments = [0, 29, 58, 1160];
  const input = (view: View): HTMLInputElement => view.find("tl-moment") as HTMLInputElement;
  const slide = (view: View, index: number): void => {
    input(view).value = String(index);
    input(view).dispatchEvent(new Event("input"));
  };

  test("is not there until there is a past", async () => {
    const view = await show({ moments: [] });
    expect(view.find("tl-timeline").hidden).toBe(true);
    await publish(view, { moments: [29] });
    expect(view.find("tl-timeline").hidden).toBe(false);
    expect(view.find("tl-moment-shown").textContent).toBe("live");
  });

  test("asks for a moment, shows it at once, and goes back to live", async () => {
    const view = await show({ moments });
    slide(view, 1);
    expect(events(view).at(-1)).toEqual(["look", { step: 29 }]);
    expect(view.find("tl-moment-shown").textContent).toBe("step 29");
    await publish(view, { moments, cursor: 29 });
    expect(input(view).value).toBe("1");
    view.find("tl-present").click();
    expect(events(view).at(-1)).toEqual(["present", {}]);
    await publish(view, { moments, cursor: null });
    expect(view.find("tl-moment-shown").textContent).toBe("live");
    slide(view, 4);
    expect(events(view).at(-1)).toEqual(["present", {}]);
  });

  test("gives a wish up that the kernel does not share", async () => {
    const view = await show({ moments });
    slide(view, 2);
    vi.spyOn(performance, "now").mockReturnValue(performance.now() + 3000);
    await publish(view, { moments, cursor: null });
    expect(view.find("tl-moment-shown").textContent).toBe("live");
  });

  test("plays from the beginning to the present", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const view = await show({ moments });
    view.find("tl-play").click();
    expect(view.find("tl-play").textContent).toBe("halt");
    for (const _ of moments) vi.advanceTimersByTime(300);
    const asked = events(view).filter(([name]) => name === "look" || name === "present");
    expect(asked).toEqual([...moments.map((step) => ["look", { step }]), ["present", {}]]);
    expect(view.find("tl-play").textContent).toBe("play");
    vi.useRealTimers();
  });

  test("lies between two moments where the cursor does", async () => {
    const view = await show({ moments, cursor: 60 });
    expect(input(view).value).toBe("2");
    expect(view.find("tl-moment-shown").textContent).toBe("step 60");
  });
});
