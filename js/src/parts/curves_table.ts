/** The curves as a table, for those who cannot see the plot and for those who want the numbers. */
import { type Series, titleOf } from "./curves_legend";
import { element } from "./elements";

export interface CurvesTable {
  button: HTMLButtonElement;
  root: HTMLElement;
  draw(series: readonly Series[]): void;
}

const columns = ["series", "last", "minimum", "maximum", "best @ step", "values"];

function rowOf(series: Series): HTMLTableRowElement {
  const row = element("tr");
  const name = element("th", "", { scope: "row" });
  name.textContent = titleOf(series);
  row.append(name);
  for (const text of [series.last, series.minimum, series.maximum, series.best, series.count]) {
    const cell = element("td", "tl-number");
    cell.textContent = text || "–";
    row.append(cell);
  }
  return row;
}

export function mountCurvesTable(redraw: () => void, signal: AbortSignal): CurvesTable {
  const button = element("button", "tl-switch-choice", {
    type: "button",
    "aria-expanded": "false",
    "data-testid": "tl-table-button",
  });
  button.textContent = "table";
  const root = element("div", "tl-table-box", { "data-testid": "tl-table", tabindex: "0" });
  root.hidden = true;
  const table = element("table", "tl-table", { "aria-label": "series" });
  const head = element("tr");
  for (const text of columns) {
    const cell = element("th", "", { scope: "col" });
    cell.textContent = text;
    head.append(cell);
  }
  const top = element("thead");
  top.append(head);
  const body = element("tbody");
  table.append(top, body);
  root.append(table);
  const press = (): void => {
    root.hidden = !root.hidden;
    button.setAttribute("aria-expanded", String(!root.hidden));
    redraw();
  };
  button.addEventListener("click", press, { signal });
  return {
    button,
    root,
    draw(series) {
      if (root.hidden) return;
      body.replaceChildren(...series.filter((each) => each.drawn).map(rowOf));
    },
  };
}
