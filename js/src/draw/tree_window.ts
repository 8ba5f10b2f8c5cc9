/** Of very many lines only those on the screen are drawn; all are of one height. */

export const lineHeight = 24;
const spare = 8;
/** Before there is a layout, so much is taken to be in sight. */
const guess = 480;

export interface Span {
  first: number;
  last: number;
}

/** The lines to draw, `last` not included: those in sight and a few around them. */
export function spanOf(scrollTop: number, height: number, count: number): Span {
  const tall = height > 0 ? height : guess;
  const first = Math.max(0, Math.floor(scrollTop / lineHeight) - spare);
  const last = Math.ceil((scrollTop + tall) / lineHeight) + spare;
  return { first: Math.min(first, count), last: Math.min(count, last) };
}

/** Where to scroll so that a line is in sight below the heading: not at all if it is already. */
export function scrollFor(
  index: number,
  scrollTop: number,
  height: number,
  heading: number,
  isCentred: boolean,
): number {
  const top = index * lineHeight;
  const room = Math.max(lineHeight, height - heading);
  if (top >= scrollTop && top + lineHeight <= scrollTop + room) return scrollTop;
  if (isCentred) return Math.max(0, top - Math.floor((room - lineHeight) / 2));
  return top < scrollTop ? top : top + lineHeight - room;
}
