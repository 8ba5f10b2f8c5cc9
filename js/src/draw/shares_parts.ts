/** Which modules or blocks tell most about how something is shared out. */
import type { Share, SharesTree } from "./shares_tree";

/** The share below which a part of a pie is but a line. */
const sliver = 0.005;

export interface Parts {
  /** The largest first. */
  parts: Share[];
  /** All others together; null if there are none. */
  others: Share | null;
}

/** Keep the `most` largest that hold at least `least`; the others go together. */
function gather(shares: readonly Share[], most: number, least = 0): Parts {
  const sorted = [...shares].sort((one, other) => other.value - one.value);
  const large = sorted.filter((each) => each.value >= least).length;
  const fits = Math.min(most, large);
  // One that would stand alone among the others is shown as itself.
  const shown = sorted.length === fits + 1 ? fits + 1 : fits;
  const left = sorted.slice(shown);
  if (left.length === 0) return { parts: sorted, others: null };
  const sum = (read: (each: Share) => number): number =>
    left.reduce((total, each) => total + read(each), 0);
  const value = sum((each) => each.value);
  const count = sum((each) => each.count);
  return {
    parts: sorted.slice(0, shown),
    others: { kind: "rest", row: 0, first: -1, value, count },
  };
}

/** How much the shown parts tell, as in Shannon's entropy; what is in "others" tells nothing. */
function telling({ parts }: Parts, whole: number): number {
  return parts.reduce((sum, { value }) => sum - (value / whole) * Math.log(value / whole), 0);
}

/** What a part falls into; wrappers that hold nothing but one module are passed through. */
function open(tree: SharesTree, measure: number, part: Share): Share[] {
  let found = part.kind === "module" ? tree.within(measure, part.row) : [];
  while (found.length === 1 && found[0].kind === "module") {
    found = tree.within(measure, found[0].row);
  }
  return found;
}

/** Leaf modules where one of them holds much, whole blocks elsewhere: what tells most in few bars. */
export function tellingParts(tree: SharesTree, measure: number, most: number): Parts {
  const whole = tree.value(measure, 0);
  if (tree.count === 0 || whole <= 0) return { parts: [], others: null };
  let shares = [tree.share(measure, 0)];
  let best = gather(shares, most);
  const closed = new Set<number>();
  for (;;) {
    const openable = best.parts.find((each) => each.kind === "module" && !closed.has(each.row));
    if (openable === undefined) return best;
    closed.add(openable.row);
    const inside = open(tree, measure, openable);
    if (inside.length < 2) continue;
    const opened = [...shares.filter((each) => each !== openable), ...inside];
    const candidate = gather(opened, most);
    if (telling(candidate, whole) <= telling(best, whole)) continue;
    [shares, best] = [opened, candidate];
  }
}

/** The parts that the model falls into at the top. */
export function topParts(tree: SharesTree, measure: number, most: number): Parts {
  const whole = tree.value(measure, 0);
  if (tree.count === 0 || whole <= 0) return { parts: [], others: null };
  const found: Share[] = [];
  const waiting = [0];
  for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
    const inside = tree.within(measure, row);
    if (inside.length === 0) found.push(tree.share(measure, row));
    for (const each of inside) {
      const isOpened = each.kind === "module" && tree.section(each.row) === 0;
      if (isOpened) waiting.push(each.row);
      else found.push(each);
    }
  }
  return gather(found, most, sliver * whole);
}
