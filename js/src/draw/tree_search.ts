/** Finding modules by path, class and settings. */
import type { TreeTable } from "./tree_table";

export interface Found {
  words: readonly string[];
  /** 1 for each line that matches. */
  matches: Uint8Array;
  /** 1 for each line that has one below it that matches. */
  inner: Uint8Array;
  count: number;
}

export type Piece = readonly [text: string, isMatch: boolean];

export function wordsOf(query: string): string[] {
  return query.toLowerCase().split(/\s+/).filter(Boolean);
}

/**
 * Modules in whose path, class or settings every word occurs. One word at least occurs in the
 * module itself, and not only in the names of what it is in.
 */
export function search(table: TreeTable, query: string): Found | null {
  const words = wordsOf(query);
  if (words.length === 0) return null;
  const inTexts = words.map((word) => textsWith(table, word));
  const matches = new Uint8Array(table.count);
  const inner = new Uint8Array(table.count);
  let count = 0;
  for (let line = table.count - 1; line >= 0; line--) {
    if (!table.isRepeat(line) && matchesAll(table, line, words, inTexts)) {
      matches[line] = 1;
      count += 1;
    }
    const isKept = matches[line] === 1 || inner[line] === 1;
    if (isKept && table.parents[line] >= 0) inner[table.parents[line]] = 1;
  }
  return { words, matches, inner, count };
}

/** Texts occur in many lines: each is looked at once. */
function textsWith(table: TreeTable, word: string): Uint8Array {
  return Uint8Array.from({ length: table.textCount }, (_, index) =>
    Number(table.textAt(index).toLowerCase().includes(word)),
  );
}

function matchesAll(
  table: TreeTable,
  line: number,
  words: readonly string[],
  inTexts: readonly Uint8Array[],
): boolean {
  const type = table.textIndex("types", line);
  const settings = table.textIndex("settings", line);
  const path = table.path(line).toLowerCase();
  const before = path.length - table.text("names", line).length;
  let isOwn = false;
  for (let at = 0; at < words.length; at++) {
    const said = inTexts[at][type] === 1 || inTexts[at][settings] === 1;
    const place = path.lastIndexOf(words[at]);
    if (!said && place < 0) return false;
    isOwn ||= said || place + words[at].length > before;
  }
  return isOwn;
}

/** Cut a text where words occur in it; `hidden` characters of it are not shown. */
export function pieces(text: string, words: readonly string[], hidden = 0): Piece[] {
  const low = text.toLowerCase();
  const marked = new Uint8Array(text.length);
  // A letter whose small form is longer would shift all that follows.
  if (low.length === text.length) {
    for (const word of words) {
      for (let at = low.indexOf(word); at >= 0; at = low.indexOf(word, at + 1)) {
        marked.fill(1, at, at + word.length);
      }
    }
  }
  const found: Piece[] = [];
  let start = hidden;
  for (let at = hidden + 1; at <= text.length; at++) {
    if (at < text.length && marked[at] === marked[start]) continue;
    found.push([text.slice(start, at), marked[start] === 1]);
    start = at;
  }
  return found;
}
