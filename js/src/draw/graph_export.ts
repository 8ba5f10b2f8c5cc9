/** The picture as a file that needs no page around it, and the graph in Graphviz's language. */
import { vector } from "../parts/elements";
import type { Graph, Item } from "./graph_data";
import { shapeText } from "./graph_text";

const styles = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "opacity"];
const fonts = ["font-family", "font-weight", "font-style"];
const kept = new Set(["g", "rect", "circle", "path", "text", "tspan"]);
const attributes = "x y dx width height rx cx cy r d transform font-size text-anchor".split(" ");
const margin = 16;

/** Attributes that look on their own as the page's styles make the original look. */
function dress(made: SVGElement, tag: string, computed: CSSStyleDeclaration): void {
  const isText = tag === "text" || tag === "tspan";
  for (const name of tag === "g" ? ["opacity"] : isText ? [...styles, ...fonts] : styles) {
    const value = computed.getPropertyValue(name).trim();
    if (value !== "") made.setAttribute(name, value);
  }
  if (isText) made.setAttribute("paint-order", "stroke");
}

function copied(original: Element): SVGElement | null {
  const tag = original.tagName.toLowerCase();
  const computed = getComputedStyle(original);
  if (!kept.has(tag) || computed.display === "none") return null;
  const made = vector(tag as "g");
  for (const name of attributes) {
    const value = original.getAttribute(name);
    if (value !== null) made.setAttribute(name, value);
  }
  dress(made, tag, computed);
  for (const child of original.childNodes) {
    const text = child.textContent ?? "";
    const copy = child instanceof Element ? copied(child) : document.createTextNode(text);
    if (copy !== null) made.append(copy);
  }
  return made;
}

/** The drawing as an SVG file's text, with the colours that it has on the page. */
export function svgFile(
  world: SVGGElement,
  extent: { width: number; height: number },
  paper: string,
  title: string,
): string {
  const [width, height] = [extent.width + 2 * margin, extent.height + 2 * margin];
  const size = { width: width.toFixed(0), height: height.toFixed(0) };
  const file = vector("svg", { ...size, viewBox: `0 0 ${size.width} ${size.height}` });
  const name = vector("title");
  name.textContent = title;
  const body = vector("g", { transform: `translate(${margin} ${margin})` });
  for (const child of world.children) {
    const copy = copied(child);
    if (copy !== null) body.append(copy);
  }
  file.append(name, vector("rect", { width: "100%", height: "100%", fill: paper }), body);
  const text = new XMLSerializer().serializeToString(file);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${legal(text)}\n`;
}

/** XML has no place for control characters, wherever a label got them from. */
function legal(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
}

const quoted = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Graphviz refuses these
  `"${text.replace(/[\u0000-\u001f]/g, " ").replace(/["\\]/g, "\\$&")}"`;

function dotNode(item: Item): string {
  const lines = [item.label, item.path, item.settings].filter((line) => line !== "");
  const shape = item.kind === "module" ? "box" : "ellipse";
  const label = quoted([...new Set(lines)].join(" | "));
  return `n${item.place} [label=${label}, shape=${shape}];`;
}

/** The whole graph for Graphviz, with a cluster for each group. */
export function dotFile(graph: Graph, title: string): string {
  const lines = [`digraph ${quoted(title)} {`];
  const add = (places: number[], indent: string): void => {
    for (const place of places) {
      const item = graph.items[place];
      if (item.children.length === 0) lines.push(`${indent}${dotNode(item)}`);
      else if (item.kind === "group") {
        const label = quoted(item.path === "" ? item.label : `${item.path} · ${item.label}`);
        lines.push(`${indent}subgraph cluster_${place} {`, `${indent}  label=${label};`);
        add(item.children, `${indent}  `);
        lines.push(`${indent}}`);
      } else add(item.children, indent);
    }
  };
  add(graph.top, "  ");
  for (const { source, target, shape } of graph.edges) {
    lines.push(`  n${source} -> n${target} [label=${quoted(shapeText(shape))}];`);
  }
  return `${[...lines, "}"].join("\n")}\n`;
}
