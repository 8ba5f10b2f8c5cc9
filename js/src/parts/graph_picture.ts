/** The picture of a graph: what is open, where it lies, what of it is in sight. */
import {
  type Extent,
  firstSight,
  fitSight,
  held,
  isWhole,
  moved,
  readable,
  type Sight,
  showing,
  zoomed,
} from "../draw/graph_camera";
import type { Graph } from "../draw/graph_data";
import { around, budgets, look, mostVisible, openAtFirst, type Visible } from "../draw/graph_fold";
import { Minimap } from "../draw/graph_minimap";
import { type Drawn, drawScene, type Scene } from "../draw/graph_paint";
import type { Box, Placement, Request } from "../draw/graph_place";
import type { Steps } from "../draw/graph_steps";
import {
  type Face,
  faceOf,
  type Measure,
  shapesBeside,
  spoken,
  titleWidth,
} from "../draw/graph_text";
import { vector } from "./elements";
import { type Anchor, glide } from "./graph_glide";

export interface Watcher {
  /** Another picture is drawn; the one before may have had the keyboard's focus. */
  drawn(hadFocus: boolean): void;
  /** So many would be too many to see. */
  refused(count: number): void;
}

const [lowest, highest] = [200, 640];

export class GraphPicture {
  readonly svg = vector("svg", { class: "tl-graph-svg", role: "group" });
  readonly world = vector("g");
  readonly minimap = new Minimap();
  scene: Scene | null = null;
  drawn: Drawn = { handles: new Map(), lines: [] };
  extent: Extent = { width: 0, height: 0 };
  private open = new Set<number>();
  private graph: Graph | null = null;
  private turn = 0;
  private sight: Sight = { scale: 1, left: 0, top: 0 };
  private isFitted = true;
  /** What is open is what was at first. */
  private isFresh = true;
  private room: Extent = { width: 0, height: 0 };
  private before: { boxes: Map<number, Box>; sight: Sight } | null = null;

  constructor(
    private readonly canvas: HTMLElement,
    private readonly place: (request: Request) => Promise<Placement>,
    private readonly measure: Measure,
    private readonly watcher: Watcher,
  ) {
    this.svg.append(this.world);
    canvas.append(this.svg, this.minimap.element);
  }

  get steps(): Steps | null {
    const { scene } = this;
    return scene && { graph: scene.graph, visible: scene.visible, boxes: scene.boxes };
  }

  /** Show another graph, or the same as at first. */
  async show(graph: Graph): Promise<void> {
    this.graph = graph;
    this.isFitted = this.isFresh = true;
    this.canvas.style.height = "";
    for (const budget of budgets) {
      this.open = openAtFirst(graph, budget);
      const turn = this.turn + 1;
      const isDrawn = await this.layOut(null, budget !== budgets[budgets.length - 1]);
      // Or overtaken by what somebody opened meanwhile.
      if (isDrawn || this.turn !== turn) return;
    }
  }

  isOpen(place: number): boolean {
    return this.open.has(place);
  }

  /** Open or close; what was pressed stays where the pointer is. */
  toggle(place: number, at: readonly [number, number] | null): Promise<void> {
    return this.change(
      (open) => {
        if (open.delete(place)) return;
        open.add(place);
        // Of what runs several times, the first time is an example.
        const { kind, children } = this.graph?.items[place] ?? { kind: "", children: [] };
        const [first] = children.map((each) => this.graph?.items[each]);
        if (kind === "repeat" && first?.kind === "stretch") open.add(first.place);
      },
      this.anchor(place, at),
    );
  }

  /** Open whatever is around a thing, so that it can be seen. */
  reveal(place: number): Promise<void> {
    const holders = this.graph === null ? [] : around(this.graph, place);
    if (holders.every((each) => this.open.has(each))) return Promise.resolve();
    return this.change((open) => {
      for (const each of holders) open.add(each);
    }, null);
  }

  private async change(edit: (open: Set<number>) => void, anchor: Anchor | null): Promise<void> {
    if (this.graph === null) return;
    const open = new Set(this.open);
    edit(open);
    const count = look(this.graph, open).leaves.length;
    if (count > mostVisible && open.size > this.open.size) {
      this.watcher.refused(count);
      return;
    }
    this.open = open;
    this.isFresh = false;
    await this.layOut(anchor);
  }

  private anchor(place: number, at: readonly [number, number] | null): Anchor | null {
    const box = this.scene?.boxes.get(place);
    if (box === undefined) return null;
    const bar = this.isOpen(place) ? Math.min(box.height, 28) : box.height;
    const [x, y] = this.onScreen(box.left + box.width / 2, box.top + bar / 2);
    return { place, x, y: at?.[1] ?? y, pointer: at?.[0] ?? x };
  }

  private onScreen(x: number, y: number): [number, number] {
    const { scale, left, top } = this.sight;
    return [left + x * scale, top + y * scale];
  }

  /** `isTrial`: draw it only if it can be read. Returns whether it was drawn. */
  private async layOut(anchor: Anchor | null, isTrial = false): Promise<boolean> {
    const { graph } = this;
    if (graph === null) return false;
    const turn = ++this.turn;
    const visible = look(graph, this.open);
    const faces = new Map(visible.leaves.map((at) => [at, faceOf(graph.items[at], this.measure)]));
    this.takeRoom();
    const placement = await this.place(this.request(graph, visible, faces));
    // Meanwhile something else may have been opened.
    if (turn !== this.turn) return false;
    const room = { width: this.room.width, height: highest };
    if (isTrial && fitSight(placement, room).scale < readable) return false;
    const hadFocus = this.svg.contains(document.activeElement);
    this.draw({
      ...{ graph, visible, placement, faces, boxes: new Map(placement.boxes) },
      beside: shapesBeside(graph, visible),
      label: (item) => spoken(graph, visible, item),
    });
    this.settle(anchor);
    this.watcher.drawn(hadFocus);
    return true;
  }

  private request(graph: Graph, visible: Visible, faces: Map<number, Face>): Request {
    const containers = [...visible.inside.keys()].filter((at) => at >= 0);
    return {
      inside: [...visible.inside],
      parents: [...visible.inside].flatMap(([outer, children]) =>
        children.map((child): [number, number] => [child, outer]),
      ),
      sizes: [...faces].map(([at, { width, height }]) => [at, width, height]),
      strands: visible.strands.map(({ source, target }) => [source, target]),
      titles: containers.map((at) => [at, titleWidth(graph.items[at], this.measure)]),
      inputs: graph.top.filter((at) => graph.items[at].kind === "input"),
      room: [this.room.width - 20, highest - 20],
    };
  }

  private draw(scene: Scene): void {
    const before = this.scene;
    const sight = this.sight;
    this.scene = scene;
    this.extent = { width: scene.placement.width, height: scene.placement.height };
    this.drawn = drawScene(this.world, scene);
    const boxes = scene.placement.boxes.map(([at, box]): [Box, boolean] => [
      box,
      scene.visible.inside.has(at),
    ]);
    this.minimap.draw(this.extent, boxes);
    this.before = before && { boxes: before.boxes, sight };
  }

  /** Find the new sight, and move there from the old one. */
  private settle(anchor: Anchor | null): void {
    const before = this.before;
    this.grow();
    const box = anchor && this.scene?.boxes.get(anchor.place);
    if (anchor && box) {
      const bar = this.isOpen(anchor.place) ? Math.min(box.height, 28) : box.height;
      const { scale } = this.sight;
      const half = Math.max(0, (box.width * scale) / 2 - 10);
      const x = Math.min(anchor.pointer + half, Math.max(anchor.pointer - half, anchor.x));
      this.isFitted = false;
      this.look({
        scale,
        left: x - (box.left + box.width / 2) * scale,
        top: anchor.y - (box.top + bar / 2) * scale,
      });
    } else if (this.isFitted) {
      this.look(firstSight(this.extent, this.room));
    } else this.look(this.sight);
    if (before && this.scene) {
      glide(this.drawn.handles, this.world, this.scene.boxes, this.sight, before, anchor);
    }
  }

  /** The canvas is as high as its content needs, and never shrinks under the pointer. */
  private grow(): void {
    const now = Number.parseFloat(this.canvas.style.height) || 0;
    const scale = Math.min(1, (this.room.width - 20) / Math.max(1, this.extent.width));
    const wanted = this.extent.height * Math.max(scale, 0.5) + 20;
    const height = Math.round(Math.min(highest, Math.max(lowest, wanted, now)));
    this.canvas.style.height = `${height}px`;
    this.takeRoom();
  }

  private takeRoom(): void {
    const width = this.canvas.clientWidth || 800;
    this.room = { width, height: Number.parseFloat(this.canvas.style.height) || highest };
  }

  /** Make the best of another width. */
  async resize(): Promise<void> {
    const { graph, room } = this;
    if (graph === null || this.scene === null || this.canvas.clientWidth === room.width) return;
    if (this.canvas.clientWidth === 0) return;
    this.takeRoom();
    if (!this.isFitted) this.look(this.sight);
    else if (this.isFresh) await this.show(graph);
    else await this.layOut(null);
  }

  pan(right: number, down: number): void {
    this.isFitted = false;
    this.look(moved(this.sight, right, down));
  }

  zoom(factor: number, left: number, top: number): void {
    this.isFitted = false;
    this.look(zoomed(this.sight, factor, left, top));
  }

  fit(): void {
    this.isFitted = true;
    this.look(fitSight(this.extent, this.room));
  }

  /** Bring a thing into sight. */
  seek(place: number): void {
    const box = this.scene?.boxes.get(place);
    if (box === undefined) return;
    const sight = showing(this.sight, box, this.room);
    if (sight.left !== this.sight.left || sight.top !== this.sight.top) this.look(sight);
  }

  /** Put a place of the minimap into the middle. */
  centre(left: number, top: number): void {
    const [x, y] = this.onScreen(...this.minimap.under(left, top));
    this.pan(this.room.width / 2 - x, this.room.height / 2 - y);
  }

  private look(sight: Sight): void {
    this.sight = held(sight, this.extent, this.room);
    const { scale, left, top } = this.sight;
    const at = `translate(${left.toFixed(2)} ${top.toFixed(2)}) scale(${scale.toFixed(4)})`;
    this.world.setAttribute("transform", at);
    this.svg.classList.toggle("tl-graph-far", scale < 0.5);
    this.minimap.look(this.sight, this.room, isWhole(this.sight, this.extent, this.room));
  }
}
