/** Shares as the kernel sends them. */
import { type ShareColumns, SharesTree } from "../src/draw/shares_tree";
import { pack } from "../src/wire";

export interface Row {
  name: string;
  depth: number;
  type?: string;
  section?: number;
  /** How many modules it stands for. */
  merged?: number;
  /** Parameters, operations and bytes. */
  values: [number, number, number];
}

export function columnsOf(rows: readonly Row[]): ShareColumns {
  const texts = [""];
  const place = (text: string): number => {
    if (!texts.includes(text)) texts.push(text);
    return texts.indexOf(text);
  };
  const numbers = (values: number[], shape = [values.length]) =>
    pack({ dtype: "float64", shape, data: Float64Array.from(values) });
  return {
    depths: numbers(rows.map((row) => row.depth)),
    names: numbers(rows.map((row) => place(row.name))),
    types: numbers(rows.map((row) => place(row.type ?? "Linear"))),
    counts: numbers(rows.map((row) => row.merged ?? 0)),
    sections: numbers(rows.map((row) => row.section ?? 0)),
    values: numbers(
      [0, 1, 2].flatMap((measure) => rows.map((row) => row.values[measure])),
      [3, rows.length],
    ),
    texts,
  };
}

export function treeOf(rows: readonly Row[]): SharesTree {
  return new SharesTree(columnsOf(rows));
}

/** A stem, a body of two blocks with 2 parameters of its own, and a head that only computes. */
export const network: Row[] = [
  { name: "", depth: 0, type: "Net", values: [100, 400, 1000] },
  { name: "stem", depth: 1, section: 3, values: [8, 100, 100] },
  { name: "body", depth: 1, type: "Body", section: 1, values: [92, 200, 700] },
  { name: "0", depth: 2, type: "Block", section: 1, values: [60, 150, 400] },
  { name: "conv", depth: 3, type: "Conv2d", section: 1, values: [59, 150, 400] },
  { name: "", depth: 3, section: 1, merged: 4, values: [1, 0, 0] },
  { name: "1", depth: 2, type: "Block", section: 1, values: [30, 50, 300] },
  { name: "head", depth: 1, section: 2, values: [0, 100, 200] },
];
