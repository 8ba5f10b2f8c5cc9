/** The plot's own tools: one stop of the Tab key, arrow keys between them. */
import { element, vector } from "./elements";

export interface ToolState {
  isPressed: boolean;
  isShown: boolean;
  title: string;
}

/** Paths on a grid of 16, drawn as strokes. */
const glyphs: Record<string, string> = {
  lasso:
    "M8 3C4.5 3 2 4.6 2 6.8S4.5 10.6 8 10.6 14 9 14 6.8 11.5 3 8 3M5 10.2C3.8 11 4 12.7 5.6 12.7S6.5 14 6 14.5",
  box: "M2.5 4.5v-2h2M11.5 2.5h2v2M13.5 11.5v2h-2M4.5 13.5h-2v-2M6.5 2.5h3M13.5 6.5v3M9.5 13.5h-3M2.5 9.5v-3",
  density:
    "M8 8h.01M5.5 7h.01M10 6.2h.01M7 10.3h.01M9.5 9.6h.01M8 5.2h.01M4 10.5h.01M12.5 8.5h.01M11.6 12h.01M4.6 3.8h.01M8 13h.01",
  images: "M2.5 3.5h11v9h-11zM3 11l3-3.5 2.5 2.5 2-1.5 2.5 2.5M10.5 6.2h.01",
  explore:
    "M2.5 4.5h6M12 4.5h1.5M2.5 11.5H4M7.5 11.5h6M8.5 4.5a1.7 1.7 0 1 0 3.5 0a1.7 1.7 0 1 0-3.5 0M4 11.5a1.7 1.7 0 1 0 3.5 0a1.7 1.7 0 1 0-3.5 0",
  solid: "M8 2 13.2 5v6L8 14 2.8 11V5zM8 8v6M8 8 2.8 5M8 8l5.2-3",
};

function drawGlyph(name: string): SVGSVGElement {
  const icon = vector("svg", { viewBox: "0 0 16 16", width: "16", height: "16" });
  icon.setAttribute("aria-hidden", "true");
  const paint = { fill: "none", stroke: "currentColor", "stroke-linecap": "round" };
  const width = name === "density" ? "2" : "1.3";
  icon.append(vector("path", { d: glyphs[name], ...paint, "stroke-width": width }));
  return icon;
}

export class ScatterTools {
  readonly element = element("div", "tl-scatter-tools", {
    role: "toolbar",
    "aria-label": "plot tools",
  });
  readonly fit: HTMLButtonElement;
  readonly #buttons = new Map<string, HTMLButtonElement>();
  readonly #press: (name: string) => void;
  readonly #signal: AbortSignal;

  constructor(names: readonly string[], press: (name: string) => void, signal: AbortSignal) {
    this.#press = press;
    this.#signal = signal;
    this.fit = this.#add("fit", "tl-fit", "show all points (0)");
    this.fit.textContent = "fit";
    for (const name of names) this.#add(name, "tl-tool", name).append(drawGlyph(name));
    this.element.addEventListener("keydown", (event) => this.#steer(event), { signal });
  }

  set(name: string, { isPressed, isShown, title }: ToolState): void {
    const button = this.#buttons.get(name);
    if (button === undefined) return;
    button.hidden = !isShown;
    button.setAttribute("aria-pressed", String(isPressed));
    button.setAttribute("aria-label", title);
    button.title = title;
  }

  #add(name: string, className: string, title: string): HTMLButtonElement {
    const testId = name === "fit" ? "tl-fit" : `tl-tool-${name}`;
    const button = element("button", className, { type: "button", "data-testid": testId, title });
    button.tabIndex = this.#buttons.size === 0 ? 0 : -1;
    button.addEventListener("click", () => this.#press(name), { signal: this.#signal });
    this.#buttons.set(name, button);
    this.element.append(button);
    return button;
  }

  #steer(event: KeyboardEvent): void {
    const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key] ?? 0;
    const shown = [...this.#buttons.values()].filter((button) => !button.hidden);
    const at = shown.indexOf(document.activeElement as HTMLButtonElement);
    if (way === 0 || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    shown[(at + way + shown.length) % shown.length].focus();
  }
}
