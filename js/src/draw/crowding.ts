/** How close together points lie, from a sample on a coarse grid. */
import { largestCode } from "./points";

const side = 128;
const mostSampled = 65_536;

/**
 * The density about a typical point: points in a unit square of the quantised plane (1 by 1 is all of
 * it). Half the points lie in denser places. A point does not count as its own neighbour.
 */
export function crowdingOf(places: Uint16Array): number {
  const count = places.length / 2;
  const step = Math.max(1, Math.ceil(count / mostSampled));
  const cells = new Uint32Array(side * side);
  const cellOf = (point: number): number =>
    Math.floor((places[point * 2 + 1] / (largestCode + 1)) * side) * side +
    Math.floor((places[point * 2] / (largestCode + 1)) * side);
  const crowds: number[] = [];
  for (let point = 0; point < count; point += step) cells[cellOf(point)]++;
  for (let point = 0; point < count; point += step) crowds.push(cells[cellOf(point)] - 1);
  if (crowds.length === 0) return 0;
  crowds.sort((one, other) => one - other);
  // The grid tells nothing of a sparse cloud, whose overall density is then the honest word.
  return Math.max(crowds[crowds.length >> 1] * step * side * side, count);
}
