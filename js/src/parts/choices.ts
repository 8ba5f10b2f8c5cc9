/** A few words of which one is chosen: a radio group that the kernel has the last word about. */
import { element } from "./elements";

export interface Choices<Name extends string> {
  element: HTMLElement;
  /** Show what is chosen; `reasons` say why some cannot be, "" for those that can. */
  draw(chosen: Name, reasons: Partial<Record<Name, string>>): void;
}

/** A wish is shown at once, and given up when the kernel says otherwise for so long. */
const patience = 2000;

export function mountChoices<Name extends string>(
  label: string,
  names: readonly (readonly [name: Name, testId: string])[],
  ask: (name: Name) => void,
  signal: AbortSignal,
): Choices<Name> {
  const group = element("span", "tl-switch", { role: "radiogroup", "aria-label": label });
  let chosen = names[0][0];
  let wish: { name: Name; until: number } | null = null;
  const buttons = new Map<Name, HTMLButtonElement>();
  const shown = (): Name => wish?.name ?? chosen;
  const can = (name: Name): boolean => buttons.get(name)?.getAttribute("aria-disabled") !== "true";
  const mark = (): void => {
    for (const [name, button] of buttons) {
      button.setAttribute("aria-checked", String(name === shown()));
      button.tabIndex = name === shown() ? 0 : -1;
    }
  };
  const choose = (name: Name): void => {
    if (name === shown() || !can(name)) return;
    wish = { name, until: performance.now() + patience };
    ask(name);
    mark();
    buttons.get(name)?.focus();
  };
  const steer = (event: KeyboardEvent): void => {
    const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const order = names.map(([name]) => name);
    const start = order.indexOf(shown());
    for (let far = 1; far < order.length; far++) {
      const next = order[(start + way * far + order.length * far) % order.length];
      if (!can(next)) continue;
      choose(next);
      return;
    }
  };
  for (const [name, testId] of names) {
    const button = element("button", "tl-switch-choice", {
      type: "button",
      role: "radio",
      "data-testid": testId,
    });
    button.textContent = name;
    button.addEventListener("click", () => choose(name), { signal });
    buttons.set(name, button);
    group.append(button);
  }
  group.addEventListener("keydown", steer, { signal });
  return {
    element: group,
    draw(now, reasons) {
      chosen = now;
      if (wish !== null && (wish.name === now || performance.now() > wish.until)) wish = null;
      for (const [name, button] of buttons) {
        const reason = reasons[name] ?? "";
        button.setAttribute("aria-disabled", String(reason !== ""));
        button.title = reason;
      }
      mark();
    },
  };
}
