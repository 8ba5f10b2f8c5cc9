/** The values at the crosshair, in a quiet box beside it. */
import { element } from "./elements";
import { lineSample } from "./line_sample";

export interface Reading {
  name: string;
  color: string;
  dash: string;
  /** The smoothed value, or the value itself. */
  value: string;
  /** The value itself where it was smoothed, and where it was logged if that is elsewhere. */
  aside: string;
}

export interface Readout {
  show(heading: string, readings: readonly Reading[], left: number): void;
  hide(): void;
}

const offset = 12;
const most = 12;

function row(reading: Reading): HTMLElement {
  const made = element("div", "tl-reading", { "data-testid": "tl-reading" });
  const name = element("span", "tl-series-name");
  name.textContent = reading.name;
  const value = element("span", "tl-number");
  value.textContent = reading.value;
  const aside = element("span", "tl-number tl-quiet");
  aside.textContent = reading.aside;
  made.append(lineSample(reading.color, reading.dash), name, value, aside);
  return made;
}

export function mountReadout(parent: HTMLElement): Readout {
  const box = element("div", "tl-tooltip tl-readout", { "data-testid": "tl-readout" });
  box.hidden = true;
  parent.append(box);
  return {
    show(heading, readings, left) {
      const head = element("div", "tl-reading-heading");
      head.textContent = heading;
      const rows = readings.slice(0, most).map(row);
      box.replaceChildren(head, ...rows);
      if (readings.length > most) {
        const more = element("div", "tl-quiet");
        more.textContent = `and ${readings.length - most} more`;
        box.append(more);
      }
      box.hidden = false;
      const width = box.offsetWidth;
      const overflow = left + offset + width > parent.clientWidth;
      const at = overflow ? left - offset - width : left + offset;
      box.style.left = `${Math.max(0, Math.min(Math.round(at), parent.clientWidth - width))}px`;
    },
    hide() {
      box.hidden = true;
    },
  };
}
