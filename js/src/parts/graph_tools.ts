/** The buttons over a graph. */
import { element } from "./elements";

export interface GraphActions {
  zoom(factor: number): void;
  fit(): void;
  reset(): void;
  saveSvg(): void;
  saveDot(): void;
}

export function mountGraphTools(actions: GraphActions, signal: AbortSignal): HTMLElement {
  const box = element("div", "tl-graph-tools", { role: "toolbar", "aria-label": "graph" });
  const add = (name: string, text: string, label: string, pressed: () => void): void => {
    const made = element("button", "tl-graph-tool", {
      ...{ type: "button", "data-testid": `tl-graph-${name}`, "aria-label": label, title: label },
    });
    made.textContent = text;
    made.addEventListener("click", pressed, { signal });
    box.append(made);
  };
  add("closer", "+", "zoom in (+)", () => actions.zoom(1.25));
  add("farther", "\u2212", "zoom out (-)", () => actions.zoom(0.8));
  add("fit", "fit", "show all of it (0)", () => actions.fit());
  add("reset", "reset", "open and close as at first", () => actions.reset());
  add("svg", "SVG", "save the picture as SVG", () => actions.saveSvg());
  add("dot", "DOT", "save the graph for Graphviz", () => actions.saveDot());
  return box;
}

/** Hand a text to the person as a file. */
export function saveFile(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = element("a", "", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
