import type { Series } from "../../test/real/prometheus-process.ts";

/** One panel and what its queries gave. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly { readonly name: string; readonly points: Series["points"] }[];
}

const size = { width: 560, height: 220, gap: 16, left: 52, right: 12, top: 34, plot: 112, legend: 15, columns: 2 };
const colors = ["#3871dc", "#e0752d", "#2f9e5b", "#b83fa2", "#c4162a", "#8a6d00", "#0b7a75", "#6b6b6b"];
const mostNames = 4;

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** The panels as one picture, over the seconds since 1970 from `start` to `end`. */
export function drawPanels(panels: readonly Panel[], start: number, end: number): string {
  const rows = Math.ceil(panels.length / size.columns);
  const width = size.columns * (size.width + size.gap) + size.gap;
  const height = rows * (size.height + size.gap) + size.gap;
  const drawn = panels.map((panel, index) => {
    const x = size.gap + (index % size.columns) * (size.width + size.gap);
    const y = size.gap + Math.floor(index / size.columns) * (size.height + size.gap);
    return `<g transform="translate(${x} ${y})">${drawPanel(panel, start, end)}</g>`;
  });
  const style = 'font-family="Helvetica, Arial, sans-serif" font-size="11" fill="#44484d"';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ${style}>`,
    `<rect width="${width}" height="${height}" fill="#f4f5f5"/>`,
    ...drawn,
    "</svg>\n",
  ].join("\n");
}

function drawPanel({ title, unit, lines }: Panel, start: number, end: number): string {
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite);
  const top = niceTop(Math.max(...values, 0));
  const inner = size.width - size.left - size.right;
  const at = ([time, value]: readonly [number, number]) =>
    `${(size.left + ((time - start) / (end - start)) * inner).toFixed(1)},${(size.top + size.plot * (1 - value / top)).toFixed(1)}`;
  const grid = [0, 0.5, 1].map((part) => {
    const y = size.top + size.plot * (1 - part);
    const label = `<text x="${size.left - 6}" y="${y + 4}" text-anchor="end">${shown(top * part, unit)}</text>`;
    return `<path d="M${size.left} ${y}h${inner}" stroke="#e3e5e8"/>${label}`;
  });
  const drawn = lines.flatMap(({ points }, index) =>
    stretches(points).map((stretch) => {
      const path = stretch.map(at).join(" ");
      return `<polyline points="${path}" fill="none" stroke="${colors[index % colors.length] ?? ""}" stroke-width="1.6"/>`;
    }),
  );
  const more = lines.length > mostNames ? [`and ${lines.length - mostNames} more`] : [];
  const names = [...lines.slice(0, mostNames).map(({ name }) => name), ...more].map((name, index) => {
    const [x, y] = [
      size.left + (index % 2) * (inner / 2),
      size.top + size.plot + 22 + Math.floor(index / 2) * size.legend,
    ];
    const mark = `<rect x="${x}" y="${y - 7}" width="9" height="3" fill="${colors[index % colors.length] ?? ""}"/>`;
    return `${index < mostNames ? mark : ""}<text x="${x + 14}" y="${y}">${escaped(name)}</text>`;
  });
  const frame = `<rect width="${size.width}" height="${size.height}" rx="3" fill="#fff" stroke="#d8dbdf"/>`;
  const head = `<text x="12" y="20" font-size="13" font-weight="bold" fill="#1f2328">${escaped(title)}</text>`;
  return [frame, head, ...grid, ...drawn, ...names].join("");
}

/** A line ends where there are no points for more than a second, and begins anew after. */
function stretches(points: Series["points"]): readonly Series["points"][] {
  const all: (readonly [number, number])[][] = [];
  let last = -Infinity;
  for (const point of points) {
    if (!Number.isFinite(point[1])) continue;
    if (point[0] - last > 1.5) all.push([]);
    all.at(-1)?.push(point);
    last = point[0];
  }
  return all;
}

/** The next of 1, 2, 5, 10, … at or above a value. */
function niceTop(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10);
}

function shown(value: number, unit: string): string {
  if (unit === "bytes") return `${Math.round(value / 2 ** 20)} MiB`;
  const text = String(Number(value.toPrecision(2)));
  return unit === "s" ? `${text} s` : unit === "ops" ? `${text}/s` : text;
}
