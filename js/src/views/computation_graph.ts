/** A computation graph whose modules open and close. */
import type { Metric } from "../draw/graph_colours";
import { type Graph, holds, type Item, type Packed, readGraph, root } from "../draw/graph_data";
import { dotFile, svgFile } from "../draw/graph_export";
import { step, type Way } from "../draw/graph_steps";
import { factsOf, nameOf } from "../draw/graph_text";
import { grouped } from "../draw/numbers";
import { defineView, type Stage, type View, type ViewTraits } from "../model";
import { element, say } from "../parts/elements";
import { type Details, mountDetails } from "../parts/graph_details";
import {
  type GraphGestures,
  watchGraphKeys,
  watchGraphPointer,
  watchGraphWheel,
  watchMinimap,
} from "../parts/graph_gestures";
import { Layouter } from "../parts/graph_layouter";
import { type GraphLegend, mountGraphLegend } from "../parts/graph_legend";
import { GraphMarks } from "../parts/graph_marks";
import { makeMeasure } from "../parts/graph_measure";
import { GraphPicture } from "../parts/graph_picture";
import { mountGraphTools, saveFile } from "../parts/graph_tools";
import { mountShell, type Shell } from "../parts/shell";
import { mountTooltip } from "../parts/tooltip";

export interface Traits extends ViewTraits {
  graph_data: Packed | Record<string, never>;
  failure: string;
  failed: string;
  left_out: string;
  chosen: string;
  metrics: Metric[];
  measured: string;
  metric: string;
  layouter: string | null;
}

/** How long a choice made here outweighs what the kernel says, in milliseconds. */
const patience = 2000;
const hints = {
  opens: "Click a module to open it; arrows, Enter and Escape do the same.",
  flat: "Click a step to see its shapes; the arrow keys go from one to the next.",
} as const;

class ComputationGraph implements View {
  private readonly shell: Shell;
  private readonly note = element("div", "tl-note", { "data-testid": "tl-graph-note" });
  private readonly failure = element("div", "tl-problem", { "data-testid": "tl-graph-failure" });
  private readonly canvas = element("div", "tl-graph-canvas", { "data-testid": "tl-graph" });
  private readonly picture: GraphPicture;
  private readonly marks: GraphMarks;
  private readonly legend: GraphLegend;
  private readonly details: Details;
  private readonly layouter: Layouter;
  private packed: unknown = null;
  private graph: Graph | null = null;
  private hint = "";
  /** Where the keyboard is. */
  private current: number | null = null;
  private selected: number | null = null;
  private told = "";
  private asked = { id: "", until: 0 };
  private refused = "";
  private colouredBy: string | null = null;

  constructor(private readonly stage: Stage<Traits>) {
    const { signal, root: frame } = stage;
    this.shell = mountShell(stage);
    this.layouter = new Layouter(this.fetchSource(), signal);
    this.picture = this.mountPicture();
    this.marks = new GraphMarks(frame, this.picture, mountTooltip(this.canvas));
    this.shell.tools.append(this.mountTools());
    this.shell.body.append(this.failure, this.note);
    const choose = (key: string): void => {
      this.colouredBy = key;
      this.recolour();
    };
    this.legend = mountGraphLegend(this.shell.body, choose, signal);
    this.shell.body.append(this.canvas);
    this.details = mountDetails(this.shell.body);
    const gestures = this.gestures();
    watchGraphPointer(this.canvas, gestures, signal);
    watchGraphWheel(this.canvas, gestures, signal);
    watchGraphKeys(this.canvas, gestures, signal);
    const { minimap } = this.picture;
    watchMinimap(minimap.element, (left, top) => this.picture.centre(left, top), signal);
    this.canvas.addEventListener("focusin", (event) => this.focused(event), { signal });
  }

  draw(): void {
    const { model } = this.stage;
    const packed = model.get("graph_data");
    const isEmpty = !("nodes" in packed) || packed.nodes.length === 0;
    const failure = model.get("failure");
    this.shell.draw(isEmpty && failure === "" ? "Nothing to show: nothing was computed" : "");
    say(this.failure, failure);
    this.canvas.hidden = isEmpty;
    say(this.note, this.refused || model.get("left_out"));
    // What is not on the page yet has no font to measure texts in.
    const isThere = this.stage.root.isConnected;
    if (packed !== this.packed && !isEmpty && isThere) this.take(packed as Packed);
    void this.picture.resize();
    this.follow();
    this.recolour();
  }

  fail(reason: string): void {
    this.shell.fail(reason);
  }

  private mountPicture(): GraphPicture {
    const measure = makeMeasure(this.stage.root);
    return new GraphPicture(this.canvas, (request) => this.layouter.place(request), measure, {
      drawn: (hadFocus) => this.drawn(hadFocus),
      refused: (count) => {
        this.refused = `That would be ${grouped(count)} things to draw: open smaller parts.`;
        this.stage.redraw();
      },
    });
  }

  private mountTools(): HTMLElement {
    const { picture, canvas, stage } = this;
    const title = (): string => stage.model.get("title");
    const name = (): string => title().replace(/[^\w.-]+/g, "_") || "graph";
    const zoom = (factor: number): void =>
      picture.zoom(factor, canvas.clientWidth / 2, canvas.clientHeight / 2);
    const paper = (): string => getComputedStyle(canvas).backgroundColor;
    const svg = (): string => svgFile(picture.world, picture.extent, paper(), title());
    const dot = (): string => (this.graph ? dotFile(this.graph, title()) : "");
    return mountGraphTools(
      {
        zoom,
        fit: () => picture.fit(),
        reset: () => void (this.graph && picture.show(this.graph)),
        saveSvg: () => saveFile(`${name()}.svg`, svg(), "image/svg+xml"),
        saveDot: () => saveFile(`${name()}.dot`, dot(), "text/vnd.graphviz"),
      },
      stage.signal,
    );
  }

  private async fetchSource(): Promise<string> {
    const reference = this.stage.model.get("layouter");
    if (reference === null) return "";
    const found = await this.stage.host.getModel(reference);
    return String(found.get?.("source") ?? "");
  }

  private take(packed: Packed): void {
    this.packed = packed;
    this.graph = readGraph(packed);
    this.current = this.selected = null;
    const { model } = this.stage;
    this.hint = hints[this.graph.items.some(holds) ? "opens" : "flat"];
    const said = `${model.get("title")}: ${model.get("summary")}. ${this.hint}`;
    this.picture.svg.setAttribute("aria-label", said);
    void this.picture.show(this.graph);
  }

  /** Take over what is selected in the kernel, unless it does not know yet what was chosen here. */
  private follow(): void {
    const id = this.stage.model.get("chosen");
    if (id === this.asked.id) this.asked.until = 0;
    if (performance.now() < this.asked.until || this.graph === null || id === this.told) return;
    this.told = id;
    const item = this.graph.items.find((each) => each.id === id);
    this.selected = item?.place ?? null;
    if (item !== undefined) {
      void this.picture.reveal(item.place).then(() => this.picture.seek(item.place));
      // Who is at the keyboard stays where they are.
      if (!this.canvas.contains(document.activeElement)) this.stand(item.place);
    }
    this.mark();
  }

  private item(place: number | null): Item | null {
    return place === null ? null : (this.graph?.items[place] ?? null);
  }

  private gestures(): GraphGestures {
    const { picture } = this;
    return {
      hover: (place, left, top) => this.marks.hover(this.item(place), left, top, this.selected),
      leave: () => this.marks.hover(null, 0, 0, this.selected),
      pan: (right, down) => picture.pan(right, down),
      zoom: (factor, left, top) => picture.zoom(factor, left, top),
      fit: () => picture.fit(),
      press: (place, at) => this.press(place, at),
      step: (way) => this.walk(way),
      end: (isLast) => this.go(picture.scene?.visible.leaves.at(isLast ? -1 : 0)),
      escape: () => this.leave(),
    };
  }

  private walk(way: Way): void {
    const { steps } = this.picture;
    if (steps !== null && this.current !== null) this.go(step(steps, this.current, way));
  }

  private press(place: number | null, at: readonly [number, number] | null): void {
    const item = this.item(place);
    this.select(item);
    if (item === null) return;
    this.current = item.place;
    this.marks.hover(null, 0, 0, this.selected);
    this.refused = "";
    if (holds(item)) void this.picture.toggle(item.place, at);
    else this.focusOn(item.place);
  }

  private select(item: Item | null): void {
    const place = item?.place ?? null;
    if (place === this.selected) return;
    this.selected = place;
    const number = item?.number ?? 0;
    this.asked = { id: number > 0 ? (item?.id ?? "") : "", until: performance.now() + patience };
    this.told = this.asked.id;
    this.stage.send("select", { index: number });
    this.mark();
  }

  /** Close what is around; the focus goes to it. */
  private leave(): boolean {
    const item = this.item(this.current);
    const outer =
      item !== null && this.picture.isOpen(item.place) ? item.place : (item?.parent ?? root);
    if (outer === root) return false;
    this.current = outer;
    this.select(this.item(outer));
    void this.picture.toggle(outer, null);
    return true;
  }

  private go(place: number | undefined): void {
    if (place === undefined) return;
    this.focusOn(place);
    this.picture.seek(place);
  }

  private focusOn(place: number): void {
    this.picture.drawn.handles.get(place)?.focus({ preventScroll: true });
  }

  private focused(event: Event): void {
    const target = event.target instanceof Element ? event.target.closest("[data-place]") : null;
    if (target === null) return;
    this.stand(Number(target.getAttribute("data-place")));
  }

  /** The keyboard comes to this next. */
  private stand(place: number): void {
    const { handles } = this.picture.drawn;
    handles.get(this.current ?? root)?.setAttribute("tabindex", "-1");
    this.current = place;
    handles.get(place)?.setAttribute("tabindex", "0");
  }

  /** A new picture has come: the focus and the marks go where they were. */
  private drawn(hadFocus: boolean): void {
    const { handles } = this.picture.drawn;
    if (this.current === null || !handles.has(this.current)) {
      this.current = this.picture.scene?.visible.leaves[0] ?? null;
    }
    handles.get(this.current ?? root)?.setAttribute("tabindex", "0");
    if (hadFocus) this.focusOn(this.current ?? root);
    const { dataset } = this.canvas;
    dataset.layout = this.layouter.isApart ? "worker" : "page";
    dataset.drawn = String(Number(dataset.drawn ?? 0) + 1);
    this.recolour();
    this.mark();
  }

  private recolour(): void {
    const { model } = this.stage;
    const metrics = model.get("metrics");
    const key = this.colouredBy ?? model.get("metric");
    const metric = metrics.find((each) => each.key === key) ?? null;
    this.marks.recolour(metric, metrics);
    const { scale, raised } = this.marks;
    this.legend.draw(metrics, metric?.key ?? "", scale, { raised, moment: model.get("measured") });
    this.tell();
  }

  private mark(): void {
    this.marks.mark(this.selected);
    this.tell();
  }

  /** What is known of the selected one, with the newest numbers. */
  private tell(): void {
    const item = this.item(this.selected);
    if (item === null || this.graph === null) {
      this.details.show("", [], this.hint);
      return;
    }
    const name = nameOf(item);
    const facts = [...factsOf(this.graph, item), ...this.marks.factsOf(item)];
    const heading = name === "" || name === item.label ? item.label : `${item.label} · ${name}`;
    this.details.show(heading, facts, this.hint);
  }
}

export default defineView<Traits>("computation-graph", (stage) => new ComputationGraph(stage));
