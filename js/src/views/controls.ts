/** The row that says where a run stands and pauses, steps or stops it. */
import { duration, grouped, pace, percent } from "../draw/numbers";
import { defineView, type Stage, type View, type ViewTraits } from "../model";
import { type Button, makeButton } from "../parts/button";
import { element, say, texts } from "../parts/elements";
import { type Action, type Request, type RunState, trackRequest } from "../parts/request";
import { mountTimeline, type Timeline } from "../parts/timeline";

export interface Traits extends ViewTraits {
  state: string;
  pending: string;
  step: number;
  epoch: number;
  epochs: number | null;
  fraction: number | null;
  rate: number | null;
  seconds_left: number | null;
  cost: number | null;
  problems: string[];
  notice: string;
  stale: string;
  moments: number[];
  cursor: number | null;
}

/** Frames come at least this often while a run goes on and its kernel lives. */
const silence = 25_000;
const watching = "logging, probes and making frames, as a share of the running time";
const ended = ["stopped", "finished", "failed"];

function stateNow(model: Stage<Traits>["model"]): RunState {
  return {
    state: model.get("state"),
    pending: model.get("pending"),
    step: model.get("step"),
    notice: model.get("notice"),
    problems: model.get("problems").length,
  };
}

function epochText(epoch: number, epochs: number | null): string {
  if (epochs !== null) return `epoch ${grouped(epoch)} / ${grouped(epochs)}`;
  return epoch > 0 ? `epoch ${grouped(epoch)}` : "";
}

function figures(model: Stage<Traits>["model"]): string {
  const [rate, left, cost] = [model.get("rate"), model.get("seconds_left"), model.get("cost")];
  const running = model.get("state") === "running";
  return [
    rate === null ? "" : pace(rate),
    left === null || !running ? "" : `${duration(left)} left`,
    cost === null ? "" : `watching costs ${percent(cost)}`,
  ]
    .filter((text) => text !== "")
    .join(" · ");
}

class Controls implements View {
  private readonly row = element("div", "tl-controls-row");
  private readonly title = element("span", "tl-title");
  private readonly dot = element("span", "tl-dot", { "aria-hidden": "true" });
  private readonly word = element("span", "tl-state", {
    "data-testid": "tl-state",
    role: "status",
  });
  private readonly step = element("span", "tl-step", { "data-testid": "tl-step-count" });
  private readonly epoch = element("span", "tl-quiet", { "data-testid": "tl-epoch" });
  private readonly bar = element("span", "tl-progress", {
    role: "progressbar",
    "aria-label": "progress",
    "aria-valuemin": "0",
    "aria-valuemax": "100",
    "data-testid": "tl-progress",
  });
  private readonly done = element("span", "tl-progress-done");
  private readonly figures = element("span", "tl-figures", {
    "data-testid": "tl-figures",
  });
  private readonly late = element("div", "tl-note", { "data-testid": "tl-late", role: "status" });
  private readonly notice = element("div", "tl-note", { "data-testid": "tl-notice" });
  private readonly problems = element("div", "tl-problems", { "data-testid": "tl-problems" });
  private readonly problem = element("div", "tl-problem", {
    "data-testid": "tl-problem",
    role: "alert",
  });
  private readonly timeline: Timeline;
  private readonly request: Request;
  private readonly toggle: Button;
  private readonly advance: Button;
  private readonly stop: Button;
  private heardAt = performance.now();
  private heardFrame = -1;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly stage: Stage<Traits>) {
    const { signal, root } = stage;
    this.request = trackRequest(() => this.draw(), signal);
    this.toggle = makeButton("pause", () => this.ask(this.toggleAction()), signal);
    this.advance = makeButton("step", () => this.ask("advance"), signal);
    this.stop = makeButton("stop", () => this.ask("stop"), signal);
    this.timeline = mountTimeline({ look: (step) => this.look(step) }, signal);
    this.compose(root);
    signal.addEventListener("abort", () => clearTimeout(this.timer), { once: true });
  }

  draw(): void {
    const { model, root } = this.stage;
    const now = stateNow(model);
    this.request.settle(now);
    this.listen();
    root.dataset.state = now.state;
    root.setAttribute("aria-label", `${model.get("title")}: ${model.get("summary")}`);
    this.title.textContent = model.get("title");
    this.step.textContent = `step ${grouped(now.step)}`;
    say(this.epoch, epochText(model.get("epoch"), model.get("epochs")));
    this.drawState(now);
    this.drawButtons(now);
    this.drawProgress(model.get("fraction"));
    const told = figures(model);
    say(this.figures, told);
    // Where it does not fit, the rest of it is to be had here.
    this.figures.title = `${told}\nwatching: ${watching}`;
    const connected = this.stage.connection() === "connected";
    this.timeline.draw(model.get("moments"), model.get("cursor"), connected);
    this.drawMessages();
  }

  fail(reason: string): void {
    say(this.problem, `This view could not be drawn: ${reason}`);
  }

  private compose(root: HTMLElement): void {
    root.setAttribute("role", "group");
    const state = element("span", "tl-state-box");
    state.append(this.dot, this.word);
    const buttons = element("span", "tl-buttons");
    buttons.append(this.toggle.element, this.advance.element, this.stop.element);
    const count = element("span", "tl-count");
    count.append(this.step, this.epoch);
    this.bar.append(this.done);
    // Two groups, so that the width alone says how many lines there are, and no text that grows.
    const [steering, progress] = [element("div", "tl-steering"), element("div", "tl-progressing")];
    steering.append(this.title, state, buttons);
    progress.append(count, this.bar, this.figures);
    this.row.append(steering, progress);
    root.append(
      this.row,
      this.timeline.element,
      this.problem,
      this.late,
      this.notice,
      this.problems,
    );
  }

  private look(step: number | null): void {
    if (step === null) this.stage.send("present", {});
    else this.stage.send("look", { step });
  }

  private toggleAction(): Action {
    return this.stage.model.get("state") === "paused" ? "resume" : "pause";
  }

  private ask(action: Action): void {
    this.request.begin(action, stateNow(this.stage.model));
    this.stage.send(action, action === "advance" ? { steps: 1 } : {});
    this.draw();
  }

  /** Note that the kernel spoke, and look again once its silence would be too long. */
  private listen(): void {
    const frame = this.stage.model.get("frame");
    if (frame === this.heardFrame) return;
    this.heardFrame = frame;
    this.heardAt = performance.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stage.redraw(), silence + 50);
  }

  private stale(state: string): boolean {
    const silent = performance.now() - this.heardAt >= silence;
    const silenced = state === "running" && silent;
    return this.stage.connection() === "gone" || silenced || this.stage.model.get("stale") !== "";
  }

  private drawState({ state, step }: RunState): void {
    const connection = this.stage.connection();
    const stale = this.stale(state);
    this.stage.root.dataset.stale = String(stale);
    let word = state;
    if (connection === "absent") word = `${state} · not connected`;
    const told = this.stage.model.get("stale") || "no word from the kernel";
    if (stale) word = `${told}, last step ${grouped(step)}`;
    if (connection === "gone") word = `kernel gone, last step ${grouped(step)}`;
    if (this.word.textContent !== word) this.word.textContent = word;
  }

  private drawButtons(now: RunState): void {
    const { model } = this.stage;
    const open = this.request.open() ?? now.pending;
    const present = this.stage.connection() === "connected" && model.get("stale") === "";
    const live = present && !ended.includes(now.state);
    const paused = now.state === "paused";
    const stopping = open === "stop";
    if (paused)
      this.toggle.set("play", open === "resume" ? "Resuming…" : "Resume", live && !stopping);
    else this.toggle.set("pause", open === "pause" ? "Pausing…" : "Pause", live && open === "");
    this.advance.set("step", "Step", live && paused && !stopping);
    const stoppable = live && now.state !== "idle";
    this.stop.set("stop", stopping ? "Stopping…" : "Stop", stoppable && !stopping);
  }

  private drawProgress(fraction: number | null): void {
    this.bar.classList.toggle("tl-unknown", fraction === null);
    const share = Math.min(1, Math.max(0, fraction ?? 0)) * 100;
    this.done.style.width = `${share.toFixed(2)}%`;
    if (fraction === null) this.bar.removeAttribute("aria-valuenow");
    else this.bar.setAttribute("aria-valuenow", String(Math.round(share)));
  }

  private drawMessages(): void {
    const { model } = this.stage;
    say(this.problem, model.get("problem"));
    const advice = "The kernel has not answered yet; interrupting it stops the run cleanly.";
    say(this.late, this.request.late() ? advice : "");
    say(this.notice, model.get("notice"));
    texts(this.problems, "tl-problem", [...new Set(model.get("problems"))]);
  }
}

export default defineView<Traits>("controls", (stage) => new Controls(stage));
