/** A few words of which one is chosen: a radio group that the kernel has the last word about. */
import { element } from "./elements";

/** A wish is shown at once, and given up when the kernel says otherwise for so long. */
const patience = 2000;

const ways: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export class Choices<Name extends string> {
  readonly element: HTMLElement;
  private readonly buttons = new Map<Name, HTMLButtonElement>();
  private chosen: Name;
  private wish: { name: Name; until: number } | null = null;

  constructor(
    label: string,
    names: readonly (readonly [name: Name, testId: string])[],
    private readonly ask: (name: Name) => void,
    signal: AbortSignal,
  ) {
    this.element = element("span", "tl-switch", { role: "radiogroup", "aria-label": label });
    this.chosen = names[0][0];
    for (const [name, testId] of names) {
      const button = element("button", "tl-switch-choice", {
        type: "button",
        role: "radio",
        "data-testid": testId,
      });
      button.textContent = name;
      button.addEventListener("click", () => this.choose(name), { signal });
      this.buttons.set(name, button);
      this.element.append(button);
    }
    this.element.addEventListener("keydown", (event) => this.steer(event), { signal });
  }

  /** Show what is chosen; `reasons` say why some cannot be, "" for those that can. */
  draw(chosen: Name, reasons: Partial<Record<Name, string>>): void {
    this.chosen = chosen;
    const { wish } = this;
    if (wish !== null && (wish.name === chosen || performance.now() > wish.until)) this.wish = null;
    for (const [name, button] of this.buttons) {
      const reason = reasons[name] ?? "";
      button.setAttribute("aria-disabled", String(reason !== ""));
      button.title = reason;
    }
    this.mark();
  }

  private shown(): Name {
    return this.wish?.name ?? this.chosen;
  }

  private can(name: Name): boolean {
    return this.buttons.get(name)?.getAttribute("aria-disabled") !== "true";
  }

  private mark(): void {
    for (const [name, button] of this.buttons) {
      button.setAttribute("aria-checked", String(name === this.shown()));
      button.tabIndex = name === this.shown() ? 0 : -1;
    }
  }

  private choose(name: Name): void {
    if (name === this.shown() || !this.can(name)) return;
    this.wish = { name, until: performance.now() + patience };
    this.ask(name);
    this.mark();
    this.buttons.get(name)?.focus();
  }

  /** Arrow keys choose the next that can be. */
  private steer(event: KeyboardEvent): void {
    const way = Object.hasOwn(ways, event.key) ? ways[event.key] : 0;
    if (way === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const order = [...this.buttons.keys()];
    const start = order.indexOf(this.shown());
    const next = order
      .map((_, far) => order[(start + way * far + order.length * far) % order.length])
      .find((name, far) => far > 0 && this.can(name));
    if (next !== undefined) this.choose(next);
  }
}
