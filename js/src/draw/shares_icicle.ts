/** Where the boxes of an icicle stand: as wide as what they hold, children below their parents. */
import type { Share, SharesTree } from "./shares_tree";

export interface Box {
  share: Share;
  left: number;
  width: number;
  /** 0 for the module that is zoomed in on. */
  level: number;
}

/** Narrower than this, neighbours stand together as one box. */
const least = 3;

interface Frame {
  share: Share;
  left: number;
  width: number;
  level: number;
}

/** Lay the boxes of a module and what is in it, at most `levels` deep. */
export function layIcicle(
  tree: SharesTree,
  measure: number,
  root: number,
  width: number,
  levels: number,
): Box[] {
  const boxes: Box[] = [];
  if (tree.count === 0 || tree.value(measure, root) <= 0) return boxes;
  const waiting: Frame[] = [{ share: tree.share(measure, root), left: 0, width, level: 0 }];
  for (let frame = waiting.shift(); frame !== undefined; frame = waiting.shift()) {
    boxes.push(frame);
    const isOpen = frame.share.kind === "module" && frame.level + 1 < levels;
    if (isOpen) waiting.push(...below(tree, measure, frame));
  }
  return boxes;
}

function below(tree: SharesTree, measure: number, frame: Frame): Frame[] {
  const { row, value: whole } = frame.share;
  const found: Frame[] = [];
  let small: Frame | null = null;
  let left = frame.left;
  for (const share of tree.within(measure, row)) {
    const width = (share.value / whole) * frame.width;
    const at: Frame = { share, left, width, level: frame.level + 1 };
    left += width;
    if (width >= least) {
      small = null;
      found.push(at);
    } else if (small === null) {
      small = at;
      found.push(small);
    } else {
      small.width += width;
      small.share = together(row, small.share, share);
    }
  }
  return found;
}

function together(row: number, one: Share, other: Share): Share {
  const [value, count] = [one.value + other.value, one.count + other.count];
  return { kind: "rest", row, first: one.first, value, count };
}

/** The box that an arrow key leads to; the same one where there is none. */
export function neighbour(boxes: readonly Box[], at: number, key: string): number {
  const { left, width, level } = boxes[at];
  const middle = left + width / 2;
  const holds = (box: Box): boolean => box.left <= middle && middle < box.left + box.width;
  const next = (test: (box: Box) => boolean): number => {
    const found = boxes.findIndex(test);
    return found < 0 ? at : found;
  };
  if (key === "ArrowUp") return next((box) => box.level === level - 1 && holds(box));
  if (key === "ArrowDown") {
    const under = boxes.filter(
      (box) => box.level === level + 1 && box.left >= left - 0.01 && box.left < left + width,
    );
    const widest = under.reduce<Box | null>(
      (best, box) => (best === null || box.width > best.width + 0.01 ? box : best),
      null,
    );
    return widest === null ? at : boxes.indexOf(widest);
  }
  const step = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
  const beside = boxes[at + step];
  return beside !== undefined && beside.level === level ? at + step : at;
}
