/** What an option's text may be: each schema turns it into a value, or says what was expected. */
import { z } from "zod";
import { parseDurationMs } from "../core/duration.ts";

function text<T>(expected: string, parse: (text: string) => T | null) {
  return z.string().transform((given, context): T => {
    const value = parse(given.trim());
    if (value !== null) return value;
    context.addIssue({ code: "custom", message: `expected ${expected}, got "${given}"` });
    return z.NEVER;
  });
}

export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  const upTo = max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`;
  return text(`a whole number from ${min}${upTo}`, (given) => {
    const value = /^\d+$/.test(given) ? Number(given) : Number.NaN;
    return Number.isSafeInteger(value) && value >= min && value <= max ? value : null;
  });
}

/** Where something listens: an address of this machine, and a port there; 0 is any free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const portMax = 65_535;

/** Without a host: to this machine alone. An IPv6 address stands in brackets. */
export const listenAddress = text<ListenAddress>(
  `a port from 0 to ${portMax}, perhaps behind the address to listen at, such as 0.0.0.0:9464`,
  (given) => {
    const [, bracketed, plain, portText = ""] =
      /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):)?(\d+)$/.exec(given) ?? [];
    const port = portText === "" ? Number.NaN : Number(portText);
    return port <= portMax ? { host: bracketed ?? plain ?? "127.0.0.1", port } : null;
  },
);

/** Milliseconds. */
export function duration(example: string, minMs = 0) {
  const limit = minMs > 0 ? `, at least ${minMs} ms` : ", or 0";
  return text(`a duration such as ${example} (units ms, s, m, h)${limit}`, (given) => {
    const ms = given === "0" ? 0 : parseDurationMs(given);
    return ms !== null && ms >= minMs ? ms : null;
  });
}

/** Two durations in milliseconds, the same one twice for a single one; `0` for none. */
export const durationRange = text<readonly [number, number]>(
  "a duration or a range such as 10ms..50ms, or 0",
  (given) => {
    if (given === "0") return [0, 0];
    const [low, high = low, ...more] = given.split("..");
    const minMs = parseDurationMs(low ?? "");
    const maxMs = parseDurationMs(high ?? "");
    if (minMs === null || maxMs === null || maxMs < minMs || more.length > 0) return null;
    return [minMs, maxMs];
  },
);

/** With fewer there are not two on either side of a bend. */
const countsMin = 4;

/** Different whole numbers in rising order, from a list in any. */
export function counts(max: number) {
  const expected = `at least ${countsMin} different whole numbers from 1 to ${max}, such as 1,2,4,8,16`;
  return text<readonly number[]>(expected, (given) => {
    const texts = given.split(",").map((one) => one.trim());
    const values = [...new Set(texts.map(Number))].sort((one, other) => one - other);
    const areCounts = texts.every((one) => /^[1-9]\d*$/.test(one)) && (values.at(-1) ?? 0) <= max;
    return areCounts && values.length >= countsMin ? values : null;
  });
}

/** Far more than one machine can ask for. */
const rateMax = 1_000_000;

/** Transactions a second at the start and at the end; the same twice for a single one. */
export const rate = text<readonly [number, number]>(
  `a rate above 0 and up to ${rateMax} transactions a second, such as 200, 0.5, or a ramp such as 100..1000`,
  (given) => {
    const [start, end = start, ...more] = given.split("..").map(rateOf);
    if (start === undefined || start === null || end == null || more.length > 0) return null;
    return [start, end];
  },
);

function rateOf(text: string): number | null {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  return value > 0 && value <= rateMax ? value : null;
}

/** A share above 0 and up to 1. */
export const percentage = text("a percentage above 0 and up to 100, such as 5%", (given) => {
  const share = /^\d+(\.\d+)?%$/.test(given) ? Number(given.slice(0, -1)) / 100 : 0;
  return share > 0 && share <= 1 ? share : null;
});

/** Paths of folders separated by commas, as they are written. */
export const folders = text<readonly string[]>("folders separated by commas", (given) => {
  const paths = given.split(",").map((path) => path.trim());
  return paths.includes("") ? null : paths;
});

export function choice<const Values extends readonly string[]>(values: Values) {
  const one = text<Values[number]>(`one of ${values.join(", ")}`, (given) =>
    values.includes(given) ? given : null,
  );
  return one.meta({ choices: values });
}

/** `name=weight,…` for some of the names; those left out keep their default weight. */
export function weights(defaults: Readonly<Record<string, number>>) {
  const names = Object.keys(defaults);
  const expected = `name=weight pairs such as ${names.map((name) => `${name}=1`).join(",")}`;
  return text<Readonly<Record<string, number>>>(expected, (given) => {
    const merged: Record<string, number> = { ...defaults };
    for (const pair of given.split(",")) {
      const [, name = "", weight = ""] = /^([^=]+)=(\d{1,6})$/.exec(pair.trim()) ?? [];
      if (!names.includes(name)) return null;
      merged[name] = Number(weight);
    }
    return Object.values(merged).some((weight) => weight > 0) ? merged : null;
  });
}
