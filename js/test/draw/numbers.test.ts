import { expect, test } from "vitest";
import {
  decimals,
  duration,
  grouped,
  pace,
  percent,
  place,
  significant,
} from "../../src/draw/numbers";
import { tickStep, ticks } from "../../src/draw/scales";

test.each([
  [1204, "1,204"],
  [-1204.4, "−1,204"],
  [0, "0"],
  [12345678, "12,345,678"],
])("grouped %d", (value, text) => expect(grouped(value)).toBe(text));

test.each([
  [0.731, "0.731"],
  [0.7312345, "0.7312"],
  [-1.2, "−1.2"],
  [123456, "123500"],
  [0.00001234, "1.234e−5"],
  [-3.5e12, "−3.5e12"],
  [Number.NaN, "NaN"],
  [Number.POSITIVE_INFINITY, "∞"],
  [Number.NEGATIVE_INFINITY, "−∞"],
  [0, "0"],
])("significant %d", (value, text) => expect(significant(value)).toBe(text));

test.each([
  [3.6, "0:04"],
  [59.7, "1:00"],
  [3723, "1:02:03"],
  [183600, "2 d 3 h"],
  [-5, "0:00"],
])("duration %d", (value, text) => expect(duration(value)).toBe(text));

test.each([
  [212.3, "212 steps/s"],
  [12345, "12,345 steps/s"],
  [7.26, "7.3 steps/s"],
  [0.1, "10 s a step"],
  [0, ""],
])("pace %d", (value, text) => expect(pace(value)).toBe(text));

test.each([
  [0.021, "2.1 %"],
  [0.0999, "10 %"],
  [0, "0.0 %"],
])("percent %d", (value, text) => expect(percent(value)).toBe(text));

test("never writes a negative zero", () => expect(decimals(-0.001, 2)).toBe("0.00"));
test("a place has the decimals its plane needs", () => {
  expect(place([0.412, -1.2], 8)).toBe("(0.41, −1.20)");
  expect(place([0.00412, -0.0012], 0.01)).toBe("(0.0041, −0.0012)");
});

test.each([
  [10, 5, 2],
  [1, 4, 0.5],
  [7, 7, 1],
  [0.003, 3, 0.001],
])("tick step of %d over %d", (span, count, step) =>
  expect(tickStep(span, count)).toBeCloseTo(step, 12),
);

test.each([
  [-1, 1, 4, ["−1.0", "−0.5", "0.0", "0.5", "1.0"]],
  [0, 1000, 4, ["0", "500", "1000"]],
  [0.1, 0.9, 2, ["0.5"]],
  [3, 3, 5, []],
  [Number.NaN, 1, 5, []],
])("ticks from %d to %d", (low, high, count, labels) => {
  expect(ticks(low, high, count).map((tick) => tick.label)).toEqual(labels);
});
