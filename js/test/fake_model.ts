/** A model, a host and an uplink without Jupyter, and a browser that lets tests decide what is seen. */
import { vi } from "vitest";
import type { Host, Inner, Model, RenderContext, Uplink, ViewTraits, Widget } from "../src/model";

export class FakeModel<Traits extends ViewTraits> implements Model<Traits> {
  readonly listeners = new Map<string, Set<() => void>>();

  constructor(readonly traits: Traits) {}

  get<Name extends keyof Traits & string>(name: Name): Traits[Name] {
    return this.traits[name];
  }

  on(event: string, callback: () => void): void {
    const found = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, found.add(callback));
  }

  off(event: string, callback: () => void): void {
    this.listeners.get(event)?.delete(callback);
  }

  /** Set traits as the kernel does: all of them first, then one `change:frame`. */
  publish(traits: Partial<Traits>): void {
    Object.assign(this.traits, { frame: this.traits.frame + 1 }, traits);
    for (const callback of [...(this.listeners.get("change:frame") ?? [])]) callback();
  }

  get listenerCount(): number {
    return [...this.listeners.values()].reduce((total, set) => total + set.size, 0);
  }
}

export type Message = Record<string, unknown>;

export interface Rendered<Traits extends ViewTraits> {
  model: FakeModel<Traits>;
  el: HTMLElement;
  sent: Message[];
  abort(): void;
  find(testId: string): HTMLElement;
  all(testId: string): HTMLElement[];
  /** Messages of one type, or the events of one name. */
  messages(type: string): Message[];
}

const running = new Set<AbortController>();

export interface Options {
  isAbsent?: boolean;
  /** What else there is on the page, by reference. */
  models?: Record<string, Pick<Uplink, "get">>;
  /** Which of it can be rendered inside. */
  widgets?: Record<string, Inner>;
}

function makeHost(sent: Message[], options: Options): Host {
  return {
    getModel: async (reference) => {
      const found = options.models?.[reference];
      if (found !== undefined) return { ...found, send: () => undefined };
      if (options.isAbsent || reference !== "anywidget:uplink") throw new Error("no such model");
      return { send: (message) => void sent.push(message) };
    },
    getWidget: async (reference) => {
      const found = options.widgets?.[reference];
      if (found === undefined) throw new Error("no such widget");
      return found;
    },
  };
}

export async function render<Traits extends ViewTraits>(
  widget: Widget<Traits>,
  traits: Traits,
  options: Options = {},
): Promise<Rendered<Traits>> {
  const model = new FakeModel(structuredClone(traits));
  const el = document.createElement("div");
  document.body.append(el);
  const sent: Message[] = [];
  const controller = new AbortController();
  const { signal } = controller;
  running.add(controller);
  const context: RenderContext<Traits> = { model, el, signal, host: makeHost(sent, options) };
  widget.render(context);
  await settle();
  const all = (testId: string): HTMLElement[] =>
    [...el.querySelectorAll(`[data-testid="${testId}"]`)].filter((e) => e instanceof HTMLElement);
  return {
    model,
    el,
    sent,
    abort: () => controller.abort(),
    all,
    find(testId) {
      const [found] = all(testId);
      if (found === undefined) throw new Error(`no ${testId} in ${el.textContent}`);
      return found;
    },
    messages: (type) => sent.filter((message) => message.type === type || message.name === type),
  };
}

/** Let promises and two animation frames pass. */
export async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(50);
}

export const common = {
  view_id: "view-1",
  uplink: "anywidget:uplink",
  frame: 1,
  builds_on: 0,
  parts: {},
  title: "Title",
  summary: "summary text",
  problem: "",
};

export const hostile = '<img src=x onerror="globalThis.hacked=1"><b>bold</b>';

/** Observers that happy-dom lacks or never fires; `report` plays the browser. */
export class FakeIntersections {
  static readonly current = new Set<FakeIntersections>();

  constructor(private readonly callback: (entries: { isIntersecting: boolean }[]) => void) {}

  observe(): void {
    FakeIntersections.current.add(this);
  }

  disconnect(): void {
    FakeIntersections.current.delete(this);
  }

  static report(isIntersecting: boolean): void {
    for (const observer of FakeIntersections.current) observer.callback([{ isIntersecting }]);
  }
}

export function installBrowser(): void {
  vi.useFakeTimers({
    toFake: [
      "setTimeout",
      "clearTimeout",
      "setInterval",
      "clearInterval",
      "requestAnimationFrame",
      "cancelAnimationFrame",
      "performance",
    ],
  });
  vi.stubGlobal("IntersectionObserver", FakeIntersections);
  FakeIntersections.current.clear();
  document.body.replaceChildren();
}

export function removeBrowser(): void {
  for (const controller of running) controller.abort();
  running.clear();
  vi.useRealTimers();
  vi.unstubAllGlobals();
}

export function press(target: HTMLElement, key: string, more: KeyboardEventInit = {}): void {
  target.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }),
  );
}

export function point(target: HTMLElement, type: string, x: number, y: number): void {
  const init = { clientX: x, clientY: y, bubbles: true, button: 0, pointerId: 1 };
  target.dispatchEvent(new PointerEvent(type, init));
}
