/** What the crosshair stands on: read off the drawn points at once, made exact by the kernel. */
import { nearest, neighbour } from "../draw/drawn_lines";
import { duration, significant } from "../draw/numbers";
import type { Dot } from "../draw/plot_overlay";
import { titleOf } from "./curves_legend";
import type { Plotted } from "./curves_lines";
import { safeColour } from "./line_sample";
import type { Reading } from "./readout";

export interface Inspected {
  client?: string;
  ask?: number;
  heading?: string;
  /** key, value and step of each series. */
  rows?: [number, string, string][];
}

/** A crosshair that rests so long has its values made exact. */
const rest = 120;

export class Crosshair {
  /** Where it stands along the axis, null when there is none. */
  place: number | null = null;
  private asked = 0;
  private askedAt: number | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly client: string,
    private readonly send: (at: number, ask: number) => void,
    signal: AbortSignal,
  ) {
    signal.addEventListener("abort", () => clearTimeout(this.timer), { once: true });
  }

  /** Stand on the drawn point nearest to a place. */
  stand(place: number, lines: readonly Plotted[]): void {
    let found: number | null = null;
    for (const { raw, smooth } of lines) {
      const line = raw ?? smooth;
      const index = line === null ? -1 : nearest(line, place);
      if (line === null || index < 0) continue;
      const x = line.x[index];
      if (found === null || Math.abs(x - place) < Math.abs(found - place)) found = x;
    }
    this.settle(found);
  }

  /** Go on by so many points; from no place, begin at `start`. */
  move(points: number, lines: readonly Plotted[], start: number): void {
    const drawn = lines.flatMap(({ raw }) => (raw === null ? [] : [raw]));
    if (this.place === null) {
      this.stand(start, lines);
      return;
    }
    let { place } = this;
    for (let left = Math.abs(points); left > 0; left--)
      place = neighbour(drawn, place, Math.sign(points));
    this.settle(place);
  }

  hide(): void {
    this.settle(null);
  }

  /** The values at the crosshair, exact where the kernel has answered. */
  read(lines: readonly Plotted[], told: Inspected): { readings: Reading[]; dots: Dot[] } {
    const exact = this.answers(told) ? (told.rows ?? []) : [];
    const readings: Reading[] = [];
    const dots: Dot[] = [];
    for (const { series, raw, smooth } of lines) {
      if (this.place === null || raw === null) continue;
      const index = nearest(raw, this.place);
      if (index < 0) continue;
      const row = exact.find(([key]) => key === series.key);
      const own = row?.[1] ?? significant(raw.y[index]);
      const averaged = smooth === null ? -1 : nearest(smooth, this.place);
      const value = smooth && averaged >= 0 ? significant(smooth.y[averaged]) : own;
      const elsewhere = row && row[2] !== this.headingStep(told) ? `@ ${row[2]}` : "";
      const aside = [smooth && averaged >= 0 ? own : "", elsewhere].filter((text) => text !== "");
      const look = { color: series.color, dash: series.dash };
      readings.push({ name: titleOf(series), ...look, value, aside: aside.join(" ") });
      const [line, at] = smooth && averaged >= 0 ? [smooth, averaged] : [raw, index];
      dots.push({ x: line.x[at], y: line.y[at], color: safeColour(series.color) });
    }
    return { readings, dots };
  }

  /** Where it stands, in words. */
  heading(along: string, told: Inspected): string {
    if (this.answers(told) && told.heading) return told.heading;
    if (this.place === null) return "";
    if (along === "time") return duration(this.place);
    const digits = along === "epoch" ? 4 : 12;
    const text = along === "step" ? this.place.toLocaleString("en-US") : "";
    return `${along} ${text || significant(this.place, digits)}`;
  }

  private headingStep(told: Inspected): string {
    return /^step ([^ ]+)/.exec(told.heading ?? "")?.[1] ?? "";
  }

  private answers({ client, ask }: Inspected): boolean {
    return this.askedAt === this.place && client === this.client && ask === this.asked;
  }

  private settle(place: number | null): void {
    if (place === this.place) return;
    this.place = place;
    clearTimeout(this.timer);
    if (place === null || place === this.askedAt) return;
    this.timer = setTimeout(() => {
      this.asked += 1;
      this.askedAt = place;
      this.send(place, this.asked);
    }, rest);
  }
}
