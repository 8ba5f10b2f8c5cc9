/** Going through a tree by keys: where each leads, and what it does there. */
import type { TreeState } from "../draw/tree_state";
import type { TreeTable } from "../draw/tree_table";
import type { Steered } from "./tree_keys";

/** What a walk needs of the view. */
export interface Ground {
  table(): TreeTable;
  state(): TreeState;
  /** How many lines are in sight. */
  page(): number;
  /** Go to a line and select it. */
  go(line: number): void;
  /** Change what is shown, and keep the keyboard on a line. */
  change(change: () => void, line: number): void;
  search(): void;
  copy(): void;
  leave(): boolean;
}

export class TreeWalker implements Steered {
  readonly page: () => number;
  readonly search: () => void;
  readonly copy: () => void;
  readonly leave: () => boolean;

  constructor(private readonly ground: Ground) {
    this.page = () => ground.page();
    this.search = () => ground.search();
    this.copy = () => ground.copy();
    this.leave = () => ground.leave();
  }

  private get state(): TreeState {
    return this.ground.state();
  }

  private folds(line: number): boolean {
    return !this.state.isFlat && !this.ground.table().isLeaf(line);
  }

  fold(line: number, isOpen: boolean): void {
    if (this.folds(line)) this.ground.change(() => this.state.fold(line, isOpen), line);
  }

  move(by: number): void {
    this.ground.go(this.state.step(by));
  }

  toEnd(isLast: boolean): void {
    const { lines } = this.state;
    this.ground.go(lines[isLast ? lines.length - 1 : 0]);
  }

  inward(): void {
    const { current } = this.state;
    if (!this.folds(current)) return;
    if (this.state.isOpen(current)) this.move(1);
    else this.fold(current, true);
  }

  outward(): void {
    const { current, isFlat } = this.state;
    if (isFlat) return;
    if (this.state.isOpen(current)) this.fold(current, false);
    else this.ground.go(this.ground.table().parents[current]);
  }

  toggle(): void {
    const { current } = this.state;
    this.ground.go(current);
    this.fold(current, !this.state.isOpen(current));
  }

  openSiblings(): void {
    const { current, isFlat } = this.state;
    if (!isFlat) this.ground.change(() => this.state.openSiblings(current), current);
  }

  find(text: string): void {
    this.ground.go(this.state.startingWith(text));
  }

  /** The first click on an open line only selects it; what is shut opens at once. */
  click(line: number, onToggle: boolean): void {
    const isOpen = this.state.isOpen(line);
    const again = line === this.state.selected;
    this.ground.go(line);
    if (onToggle || !isOpen || again) this.fold(line, !isOpen);
  }
}
