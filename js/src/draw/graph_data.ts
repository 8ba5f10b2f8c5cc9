/** A computation graph as the kernel sends it, read into a tree of things that open and close. */

/** Rows as `_computation_graph_pack.py` writes them. */
export interface Packed {
  nodes: [
    id: string,
    kind: number,
    label: number,
    path: number,
    group: number,
    settings: number,
    shapes: number[],
    dtypes: number[],
    parameters: number,
    call: number,
    calls: number,
  ][];
  groups: [
    id: string,
    type: number,
    path: number,
    parent: number,
    settings: number,
    contents: number,
    parameters: number,
    call: number,
    calls: number,
  ][];
  repeats: [id: string, label: string, group: number, members: number[][], identical: boolean][];
  edges: number[][];
  failures: Record<string, string>;
  texts: string[];
  shapes: number[][];
}

const kinds = [
  "input",
  "module",
  "operation",
  "parameter",
  "buffer",
  "constant",
  "output",
] as const;

/** A node; or what holds others: a group, a repeat, or a stretch of a very long list. */
export type Kind = (typeof kinds)[number] | "group" | "repeat" | "stretch";

export interface Item {
  /** Its place in {@link Graph.items}. */
  place: number;
  /** What the kernel calls it: 1 and up; 0 for what only the page has. */
  number: number;
  id: string;
  kind: Kind;
  label: string;
  path: string;
  settings: string;
  contents: string;
  shapes: number[][];
  dtypes: string[];
  parameters: number;
  call: number;
  calls: number;
  failed: string;
  parent: number;
  children: number[];
}

export interface Edge {
  source: number;
  target: number;
  shape: number[];
  dtype: string;
  argument: string;
}

export interface Graph {
  items: Item[];
  /** Places of what is in no group. */
  top: number[];
  edges: Edge[];
}

export const root = -1;
/** More direct children than this are shown in stretches. */
const mostChildren = 120;
const stretchLength = 40;

const blank = {
  settings: "",
  contents: "",
  shapes: [],
  dtypes: [],
  parameters: 0,
  call: 1,
  calls: 1,
  failed: "",
  parent: root,
};

export function holds(item: Item): boolean {
  return item.children.length > 0;
}

function readItems(packed: Packed): Item[] {
  const { texts, shapes, failures } = packed;
  const groupsAt = packed.nodes.length;
  const parentOf = (group: number): number => (group < 0 ? root : groupsAt + group);
  const failed = (id: string): string => (Object.hasOwn(failures, id) ? failures[id] : "");
  const nodes = packed.nodes.map((row, place): Item => {
    const [id, kind, label, path, group, settings, held, dtypes, parameters, call, calls] = row;
    return {
      ...{ place, number: place + 1, id, kind: kinds[kind], label: texts[label] },
      ...{ path: texts[path], settings: texts[settings], contents: "", parameters, call, calls },
      ...{ shapes: held.map((at) => shapes[at]), dtypes: dtypes.map((at) => texts[at]) },
      ...{ failed: failed(id), parent: parentOf(group), children: [] },
    };
  });
  const groups = packed.groups.map((row, index): Item => {
    const [id, type, path, parent, settings, contents, parameters, call, calls] = row;
    const place = groupsAt + index;
    return {
      ...{ place, number: place + 1, id, kind: "group", label: texts[type], path: texts[path] },
      ...{ settings: texts[settings], contents: texts[contents], parameters, call, calls },
      ...{ shapes: [], dtypes: [], failed: failed(id), parent: parentOf(parent), children: [] },
    };
  });
  return [...nodes, ...groups];
}

/** Where each item begins: groups begin with the first node inside. */
function beginnings(items: Item[]): number[] {
  const first = items.map((item) =>
    item.kind === "group" ? Number.POSITIVE_INFINITY : item.place,
  );
  for (const item of items) {
    if (item.kind === "group") continue;
    for (let at = item.parent; at !== root; at = items[at].parent) {
      first[at] = Math.min(first[at], item.place);
    }
  }
  return first;
}

/** Tell whether a repeat has more than one thread to the outside, as the levels of a U-Net have. */
function isWoven(members: number[][], owner: (place: number) => number[], edges: Edge[]): boolean {
  const memberOf = new Map(members.flatMap((each, index) => each.map((place) => [place, index])));
  const find = (node: number): number => {
    const found = owner(node).find((place) => memberOf.has(place));
    return found === undefined ? -1 : (memberOf.get(found) ?? -1);
  };
  const targets = new Set<number>();
  const sources = new Set<number>();
  for (const edge of edges) {
    const [from, to] = [find(edge.source), find(edge.target)];
    if (from >= 0 && to < 0 && from < members.length - 1) targets.add(edge.target);
    if (from < 0 && to > 0) sources.add(edge.source);
  }
  return targets.size > 1 || sources.size > 1;
}

function adopt(items: Item[], made: Omit<Item, "place" | "number">): Item {
  const item = { ...made, place: items.length, number: 0 };
  items.push(item);
  for (const child of item.children) items[child].parent = item.place;
  return item;
}

/** Put a container around children of another, in the place of the first. */
function wrap(siblings: number[], item: Item): number[] {
  const inside = new Set(item.children);
  const at = siblings.findIndex((place) => inside.has(place));
  const rest = siblings.filter((place) => !inside.has(place));
  return [...rest.slice(0, at), item.place, ...rest.slice(at)];
}

/** What a row of things begins and ends with. */
function span(items: Item[], row: number[]): string {
  return `${items[row[0]].label} … ${items[row[row.length - 1]].label}`;
}

function stretch(items: Item[], siblings: number[], parent: number): number[] {
  if (siblings.length <= mostChildren) return siblings;
  const count = Math.ceil(siblings.length / stretchLength);
  const size = Math.ceil(siblings.length / count);
  const made = Array.from({ length: count }, (_, index) => {
    const children = siblings.slice(index * size, (index + 1) * size);
    const label = `${index * size + 1} to ${index * size + children.length}`;
    const contents = span(items, children);
    const id = `stretch:${items[children[0]].id}`;
    return adopt(items, {
      ...blank,
      id,
      kind: "stretch",
      label,
      contents,
      path: "",
      parent,
      children,
    }).place;
  });
  return stretch(items, made, parent);
}

function addRepeats(items: Item[], top: number[], packed: Packed, edges: Edge[]): number[] {
  const groupsAt = packed.nodes.length;
  const around = (node: number): number[] => {
    const found = [];
    for (let at = node; at !== root; at = items[at].parent) found.push(at);
    return found;
  };
  let outer = top;
  // Inner ones first would change who is whose parent before the outer ones are looked at.
  const woven = packed.repeats.map(([, , , members]) => {
    const places = members.map((each) => each.map((at) => (at < 0 ? groupsAt - 1 - at : at)));
    return { places, isWoven: members.length <= 12 && isWoven(places, around, edges) };
  });
  packed.repeats.forEach(([id, label, group], index) => {
    const { places, isWoven: skip } = woven[index];
    if (skip) return;
    const parent = group < 0 ? root : groupsAt + group;
    const put = (item: Item): void => {
      if (parent === root) outer = wrap(outer, item);
      else items[parent].children = wrap(items[parent].children, item);
    };
    const made = { ...blank, path: "", parent };
    const children = places.map((member, at) => {
      if (member.length === 1) return member[0];
      const word = `${at + 1} of ${places.length}`;
      const turn = { ...made, id: `${id}#${at + 1}`, kind: "stretch" as const, label: word };
      const item = adopt(items, { ...turn, contents: span(items, member), children: member });
      put(item);
      return item.place;
    });
    const contents = `${items[places[0][0]].id} … ${items[places[places.length - 1][0]].id}`;
    put(adopt(items, { ...made, id, kind: "repeat", label, contents, children }));
  });
  return outer;
}

/** Read rows into items; texts stay texts, whatever is in them. */
export function readGraph(packed: Packed): Graph {
  const items = readItems(packed);
  const first = beginnings(items);
  const order = items.map((item) => item.place).sort((a, b) => first[a] - first[b] || b - a);
  let top: number[] = [];
  for (const place of order) {
    const { parent } = items[place];
    if (first[place] === Number.POSITIVE_INFINITY) continue;
    if (parent === root) top.push(place);
    else items[parent].children.push(place);
  }
  const edges = packed.edges.map(
    ([source, target, shape, dtype, , argument]): Edge => ({
      ...{ source, target, shape: packed.shapes[shape] },
      ...{ dtype: packed.texts[dtype], argument: packed.texts[argument] },
    }),
  );
  top = addRepeats(items, top, packed, edges);
  for (const item of [...items]) item.children = stretch(items, item.children, item.place);
  top = stretch(items, top, root);
  return { items, top, edges };
}
