/** Trees as the kernel sends them. */
import { type ColumnTraits, columnsFrom, TreeTable } from "../src/draw/tree_table";
import { pack } from "../src/wire";

export interface Line {
  name?: string;
  depth?: number;
  type?: string;
  settings?: string;
  full?: string;
  step?: string;
  input?: string;
  output?: string;
  kind?: string;
  note?: string;
  flags?: number;
  parameters?: number;
  own?: number;
  trainable?: number;
  flops?: number;
}

export type Columns = ColumnTraits & { texts: string[] };

export function columnsOf(lines: readonly Line[]): Columns {
  const texts = [""];
  const place = (text = ""): number => {
    if (!texts.includes(text)) texts.push(text);
    return texts.indexOf(text);
  };
  const numbers = (read: (line: Line) => number | undefined) =>
    pack({
      dtype: "float64",
      shape: [lines.length],
      data: Float64Array.from(lines, (line) => read(line) ?? 0),
    });
  const written = (read: (line: Line) => string | undefined) =>
    numbers((line) => place(read(line)));
  const columns: ColumnTraits = {
    names: written((line) => line.name),
    types: written((line) => line.type ?? "Linear"),
    settings: written((line) => line.settings),
    full_settings: written((line) => line.full),
    steps: written((line) => line.step),
    inputs: written((line) => line.input),
    outputs: written((line) => line.output),
    kinds: written((line) => line.kind),
    notes: written((line) => line.note),
    depths: numbers((line) => line.depth),
    flags: numbers((line) => line.flags),
    parameters: numbers((line) => line.parameters),
    own_parameters: numbers((line) => line.own ?? line.parameters),
    trainable: numbers((line) => line.trainable ?? line.parameters),
    buffers: numbers(() => 0),
    flops: numbers((line) => line.flops),
    activation_bytes: numbers(() => 0),
  };
  return { texts, ...columns };
}

export function tableOf(lines: readonly Line[]): TreeTable {
  const { texts, ...columns } = columnsOf(lines);
  return new TreeTable(texts, columns);
}

export const nothing = { texts: [""], ...columnsFrom(() => null) };

/** A small network: a stem, three blocks alike in one line, and a head. */
export const network: Line[] = [
  { type: "Net", parameters: 100, own: 0, flops: 4_089_184_256 },
  { name: "stem", depth: 1, type: "Conv2d", settings: "3 → 8", parameters: 20, output: "[1, 8]" },
  { name: "layers", depth: 1, type: "Sequential", settings: "3 × Block", parameters: 60, own: 0 },
  { name: "(0–2)", depth: 2, type: "3 × Block", flags: 1, parameters: 60, own: 0 },
  { name: "0", depth: 3, type: "Block", step: "[0]", parameters: 20, own: 0 },
  { name: "conv", depth: 4, type: "Conv2d", settings: "8 → 8", parameters: 20, flops: 2_000_000 },
  { name: "1", depth: 3, type: "Block", step: "[1]", parameters: 20, own: 0 },
  { name: "conv", depth: 4, type: "Conv2d", settings: "8 → 8", parameters: 20, flops: 1_000_000 },
  { name: "2", depth: 3, type: "Block", step: "[2]", parameters: 20, own: 0 },
  { name: "conv", depth: 4, type: "Conv2d", settings: "8 → 8", parameters: 20, flops: 3_000_000 },
  { name: "head", depth: 1, parameters: 20, trainable: 0, flags: 2, note: "frozen" },
];
