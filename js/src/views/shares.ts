/** Which modules hold a model's parameters, do its operations and take its memory. */
import { tellingParts, topParts } from "../draw/shares_parts";
import { type ShareColumns, SharesTree } from "../draw/shares_tree";
import { defineView, type Model, type Stage, type View, type ViewTraits } from "../model";
import { Choices } from "../parts/choices";
import { element, say } from "../parts/elements";
import { SharesBars } from "../parts/shares_bars";
import { SharesIcicle } from "../parts/shares_icicle";
import { type Measure, measureNames, type Shown } from "../parts/shares_marks";
import { SharesPie } from "../parts/shares_pie";
import { SharesTable } from "../parts/shares_table";
import { mountShell, type Shell } from "../parts/shell";
import { mountTooltip, type Tooltip } from "../parts/tooltip";
import type { Packed } from "../wire";

type Kind = "bars" | "icicle" | "pie";

interface Told {
  summary: string;
  note: string;
  reason: string;
}

export interface Traits extends ViewTraits {
  of: string;
  kind: string;
  measures: Record<string, Told>;
  failed: string;
  texts: string[];
  depths: Packed | null;
  names: Packed | null;
  types: Packed | null;
  counts: Packed | null;
  sections: Packed | null;
  values: Packed | null;
}

const mostBars = 12;
const mostSlices = 7;
const shortNames = { parameters: "parameters", flops: "FLOPs", memory: "memory" } as const;
type ShortName = (typeof shortNames)[Measure];
const measureChoices = [
  ["parameters", "tl-share-parameters"],
  ["FLOPs", "tl-share-flops"],
  ["memory", "tl-share-memory"],
] as const;
const kindChoices = [
  ["bars", "tl-share-as-bars"],
  ["icicle", "tl-share-as-icicle"],
  ["pie", "tl-share-as-pie"],
] as const;

class Shares implements View {
  readonly #stage: Stage<Traits>;
  readonly #shell: Shell;
  readonly #tooltip: Tooltip;
  readonly #measures: Choices<ShortName>;
  readonly #kinds: Choices<Kind>;
  readonly #table: SharesTable;
  readonly #bars: SharesBars;
  readonly #icicle: SharesIcicle;
  readonly #pie: SharesPie;
  readonly #failed = element("div", "tl-share-failed", { "data-testid": "tl-share-failed" });
  readonly #note = element("div", "tl-note", { "data-testid": "tl-share-note" });
  // What the page chose; before, what the kernel did.
  #of: Measure | null = null;
  #kind: Kind | null = null;
  #tree: SharesTree | null = null;
  #drawn = Number.NaN;

  constructor(stage: Stage<Traits>) {
    this.#stage = stage;
    const { signal, redraw } = stage;
    this.#shell = mountShell({ ...stage, model: this.#headed() });
    const choose = (name: ShortName): void => {
      this.#of = measureNames.find((each) => shortNames[each] === name) ?? null;
      redraw();
    };
    this.#measures = new Choices("measure", measureChoices, choose, signal);
    const shape = (kind: Kind): void => {
      this.#kind = kind;
      redraw();
    };
    this.#kinds = new Choices("form", kindChoices, shape, signal);
    this.#table = new SharesTable(redraw, signal);
    this.#shell.tools.append(this.#measures.element, this.#kinds.element, this.#table.button);
    const outer = this.#shell.body;
    this.#tooltip = mountTooltip(outer);
    const place = { tooltip: this.#tooltip, outer, signal };
    this.#bars = new SharesBars(place);
    this.#icicle = new SharesIcicle(place, redraw);
    this.#pie = new SharesPie(place);
    outer.prepend(this.#failed, this.#table.root);
    outer.append(this.#bars.root, this.#icicle.root, this.#pie.root, this.#note);
  }

  draw(): void {
    const { model } = this.#stage;
    const measure = this.#measure();
    const told = model.get("measures");
    const nothing = Object.values(told).every((each) => each.reason !== "");
    this.#shell.draw(nothing ? "Nothing to share out: no parameters and no operations" : "");
    this.#tooltip.hide();
    this.#measures.draw(
      shortNames[measure],
      Object.fromEntries(measureNames.map((each) => [shortNames[each], told[each]?.reason ?? ""])),
    );
    this.#kinds.draw(this.#shape(), {});
    if (nothing) return;
    const failed = model.get("failed");
    say(this.#failed, failed === "" ? "" : `No FLOPs and no activations: ${failed}`);
    say(this.#note, this.#words(measure));
    this.#drawForm({ tree: this.#read(), measure, at: measureNames.indexOf(measure) });
  }

  fail(reason: string): void {
    this.#shell.fail(reason);
  }

  #drawForm(shown: Shown): void {
    const { tree, at } = shown;
    const kind = this.#shape();
    this.#bars.root.hidden = kind !== "bars";
    this.#icicle.root.hidden = kind !== "icicle";
    this.#pie.root.toggleAttribute("hidden", kind !== "pie");
    const parts =
      kind === "pie" ? topParts(tree, at, mostSlices) : tellingParts(tree, at, mostBars);
    this.#table.draw(shown, parts);
    const width = this.#shell.body.clientWidth;
    if (kind === "bars") this.#bars.draw(shown, parts);
    else if (kind === "icicle") this.#icicle.draw(shown, width);
    else this.#pie.draw(shown, parts, width);
  }

  /** The tree of the newest frame. */
  #read(): SharesTree {
    const { model } = this.#stage;
    const frame = model.get("frame");
    if (this.#tree === null || frame !== this.#drawn) {
      const read = <Name extends keyof ShareColumns>(name: Name): Traits[Name] => model.get(name);
      this.#tree = new SharesTree({
        texts: read("texts"),
        depths: read("depths"),
        names: read("names"),
        types: read("types"),
        counts: read("counts"),
        sections: read("sections"),
        values: read("values"),
      });
      this.#drawn = frame;
    }
    return this.#tree;
  }

  #shape(): Kind {
    const wanted = this.#kind ?? this.#stage.model.get("kind");
    return kindChoices.find(([kind]) => kind === wanted)?.[0] ?? "bars";
  }

  /** The measure that is wanted, or the first that there is. */
  #measure(): Measure {
    const told = this.#stage.model.get("measures");
    const wanted = this.#of ?? this.#stage.model.get("of");
    const can = measureNames.filter((each) => told[each]?.reason === "");
    return can.find((each) => each === wanted) ?? can[0] ?? "parameters";
  }

  /** What the measure means, and why it is not the one that Python asked for. */
  #words(measure: Measure): string {
    const { model } = this.#stage;
    const told = model.get("measures");
    const wanted = measureNames.find((each) => each === model.get("of"));
    const reason = this.#of === null && wanted !== undefined ? told[wanted]?.reason : "";
    const missing = reason && wanted !== undefined ? `No ${shortNames[wanted]}: ${reason}. ` : "";
    return `${missing}${told[measure]?.note ?? ""}`;
  }

  /** The model as the header reads it: its words are about the measure that is shown. */
  #headed(): Model<Traits> {
    const { model } = this.#stage;
    return {
      get: (name) => {
        const found = model.get(name);
        if (name !== "summary") return found;
        return (model.get("measures")[this.#measure()]?.summary ?? found) as typeof found;
      },
      on: (event, callback) => model.on(event, callback),
      off: (event, callback) => model.off(event, callback),
    };
  }
}

export default defineView<Traits>("shares", (stage) => new Shares(stage));
