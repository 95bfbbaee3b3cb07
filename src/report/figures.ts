/** Figures as people read them. */
import { counted } from "../core/counted.ts";
import type { FigureKind } from "../run/figures.ts";
import type { HostFigure } from "../scaling/measurements.ts";

/** Microseconds with a fitting unit, three digits: `850 us`, `12.3 ms`, `1.25 s`; a dash for none. */
export function timeText(us: number | null | undefined): string {
  if (us === null || us === undefined) return "–";
  if (us < 1000) return `${Math.round(us)} us`;
  if (us < 1_000_000) return `${digits(us / 1000)} ms`;
  return `${digits(us / 1_000_000)} s`;
}

/** A length of time as people plan by it: `45 s`, `8 min 30 s`, `1 h 5 min`. */
export function lengthText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  // Beyond an hour nobody counts the seconds.
  if (seconds < 3600) return twoUnits(seconds, "min", "s");
  return twoUnits(Math.round(seconds / 60), "h", "min");
}

function twoUnits(small: number, largeName: string, smallName: string): string {
  const rest = small % 60;
  return `${Math.floor(small / 60)} ${largeName}${rest === 0 ? "" : ` ${rest} ${smallName}`}`;
}

/** Three significant digits, and all digits of what is longer: `1.23`, `12.3`, `123`, `1234`. */
export function digits(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** Bytes with a fitting unit, powers of 1024: `512 B`, `30.1 KB`. */
export function bytesText(bytes: number | null): string {
  if (bytes === null) return "–";
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  for (; Math.abs(value) >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${digits(value)} ${units[unit] ?? ""}`;
}

/** Of a run's figure, with its unit where it has one of its own: `64.4/s`, `12.3 ms`. */
export function valueText(value: number, unit: FigureKind["unit"]): string {
  switch (unit) {
    case "/s":
      return `${digits(value)}/s`;
    case "us":
      return timeText(value);
    case "bytes":
      return bytesText(value);
    case "share":
      return `${digits(100 * value)} %`;
    case "rows":
    case "buffers":
    case "records":
    case "pages":
    case "sessions":
      return digits(value);
  }
}

/** `1.93 of 2 cores busy: server 1.55, generator 0.21, others 0.17`. */
export function hostText({ cores, busyCores, serverCores, generatorCores }: HostFigure): string {
  // The three are counted apart from all of it, and rounded differently by the system.
  const others = Math.max(0, busyCores - serverCores - generatorCores);
  const parts = { server: serverCores, generator: generatorCores, others };
  const texts = Object.entries(parts).map(([name, busy]) => `${name} ${busy.toFixed(2)}`);
  return `${busyCores.toFixed(2)} of ${counted(cores, "core")} busy: ${texts.join(", ")}`;
}

/** Columns under their headings, the first one to the left and all others to the right. */
export function columns(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  return [heading, ...rows]
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return column === 0 ? cell.padEnd(width) : cell.padStart(width);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
