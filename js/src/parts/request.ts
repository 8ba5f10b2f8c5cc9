/** What a person asked of a run and the kernel has not shown yet. */

export interface RunState {
  state: string;
  pending: string;
  step: number;
  notice: string;
  problems: number;
}

export type Action = "pause" | "resume" | "advance" | "stop";

/** After this long without an answer the person is told about the interrupt. */
const patience = 3000;

export interface Request {
  /** The action still open, or null. */
  open(): Action | null;
  late(): boolean;
  begin(action: Action, current: RunState): void;
  /** Close the request when the frame shows its effect, or a word about it. */
  settle(current: RunState): void;
}

/** A running step count moves by itself, so only a step that was asked for is answered by it. */
function answers(action: Action, before: RunState, now: RunState): boolean {
  if (now.state !== before.state || now.pending !== before.pending) return true;
  if (action === "advance" && now.step !== before.step) return true;
  return now.notice !== before.notice || now.problems !== before.problems;
}

export function trackRequest(changed: () => void, signal: AbortSignal): Request {
  let current: { action: Action; before: RunState } | null = null;
  let late = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const close = (): void => {
    clearTimeout(timer);
    current = null;
    late = false;
  };
  signal.addEventListener("abort", close, { once: true });
  return {
    open: () => current?.action ?? null,
    late: () => late,
    begin(action, before) {
      close();
      current = { action, before };
      timer = setTimeout(() => {
        late = true;
        changed();
      }, patience);
    },
    settle(now) {
      if (current !== null && answers(current.action, current.before, now)) close();
    },
  };
}
