/** What every view has around its data: a header line, an error banner, and a word when there is nothing. */
import { keepHeight } from "../appearance";
import type { Stage, ViewTraits } from "../model";
import { element, say } from "./elements";

export interface Shell {
  header: HTMLElement;
  tools: HTMLElement;
  body: HTMLElement;
  /** Draw header and banner; `placeholder` ("" for none) stands in for the body. */
  draw(placeholder: string): void;
  fail(reason: string): void;
}

const absences = {
  connecting: "",
  connected: "",
  absent: "not connected",
  gone: "the kernel is gone",
} as const;

function placeholderFor(frame: number, connected: boolean, placeholder: string): string {
  if (placeholder === "" || frame > 0) return placeholder;
  return connected ? "Waiting for the first frame" : "Not connected, nothing to show";
}

export function mountShell<Traits extends ViewTraits>(stage: Stage<Traits>): Shell {
  const { model, root } = stage;
  const header = element("header", "tl-header");
  const title = element("span", "tl-title");
  const summary = element("span", "tl-summary");
  const absence = element("span", "tl-absence", { "data-testid": "tl-absence", role: "status" });
  const tools = element("span", "tl-tools");
  header.append(title, summary, absence, tools);
  const problem = element("div", "tl-problem", { "data-testid": "tl-problem", role: "alert" });
  const empty = element("div", "tl-empty", { "data-testid": "tl-empty" });
  const body = element("div", "tl-body");
  root.append(header, problem, empty, body);
  keepHeight(summary, header, stage.signal);
  return {
    header,
    tools,
    body,
    draw(placeholder) {
      const name = model.get("title");
      root.setAttribute("role", "group");
      root.setAttribute("aria-label", name);
      title.textContent = name;
      say(summary, model.get("summary"));
      summary.title = model.get("summary");
      say(absence, absences[stage.connection()]);
      say(problem, model.get("problem"));
      const connected = stage.connection() !== "absent";
      say(empty, placeholderFor(model.get("frame"), connected, placeholder));
      body.hidden = placeholder !== "";
    },
    fail(reason) {
      say(problem, `This view could not be drawn: ${reason}`);
    },
  };
}
