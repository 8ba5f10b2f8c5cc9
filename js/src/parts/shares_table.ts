/** The shares as a table, for those who cannot see them and for those who want the numbers. */
import { grouped } from "../draw/numbers";
import type { Parts } from "../draw/shares_parts";
import type { Share } from "../draw/shares_tree";
import { element } from "./elements";
import { type Measure, nameOf, partOf, type Shown } from "./shares_marks";

const titles: Record<Measure, string> = {
  parameters: "parameters",
  flops: "FLOPs",
  memory: "bytes",
};

export class SharesTable {
  readonly button = element("button", "tl-switch-choice", {
    type: "button",
    "aria-expanded": "false",
    "data-testid": "tl-table-button",
  });
  readonly root = element("div", "tl-table-box", { "data-testid": "tl-table", tabindex: "0" });
  readonly #table = element("table", "tl-table", { "aria-label": "shares" });

  constructor(redraw: () => void, signal: AbortSignal) {
    this.button.textContent = "table";
    this.root.hidden = true;
    this.root.append(this.#table);
    const press = (): void => {
      this.root.hidden = !this.root.hidden;
      this.button.setAttribute("aria-expanded", String(!this.root.hidden));
      redraw();
    };
    this.button.addEventListener("click", press, { signal });
  }

  draw(shown: Shown, { parts, others }: Parts): void {
    if (this.root.hidden) return;
    const top = element("thead");
    top.append(rowOf("col", ["module", "class", titles[shown.measure], "of all"]));
    const body = element("tbody");
    const shares = others === null ? parts : [...parts, others];
    body.append(...shares.map((each) => rowOf("row", wordsOf(shown, each))));
    this.#table.replaceChildren(top, body);
  }
}

function wordsOf({ tree, at }: Shown, share: Share): string[] {
  const type = share.kind === "module" ? tree.type(share.row) : "–";
  const part = partOf(share.value, tree.value(at, 0));
  return [nameOf(tree, share), type, grouped(share.value), part];
}

function rowOf(scope: "row" | "col", words: readonly string[]): HTMLTableRowElement {
  const row = element("tr");
  words.forEach((each, at) => {
    const isHeading = scope === "col" || at === 0;
    const cell = isHeading
      ? element("th", "", { scope })
      : element("td", at > 1 ? "tl-number" : "");
    cell.textContent = each;
    row.append(cell);
  });
  return row;
}
