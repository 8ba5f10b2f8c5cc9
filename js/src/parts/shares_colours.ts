/** The colour of a share: that of the part of the model that it belongs to. */
import { css, markOf } from "../draw/colours";
import type { Share, SharesTree } from "../draw/shares_tree";

/** Set `--tl-share` on what is drawn; what is in no part stays grey. */
export function tint(target: HTMLElement | SVGElement, tree: SharesTree, share: Share): void {
  const section = share.first < 0 ? 0 : tree.section(share.row);
  const colour = section === 0 ? "var(--tl-quiet)" : css(markOf(section - 1, -1).colour);
  target.style.setProperty("--tl-share", colour);
}
