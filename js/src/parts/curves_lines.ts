/** Reads the points that bqplot draws off its own models, so that no number travels twice. */
import { type DrawnLine, readLine } from "../draw/drawn_lines";
import type { Host } from "../model";
import type { Series } from "./curves_legend";

interface Lines {
  get(name: string): unknown;
}

function isLines(value: unknown): value is Lines {
  return typeof value === "object" && value !== null && "get" in value;
}

/** A series with its points. */
export interface Plotted {
  series: Series;
  raw: DrawnLine | null;
  smooth: DrawnLine | null;
}

export class CurvesLines {
  private readonly known = new Map<string, Lines | null>();

  constructor(
    private readonly host: Host,
    private readonly arrived: () => void,
  ) {}

  /** Return the lines that are drawn; those of models that are still asked for come later. */
  read(series: readonly Series[], marks: Record<string, string>): Plotted[] {
    const find = (place: [string, number] | null | undefined): DrawnLine | null => {
      if (!place || !Object.hasOwn(marks, place[0])) return null;
      const lines = this.model(marks[place[0]]);
      return lines && readLine(lines.get("x"), lines.get("y"), place[1]);
    };
    return series
      .filter((each) => each.drawn)
      .map((each) => ({ series: each, raw: find(each.raw), smooth: find(each.smooth) }));
  }

  private model(reference: string): Lines | null {
    const found = this.known.get(reference);
    if (found !== undefined) return found;
    this.known.set(reference, null);
    void this.ask(reference);
    return null;
  }

  private async ask(reference: string): Promise<void> {
    try {
      const model: unknown = await this.host.getModel(reference);
      if (!isLines(model)) return;
      this.known.set(reference, model);
      this.arrived();
    } catch {
      // A saved page without the figure's state: the lines are there, their values are not.
    }
  }
}
