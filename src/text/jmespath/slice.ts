import type { Tree } from "../../model/outcome.ts";
import type { Budget } from "./budget.ts";
import type { SliceBounds } from "./node.ts";
import { codePoints, isList } from "./values.ts";

/** A part of a list, or of a text by its code points where the edition has that; null for anything else. */
export function sliceOf(value: Tree, bounds: SliceBounds, budget: Budget, ofText: boolean): Tree {
  if (typeof value === "string" && ofText) {
    const points = codePoints(value, budget);
    return placesOf(points.length, bounds, budget)
      .map((place) => points[place] ?? "")
      .join("");
  }
  if (!isList(value)) return null;
  return placesOf(value.length, bounds, budget).map((place) => value[place] ?? null);
}

function placesOf(length: number, { start, stop, step }: SliceBounds, budget: Budget): readonly number[] {
  const down = step < 0;
  const first = start === undefined ? (down ? length - 1 : 0) : capped(start, length, down);
  const end = stop === undefined ? (down ? -1 : length) : capped(stop, length, down);
  const count = Math.max(0, Math.ceil((end - first) / step));
  budget.items(count);
  return Array.from({ length: count }, (_, at) => first + at * step);
}

/** A bound of a slice; negative ones count from the end. */
function capped(bound: number, length: number, down: boolean): number {
  const from = bound < 0 ? bound + length : bound;
  if (from < 0) return down ? -1 : 0;
  return from < length ? from : down ? length - 1 : length;
}
