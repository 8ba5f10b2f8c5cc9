/** The bar that names the lines of a figure, gives their last values and switches the scale. */
import { defineView, type Stage, type View, type ViewTraits } from "../model";
import { element, vector } from "../parts/elements";
import { mountShell, type Shell } from "../parts/shell";

export interface Series {
  name: string;
  color: string;
  dash: string;
  last: string;
  note: string;
}

export interface Traits extends ViewTraits {
  series: Series[];
  log: boolean;
  log_possible: boolean;
  empty: boolean;
}

const plainColour = /^(#[0-9a-f]{3,8}|[a-z]+)$/i;

const dashes: Record<string, string> = {
  dashed: "5 3",
  dotted: "1.5 3",
  dash_dotted: "6 3 1.5 3",
};

function sample(color: string, dash: string): SVGSVGElement {
  const swatch = vector("svg", { width: "18", height: "8", "aria-hidden": "true" });
  const line = vector("line", { x1: "0", y1: "4", x2: "18", y2: "4", "stroke-width": "2" });
  // A colour is text that a stranger may have written, and a paint may also be an address.
  line.setAttribute("stroke", plainColour.test(color) ? color : "currentColor");
  if (Object.hasOwn(dashes, dash)) line.setAttribute("stroke-dasharray", dashes[dash]);
  swatch.append(line);
  return swatch;
}

function legendItem(series: Series): HTMLElement {
  const item = element("li", "tl-series", { "data-testid": "tl-series" });
  const name = element("span", "tl-series-name", { title: series.name });
  name.textContent = series.name;
  const last = element("span", "tl-number");
  last.textContent = series.last;
  item.append(sample(series.color, series.dash), name, last);
  if (series.note !== "") {
    const note = element("span", "tl-quiet");
    note.textContent = series.note;
    item.append(note);
  }
  return item;
}

class Curves implements View {
  private readonly shell: Shell;
  private readonly legend = element("ul", "tl-legend", { "aria-label": "series" });
  private readonly group = element("span", "tl-switch", {
    role: "radiogroup",
    "aria-label": "scale",
  });
  private readonly linear = element("button", "tl-switch-choice", { "data-testid": "tl-linear" });
  private readonly log = element("button", "tl-switch-choice", { "data-testid": "tl-log" });
  private asked: { log: boolean; frame: number } | null = null;

  constructor(private readonly stage: Stage<Traits>) {
    this.shell = mountShell(stage);
    this.mountSwitch();
    this.shell.tools.append(this.group);
    this.shell.body.append(this.legend);
  }

  draw(): void {
    const { model } = this.stage;
    if (this.asked !== null && this.asked.frame !== model.get("frame")) this.asked = null;
    this.shell.draw(model.get("empty") ? "No values yet" : "");
    this.drawSwitch();
    this.legend.replaceChildren(...model.get("series").map(legendItem));
    this.legend.tabIndex = this.legend.scrollHeight > this.legend.clientHeight + 1 ? 0 : -1;
  }

  fail(reason: string): void {
    this.shell.fail(reason);
  }

  private mountSwitch(): void {
    const { signal } = this.stage;
    for (const [choice, name, log] of [
      [this.linear, "linear", false],
      [this.log, "log", true],
    ] as const) {
      choice.type = "button";
      choice.setAttribute("role", "radio");
      choice.textContent = name;
      choice.addEventListener("click", () => this.ask(log), { signal });
    }
    this.group.append(this.linear, this.log);
    const steer = (event: KeyboardEvent): void => {
      if (!["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      this.ask(!this.isLog());
    };
    this.group.addEventListener("keydown", steer, { signal });
  }

  private isLog(): boolean {
    return this.asked?.log ?? this.stage.model.get("log");
  }

  private possible(): boolean {
    return this.stage.connection() === "connected" && this.stage.model.get("log_possible");
  }

  private ask(log: boolean): void {
    if (log === this.isLog() || (log && !this.possible())) return;
    if (this.stage.connection() !== "connected") return;
    this.asked = { log, frame: this.stage.model.get("frame") };
    this.stage.send("scale", { log });
    this.drawSwitch();
    (log ? this.log : this.linear).focus();
  }

  private drawSwitch(): void {
    const log = this.isLog();
    const connected = this.stage.connection() === "connected";
    this.linear.setAttribute("aria-disabled", String(!connected));
    this.log.setAttribute("aria-disabled", String(!this.possible()));
    this.log.title = this.stage.model.get("log_possible") ? "" : "no value is above zero";
    for (const [choice, chosen] of [
      [this.linear, !log],
      [this.log, log],
    ] as const) {
      choice.setAttribute("aria-checked", String(chosen));
      choice.tabIndex = chosen ? 0 : -1;
    }
  }
}

export default defineView<Traits>("curves", (stage) => new Curves(stage));
