import { describe, expect, test } from "vitest";
import golden from "../../tests/fixtures/wire.json";
import { type Packed, pack, unpack } from "../src/wire";

interface Golden {
  name: string;
  dtype: string;
  shape: number[];
  base64: string;
  values: (number | string | null)[];
}

const cases: Golden[] = golden;

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** JSON has no NaN or infinity: the fixture spells them. */
function numberOf(value: number | string | null): number {
  if (typeof value === "number") return value;
  if (value === null) return Number.NaN;
  const lowered = value.toLowerCase();
  if (lowered.includes("inf")) return lowered.startsWith("-") ? -Infinity : Infinity;
  return Number(value);
}

/** The same bytes at an odd place in a larger buffer, as Jupyter hands them over. */
function shifted(bytes: Uint8Array, by: number): DataView<ArrayBuffer> {
  const buffer = new ArrayBuffer(bytes.length + by + 3);
  new Uint8Array(buffer).fill(255);
  new Uint8Array(buffer, by, bytes.length).set(bytes);
  return new DataView(buffer, by, bytes.length);
}

describe.each(cases)("$name", ({ dtype, shape, base64, values }) => {
  const bytes = bytesOf(base64);
  const wanted = values.map(numberOf);

  test.each([0, 1, 8])("unpacks at byte offset %i", (offset) => {
    const tensor = unpack({ dtype, shape, data: shifted(bytes, offset) });
    expect(tensor.dtype).toBe(dtype);
    expect(tensor.shape).toEqual(shape);
    expect(Array.from(tensor.data)).toEqual(wanted);
  });

  test("packs to the same bytes", () => {
    const packed = pack(unpack({ dtype, shape, data: shifted(bytes, 1) }));
    const { buffer, byteOffset, byteLength } = packed.data;
    expect(new Uint8Array(buffer, byteOffset, byteLength)).toEqual(bytes);
    expect([packed.dtype, packed.shape]).toEqual([dtype, shape]);
  });
});

test("does not copy aligned bytes", () => {
  const data = new DataView(new ArrayBuffer(16), 8, 8);
  expect(unpack({ dtype: "float32", shape: [2], data }).data.buffer).toBe(data.buffer);
});

describe("refuses", () => {
  const data = new DataView(new ArrayBuffer(8));
  test.each<[string, Packed, RegExp]>([
    ["an unknown dtype", { dtype: "int64", shape: [1], data }, /int64/],
    ["an inherited name", { dtype: "constructor", shape: [1], data }, /constructor/],
    ["too few bytes", { dtype: "float32", shape: [3], data }, /needs 12 bytes, not 8/],
    ["too many bytes", { dtype: "float32", shape: [1], data }, /needs 4 bytes, not 8/],
    ["a negative length", { dtype: "uint8", shape: [-8, -1], data }, /bad shape/],
    ["a broken length", { dtype: "uint8", shape: [0.5, 16], data }, /bad shape/],
  ])("%s", (_, packed, message) => {
    expect(() => unpack(packed)).toThrow(message);
  });
});
