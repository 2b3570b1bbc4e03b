/** Two files of one answer that cannot both be written. `first` and `second` are positions; first is the smaller. */
export interface PathConflict {
  readonly first: number;
  readonly second: number;
  /** `same`: one path twice, of which the driver silently writes the last. `prefix`: one is a folder of the other. */
  readonly kind: "same" | "prefix";
}

interface Folder {
  /** Position of the file of this very name, if there is one. */
  file?: number;
  readonly children: Map<string, Folder>;
}

/**
 * Finds paths that stand in each other's way: a repeated path with its first appearance, any other with the file
 * that is the nearest folder above it. Empty exactly when there is no conflict. Takes time in proportion to the text.
 */
export function findPathConflicts(paths: readonly string[]): readonly PathConflict[] {
  const root: Folder = { children: new Map() };
  const conflicts: PathConflict[] = [];
  const distinct: { readonly elements: readonly string[]; readonly index: number }[] = [];
  paths.forEach((path, index) => {
    const elements = path.split("/");
    const folder = enter(root, elements);
    if (folder.file !== undefined) {
      conflicts.push({ first: folder.file, second: index, kind: "same" });
      return;
    }
    folder.file = index;
    distinct.push({ elements, index });
  });
  for (const { elements, index } of distinct) {
    const above = nearestFile(root, elements);
    if (above === undefined) continue;
    conflicts.push({ first: Math.min(above, index), second: Math.max(above, index), kind: "prefix" });
  }
  return conflicts.sort((a, b) => a.second - b.second || a.first - b.first);
}

function enter(root: Folder, elements: readonly string[]): Folder {
  let folder = root;
  for (const element of elements) {
    let child = folder.children.get(element);
    if (child === undefined) {
      child = { children: new Map() };
      folder.children.set(element, child);
    }
    folder = child;
  }
  return folder;
}

/** The file deepest among the folders above a path. */
function nearestFile(root: Folder, elements: readonly string[]): number | undefined {
  let folder: Folder | undefined = root;
  let nearest: number | undefined;
  for (const element of elements.slice(0, -1)) {
    folder = folder.children.get(element);
    if (folder === undefined) return nearest;
    nearest = folder.file ?? nearest;
  }
  return nearest;
}
