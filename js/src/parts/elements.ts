/** Building DOM without ever parsing text as HTML. */

type Attributes = Record<string, string>;

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className = "",
  attributes: Attributes = {},
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

export function vector<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** Set text and hide the element when there is none; unchanged text is left alone for live regions. */
export function say(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
  target.hidden = text === "";
}

export function texts(parent: HTMLElement, className: string, lines: string[]): void {
  parent.replaceChildren(
    ...lines.map((line) => {
      const item = element("div", className);
      item.textContent = line;
      return item;
    }),
  );
}
