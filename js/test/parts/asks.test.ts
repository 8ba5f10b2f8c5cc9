import { beforeEach, describe, expect, test } from "vitest";
import { Asks } from "../../src/parts/asks";

let sent: [number, number, number][] = [];
let asks: Asks;

beforeEach(() => {
  sent = [];
  asks = new Asks("me", (x, y, ask) => void sent.push([x, y, ask]));
  asks.settle({ ask: 0, client: "" }, 0);
});

test("numbers its questions upwards and sends them at once", () => {
  asks.ask(1, 2, 0);
  asks.ask(3, 4, 5);
  expect(sent).toEqual([
    [1, 2, 1],
    [3, 4, 2],
  ]);
});

test("only the answer to the newest question ends the waiting", () => {
  asks.ask(1, 2, 0);
  asks.ask(3, 4, 5);
  asks.settle({ ask: 1, client: "me" }, 10);
  expect(asks.open).toBe(true);
  asks.settle({ ask: 2, client: "me" }, 20);
  expect(asks.open).toBe(false);
});

test("a drag has one question under way, and the newest place is next", () => {
  asks.askNext(1, 1, 0);
  asks.askNext(2, 2, 1);
  asks.askNext(3, 3, 2);
  expect(sent).toEqual([[1, 1, 1]]);
  asks.settle({ ask: 1, client: "me" }, 3);
  expect(sent).toEqual([
    [1, 1, 1],
    [3, 3, 2],
  ]);
  asks.settle({ ask: 2, client: "me" }, 4);
  expect(sent).toHaveLength(2);
});

describe("somebody else's answer", () => {
  test("shows while nothing of ours is open", () => {
    expect(asks.settle({ ask: 9, client: "other" }, 0)).toBe(true);
  });
  test("does not replace one that we wait for", () => {
    asks.ask(1, 2, 0);
    expect(asks.settle({ ask: 9, client: "other" }, 10)).toBe(false);
    expect(asks.open).toBe(true);
  });
  test("ends a long wait, since the mailbox keeps only the newest question", () => {
    asks.ask(1, 2, 0);
    expect(asks.settle({ ask: 9, client: "other" }, 5000)).toBe(true);
    expect(asks.open).toBe(false);
  });
  test("that was there before ends nothing", () => {
    asks.settle({ ask: 9, client: "other" }, 0);
    asks.ask(1, 2, 10);
    expect(asks.settle({ ask: 9, client: "other" }, 9000)).toBe(false);
    expect(asks.open).toBe(true);
  });
});
