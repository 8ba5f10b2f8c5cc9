/** What this client asked the model to decode, and whether the frame has answered. */

export interface Answer {
  ask: number;
  client: string;
}

/** After an answer to somebody else, the mailbox may have dropped our question: the newest wins there. */
const grace = 2000;

export class Asks {
  #latest = 0;
  #askedAt = 0;
  #isOpen = false;
  #waiting: readonly [number, number] | null = null;
  #foreign = "";
  readonly #client: string;
  readonly #send: (x: number, y: number, ask: number) => void;

  constructor(client: string, send: (x: number, y: number, ask: number) => void) {
    this.#client = client;
    this.#send = send;
  }

  get open(): boolean {
    return this.#isOpen;
  }

  /** How long the open question has waited, in milliseconds. */
  waited(now: number): number {
    return this.#isOpen ? now - this.#askedAt : 0;
  }

  /** Ask at once: a newer question replaces the older one in the kernel. */
  ask(x: number, y: number, now: number): void {
    this.#waiting = null;
    this.#latest += 1;
    if (!this.#isOpen) this.#askedAt = now;
    this.#isOpen = true;
    this.#send(x, y, this.#latest);
  }

  /** Ask when the open question is answered; a newer place takes the turn. */
  askNext(x: number, y: number, now: number): void {
    if (this.#isOpen) this.#waiting = [x, y];
    else this.ask(x, y, now);
  }

  /** Read the frame: true when its answer is the one to show. */
  settle(answer: Answer, now: number): boolean {
    const mine = answer.client === this.#client;
    if (mine && answer.ask >= this.#latest) this.#isOpen = false;
    const name = `${answer.client} ${answer.ask}`;
    const isNew = name !== this.#foreign;
    this.#foreign = name;
    if (!mine && this.#isOpen && isNew && this.waited(now) > grace) this.#isOpen = false;
    const show = mine || !this.#isOpen;
    if (!this.#isOpen && this.#waiting !== null) this.ask(...this.#waiting, now);
    return show;
  }
}
