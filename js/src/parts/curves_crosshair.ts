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
    const { place } = this;
    const rows = place !== null && this.answers(told) ? (told.rows ?? []) : [];
    const found = lines.flatMap((plotted) => {
      const row = rows.find(([key]) => key === plotted.series.key);
      const taken = place === null ? null : take(plotted, place, row?.[1]);
      if (taken === null) return [];
      const away = row !== undefined && row[2] !== stepOf(told);
      const asides = [taken.own, away ? `@ ${row[2]}` : ""].filter((text) => text !== "");
      return [{ ...taken, reading: { ...taken.reading, aside: asides.join(" ") } }];
    });
    return {
      readings: found.map(({ reading }) => reading),
      dots: found.map(({ dot }) => dot),
    };
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

/** The step of the heading, to tell apart what was logged elsewhere. */
function stepOf(told: Inspected): string {
  return /^step ([^ ]+)/.exec(told.heading ?? "")?.[1] ?? "";
}

/** Read one series at a place; `own` is the logged value where the line shows an average. */
function take(
  { series, raw, smooth }: Plotted,
  place: number,
  exact: string | undefined,
): { reading: Reading; own: string; dot: Dot } | null {
  const index = raw === null ? -1 : nearest(raw, place);
  if (raw === null || index < 0) return null;
  const logged = exact ?? significant(raw.y[index]);
  const averaged = smooth === null ? -1 : nearest(smooth, place);
  const isAverage = smooth !== null && averaged >= 0;
  const [line, at] = isAverage ? [smooth, averaged] : [raw, index];
  const value = isAverage ? significant(smooth.y[averaged]) : logged;
  const { color, dash } = series;
  return {
    reading: { name: titleOf(series), color, dash, value, aside: "" },
    own: isAverage ? logged : "",
    dot: { x: line.x[at], y: line.y[at], color: safeColour(color) },
  };
}
