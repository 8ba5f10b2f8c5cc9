/** What is known of the selected node, beneath the picture. */
import type { Fact } from "../draw/graph_text";
import { element, say } from "./elements";

export interface Details {
  /** `heading` "" : nothing is selected, and `hint` is shown. */
  show(heading: string, facts: Fact[], hint: string): void;
}

export function mountDetails(parent: HTMLElement): Details {
  const box = element("div", "tl-graph-details", {
    "data-testid": "tl-graph-details",
  });
  // Numbers that change while training runs are not read out: only what was selected is.
  const name = element("span", "tl-graph-hint", { role: "status" });
  const list = element("dl", "tl-graph-facts");
  box.append(name, list);
  parent.append(box);
  let shown = "";
  return {
    show(heading, facts, hint) {
      const content = JSON.stringify([heading, facts, hint]);
      if (content === shown) return;
      shown = content;
      name.className = heading === "" ? "tl-graph-hint" : "tl-graph-name";
      say(name, heading === "" ? hint : heading);
      list.hidden = facts.length === 0;
      const pairs = facts.map((fact) => {
        const pair = element(
          "div",
          `tl-graph-fact tl-graph-fact-${fact.name.replace(/\W+/g, "-")}`,
        );
        const [term, value] = [element("dt"), element("dd")];
        term.textContent = fact.name;
        value.textContent = fact.value;
        pair.append(term, value);
        return pair;
      });
      list.replaceChildren(...pairs);
    },
  };
}
