/** A button that keeps the keyboard's focus while it cannot be pressed. */
import { element } from "./elements";
import { drawIcon, type Icon } from "./icons";

export interface Button {
  element: HTMLButtonElement;
  set(icon: Icon, label: string, enabled: boolean): void;
}

export function makeButton(name: string, pressed: () => void, signal: AbortSignal): Button {
  const button = element("button", "tl-button", { type: "button", "data-testid": `tl-${name}` });
  const label = element("span");
  let drawn = "";
  const enabled = (): boolean => button.getAttribute("aria-disabled") !== "true";
  button.addEventListener("click", () => enabled() && pressed(), { signal });
  return {
    element: button,
    set(icon, text, isEnabled) {
      button.setAttribute("aria-disabled", String(!isEnabled));
      if (label.textContent !== text) label.textContent = text;
      if (drawn === icon) return;
      drawn = icon;
      button.replaceChildren(drawIcon(icon), label);
    },
  };
}
