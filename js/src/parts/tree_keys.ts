/** The keys of a file tree. */

export interface Steered {
  move(by: number): void;
  toEnd(isLast: boolean): void;
  page(): number;
  inward(): void;
  outward(): void;
  toggle(): void;
  openSiblings(): void;
  find(text: string): void;
  search(): void;
  copy(): void;
  leave(): boolean;
}

/** Letters that follow each other so quickly, in milliseconds, are one name. */
const together = 700;

export class TreeKeys {
  private typed = "";
  private typedAt = 0;

  constructor(private readonly steered: Steered) {}

  /** Do what a key says; whether it says anything. */
  press(event: KeyboardEvent): boolean {
    const { key } = event;
    if (event.ctrlKey || event.metaKey) return this.pressControl(key);
    if (event.altKey) return false;
    const actions = this.actions();
    if (Object.hasOwn(actions, key)) {
      actions[key]();
      return true;
    }
    if (key === "Escape") return this.steered.leave();
    if ([...key].length !== 1) return false;
    this.type(key);
    return true;
  }

  private pressControl(key: string): boolean {
    if (key !== "c" || !(document.getSelection()?.isCollapsed ?? true)) return false;
    this.steered.copy();
    return true;
  }

  private actions(): Record<string, () => void> {
    const { steered } = this;
    return {
      ArrowDown: () => steered.move(1),
      ArrowUp: () => steered.move(-1),
      PageDown: () => steered.move(steered.page()),
      PageUp: () => steered.move(-steered.page()),
      Home: () => steered.toEnd(false),
      End: () => steered.toEnd(true),
      ArrowRight: () => steered.inward(),
      ArrowLeft: () => steered.outward(),
      Enter: () => steered.toggle(),
      " ": () => steered.toggle(),
      "*": () => steered.openSiblings(),
      "/": () => steered.search(),
    };
  }

  private type(letter: string): void {
    const now = performance.now();
    const goesOn = now - this.typedAt < together;
    // The same letter again means the next name that begins with it.
    this.typed = goesOn && this.typed !== letter ? this.typed + letter : letter;
    this.typedAt = now;
    this.steered.find(this.typed.toLowerCase());
  }
}
