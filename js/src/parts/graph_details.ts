/** What is known of the selected node, beneath the picture. */
import type { Fact } from "../draw/graph_text";
import { element } from "./elements";

export interface Details {
  /** `heading` "" : nothing is selected, and `hint` is shown. */
  show(heading: string, facts: Fact[], hint: string): void;
}

export function mountDetails(parent: HTMLElement): Details {
  const box = element("div", "tl-graph-details", {
    "data-testid": "tl-graph-details",
    "aria-live": "polite",
  });
  parent.append(box);
  let shown = "";
  return {
    show(heading, facts, hint) {
      const content = JSON.stringify([heading, facts, hint]);
      if (content === shown) return;
      shown = content;
      const name = element("span", heading === "" ? "tl-graph-hint" : "tl-graph-name");
      name.textContent = heading === "" ? hint : heading;
      const list = element("dl", "tl-graph-facts");
      for (const fact of facts) {
        const pair = element("div", `tl-graph-fact tl-graph-fact-${fact.name}`);
        const [term, value] = [element("dt"), element("dd")];
        term.textContent = fact.name;
        value.textContent = fact.value;
        pair.append(term, value);
        list.append(pair);
      }
      box.replaceChildren(name, ...(facts.length > 0 ? [list] : []));
    },
  };
}
