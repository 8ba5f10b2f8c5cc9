/** The thin layer between anywidget and a view: frames in, acknowledgements and events out. */
import { watchAppearance, watchSize, watchVisibility } from "./appearance";
import { element } from "./parts/elements";
import { Wholeness } from "./wholeness";

export interface ViewTraits {
  view_id: string;
  uplink: string;
  frame: number;
  builds_on: number;
  parts: Record<string, number>;
  title: string;
  summary: string;
  problem: string;
}

export interface Model<Traits> {
  get<Name extends keyof Traits & string>(name: Name): Traits[Name];
  on(event: string, callback: () => void): void;
  off(event: string, callback: () => void): void;
}

export interface Uplink {
  send(message: Record<string, unknown>): unknown;
  get?(name: string): unknown;
}

/** Another view, to be rendered inside this one. */
export interface Inner {
  render(place: { el: HTMLElement; signal: AbortSignal }): Promise<void>;
}

export interface Host {
  getModel(reference: string): Promise<Uplink>;
  getWidget(reference: string): Promise<Inner>;
}

export interface RenderContext<Traits> {
  model: Model<Traits>;
  el: HTMLElement;
  signal: AbortSignal;
  host: Host;
}

/** connecting: no uplink yet; absent: it cannot be had (a saved page); gone: the kernel went away. */
export type Connection = "connecting" | "connected" | "absent" | "gone";

/** What a view is given to stand on. */
export interface Stage<Traits> {
  model: Model<Traits>;
  root: HTMLElement;
  signal: AbortSignal;
  client: string;
  host: Host;
  connection(): Connection;
  visible(): boolean;
  send(name: string, data: Record<string, unknown>): void;
  /** Ask for a draw in the next animation frame. */
  redraw(): void;
}

export interface View {
  draw(): void;
  /** Show that drawing itself failed. */
  fail(reason: string): void;
}

export type Mount<Traits> = (stage: Stage<Traits>) => View;

export interface Widget<Traits> {
  render(context: RenderContext<Traits>): void;
}

export function defineView<Traits extends ViewTraits>(
  name: string,
  mount: Mount<Traits>,
): Widget<Traits> {
  return {
    render(context) {
      new Session(context, name).start(mount);
    },
  };
}

/** How long a view that is on the screen keeps silent about what it shows, in milliseconds. */
const reminder = 1000;
/** The same, for one that knows that it shows something else than the kernel sent. */
const complaint = 500;
/** How soon a frame is looked at again whose parts have not all come yet. */
const patience = 50;

/** `crypto.randomUUID` is missing on plain http pages that are not localhost. */
function makeClient(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** One rendering of one view. */
class Session<Traits extends ViewTraits> {
  readonly #client = makeClient();
  readonly #root: HTMLElement;
  #view: View | null = null;
  #uplink: Uplink | null = null;
  #connection: Connection = "connecting";
  #visible = true;
  #scheduled = false;
  #drawnFrame = 0;
  #hadWidth = false;
  #acknowledgedFrame = 0;
  #waiting = false;
  #spokeAt = 0;
  readonly #wholeness: Wholeness;
  readonly #context: RenderContext<Traits>;

  constructor(context: RenderContext<Traits>, name: string) {
    this.#context = context;
    this.#root = element("div", `tl-view tl-${name}`, { "data-testid": `tl-${name}` });
    const { model, host } = context;
    this.#wholeness = new Wholeness(model, (reference) => host.getModel(reference));
  }

  start(mount: Mount<Traits>): void {
    const { model, el, signal } = this.#context;
    if (signal.aborted) return;
    el.append(this.#root);
    this.#view = mount(this.#makeStage());
    const request = (): void => this.#request();
    const take = (): void => this.#take();
    model.on("change:frame", take);
    this.#visible = watchVisibility(el, (visible) => this.#see(visible), signal);
    watchAppearance(request, signal);
    watchSize(this.#root, request, signal);
    this.#watchConnection();
    this.#keepReminding();
    signal.addEventListener("abort", () => this.#stop(take), { once: true });
    this.#draw();
    void this.#connect();
  }

  #makeStage(): Stage<Traits> {
    return {
      model: this.#context.model,
      root: this.#root,
      signal: this.#context.signal,
      client: this.#client,
      host: this.#context.host,
      connection: () => this.#connection,
      visible: () => this.#visible,
      send: (name, data) => this.#post({ type: "event", name, data }),
      redraw: () => this.#request(),
    };
  }

  async #connect(): Promise<void> {
    const { model, host, signal } = this.#context;
    try {
      this.#uplink = await host.getModel(model.get("uplink"));
    } catch {
      // A saved page or a front end without a kernel: what the traits hold is still worth showing.
      this.#uplink = null;
    }
    if (signal.aborted) return;
    this.#connection = this.#uplink === null ? "absent" : "connected";
    this.#post({ type: "hello", visible: this.#visible });
    this.#acknowledge();
    this.#request();
  }

  /** ipywidgets marks the element of a view whose kernel went away. */
  #watchConnection(): void {
    const { el, signal } = this.#context;
    const observer = new MutationObserver(() => {
      const gone = el.classList.contains("jupyter-widgets-disconnected");
      if (gone === (this.#connection === "gone") || this.#uplink === null) return;
      this.#connection = gone ? "gone" : "connected";
      this.#request();
    });
    observer.observe(el, { attributes: true, attributeFilter: ["class"] });
    signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  }

  /** A word or a frame may be lost or overtaken on its way: what is shown is said again. */
  #keepReminding(): void {
    const { signal } = this.#context;
    const timer = setInterval(() => {
      const silence = performance.now() - this.#spokeAt;
      const longest = this.#wholeness.holds ? reminder : complaint;
      if (this.#visible && silence > longest - complaint / 2) this.#tell();
    }, complaint);
    signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  }

  /** Say which frame is on the screen; the kernel sends again what is not. */
  #tell(): void {
    const frame = this.#wholeness.holds ? this.#drawnFrame : 0;
    this.#post({ type: "shows", frame });
  }

  #see(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    this.#post({ type: "visible", visible });
    if (!visible) return;
    this.#tell();
    this.#request();
  }

  #take(): void {
    this.#wholeness.note();
    this.#request();
  }

  #request(): void {
    if (this.#scheduled || this.#context.signal.aborted) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      if (!this.#visible || this.#context.signal.aborted) return;
      // A page that changes its theme hides everything for a moment, and tells no observer of it.
      if (this.#hadWidth && this.#root.clientWidth === 0) this.#request();
      else this.#draw();
    });
  }

  #draw(): void {
    const frame = this.#context.model.get("frame");
    this.#root.dataset.connection = this.#connection;
    this.#root.dataset.frame = String(frame);
    try {
      this.#view?.draw();
    } catch (error) {
      this.#view?.fail(error instanceof Error ? error.message : String(error));
    }
    this.#hadWidth ||= this.#root.clientWidth > 0;
    this.#drawnFrame = frame;
    // The next animation frame comes after the paint, so the acknowledgement carries its cost.
    requestAnimationFrame(() => this.#acknowledge());
  }

  #acknowledge(): void {
    const news = this.#drawnFrame > 0 && this.#drawnFrame !== this.#acknowledgedFrame;
    if (!news || !this.#visible || this.#uplink === null || this.#context.signal.aborted) return;
    if (!this.#wholeness.holds) {
      this.#awaitParts();
      return;
    }
    this.#acknowledgedFrame = this.#drawnFrame;
    this.#post({ type: "ack", frame: this.#drawnFrame });
  }

  /** Messages of several widgets that were sent together arrive one after another. */
  #awaitParts(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    setTimeout(() => {
      this.#waiting = false;
      this.#acknowledge();
    }, patience);
  }

  #post(message: Record<string, unknown>): void {
    const { type, ...rest } = message;
    const view = this.#context.model.get("view_id");
    if (type !== "event") this.#spokeAt = performance.now();
    try {
      const sent = this.#uplink?.send({ type, view, client: this.#client, ...rest });
      if (sent instanceof Promise) sent.catch(() => undefined);
    } catch {
      // A comm whose kernel went away throws; the view then says so by its own means.
    }
  }

  #stop(take: () => void): void {
    this.#context.model.off("change:frame", take);
    this.#post({ type: "bye" });
    this.#root.remove();
  }
}
