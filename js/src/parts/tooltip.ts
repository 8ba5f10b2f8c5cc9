/** A quiet box beside the pointer. */
import { element, texts } from "./elements";

export interface Tooltip {
  show(lines: string[], x: number, y: number): void;
  hide(): void;
}

const offset = 14;

export function mountTooltip(parent: HTMLElement): Tooltip {
  const box = element("div", "tl-tooltip", { "data-testid": "tl-tooltip", role: "tooltip" });
  box.hidden = true;
  parent.append(box);
  return {
    show(lines, x, y) {
      texts(box, "tl-tooltip-line", lines);
      box.hidden = false;
      const overflow = x + offset + box.offsetWidth > parent.clientWidth;
      const left = overflow ? x - offset - box.offsetWidth : x + offset;
      const below = y + offset + box.offsetHeight <= parent.clientHeight;
      const top = below ? y + offset : y - offset - box.offsetHeight;
      box.style.left = `${Math.max(0, Math.round(left))}px`;
      box.style.top = `${Math.round(top)}px`;
    },
    hide() {
      box.hidden = true;
    },
  };
}

/** A region that screen readers speak, for what the keyboard cursor stands on. */
export function mountSpoken(parent: HTMLElement): (text: string) => void {
  const region = element("div", "tl-spoken", { "data-testid": "tl-spoken", "aria-live": "polite" });
  parent.append(region);
  return (text) => {
    region.textContent = text;
  };
}
