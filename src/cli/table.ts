/** Where a table goes. */
export interface TableSettings {
  /** On a terminal, lines are cut to its width. */
  readonly terminal: boolean;
  /** Width of the terminal in characters. */
  readonly columns: number;
  /** Whether to make the heading bold. */
  readonly color: boolean;
}

/** Spaces between two columns. */
const gap = "  ";

/** Narrowest that a cut column gets. */
const narrowest = 4;

/**
 * Rows in aligned columns under a heading, each line with its line feed. Control characters are shown as escapes, so
 * that no name can steer the terminal. Cells are cut, with `…`, on a terminal only: the widest column first.
 */
export function formatTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  settings: TableSettings,
): string {
  const lines = [heading, ...rows].map((row) => heading.map((_, column) => printable(row[column] ?? "")));
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => lengthOf(line[column] ?? ""))));
  const fitted = settings.terminal ? fit(widths, settings.columns) : widths;
  return lines
    .map((line, index) => {
      const cells = line.map((cell, column) => pad(cut(cell, fitted[column] ?? 0), fitted[column] ?? 0));
      const text = cells.join(gap).trimEnd();
      return index === 0 && settings.color ? `\u001b[1m${text}\u001b[22m\n` : `${text}\n`;
    })
    .join("");
}

/** Narrows the widest column again and again until the line fits, or no column can give more. */
function fit(widths: readonly number[], columns: number): readonly number[] {
  const fitted = [...widths];
  const room = columns - gap.length * (widths.length - 1);
  for (let excess = sum(fitted) - room; excess > 0; excess -= 1) {
    const widest = Math.max(...fitted);
    if (widest <= narrowest) break;
    fitted[fitted.indexOf(widest)] = widest - 1;
  }
  return fitted;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}

function cut(text: string, width: number): string {
  const symbols = Array.from(text);
  return symbols.length <= width ? text : `${symbols.slice(0, Math.max(width - 1, 0)).join("")}…`;
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(width - lengthOf(text), 0));
}

/** Text with control characters as escapes. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (symbol) => {
    const code = symbol.codePointAt(0) ?? 0;
    if (symbol === "\n") return "\\n";
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}
