/** `loadgen list`: what can be run, one line each. */
import { scenarios } from "../../../scenarios/index.ts";
import { systems } from "../../../fixtures/index.ts";
import { acceptedBy, defaultText, type ParameterLimits } from "../../core/fault-text.ts";
import { faults } from "../../faults/index.ts";
import { UsageError } from "../problems.ts";

/** A section with its title, null for that of its kind, and lines. */
type Entries = readonly [title: string | null, lines: readonly (readonly string[])[]];

const kinds: Readonly<Record<string, () => readonly Entries[]>> = {
  systems: () => [
    [
      null,
      systems.map(({ name, summary, sizes }) => [
        name,
        `${summary} (sizes ${Object.keys(sizes).join(", ")})`,
      ]),
    ],
  ],
  scenarios: () => [
    [
      null,
      scenarios.map(({ name, system, summary }) => [name, `${summary} (${system ?? "no system"})`]),
    ],
  ],
  variants: () =>
    systems.map(({ name: system, defaultVariant, variants }) => [
      `variants of ${system}, ${defaultVariant} unless another is named`,
      Object.entries(variants).map(([name, { summary }]) => [name, summary]),
    ]),
  faults: () => [
    [
      null,
      faults.map(({ name, summary, radius, parameters }) => [
        [name, ...Object.keys(parameters).map((key) => `${key}=…`)].join(":"),
        `${summary} (blast radius: ${radius})`,
      ]),
    ],
  ],
};

/** `kind`: one of them, or undefined for all. */
export function listText(kind: string | undefined): string {
  if (kind !== undefined && !Object.hasOwn(kinds, kind)) {
    throw new UsageError([`list: expected one of ${Object.keys(kinds).join(", ")}, got "${kind}"`]);
  }
  return Object.entries(kinds)
    .filter(([name]) => kind === undefined || name === kind)
    .flatMap(([name, sections]) =>
      sections().map(([title, lines]) =>
        section(title ?? (kind === undefined ? name : null), lines),
      ),
    )
    .concat(kind === "variants" ? [composing] : [])
    .join("\n\n");
}

const composing = [
  "Several make one, joined by +: --variant differential+fillfactor-85 (also --against, --variants).",
  "Two that change the same part of the schema exclude each other, and are told so.",
].join("\n");

function section(title: string | null, entries: readonly (readonly string[])[]): string {
  const width = Math.max(...entries.map(([name = ""]) => name.length));
  const lines = entries.map(([name = "", text = ""]) => `  ${name.padEnd(width)}  ${text}`);
  return (title === null ? lines : [title, ...lines]).join("\n");
}

/** Every fault with all that it may be given, and how they are put on a schedule. */
export function catalogueText(): string {
  const entries = faults.map(({ name, summary, radius, parameters }) => {
    const given = Object.entries(parameters).map(
      ([key, limits]) => [`${key}=…`, parameterText(limits)] as const,
    );
    const lines = given.length === 0 ? [] : [section(null, given)];
    return [`${name} (blast radius: ${radius})`, `  ${summary}`, ...lines].join("\n");
  });
  return [...entries, scheduleHelp].join("\n\n");
}

function parameterText(limits: ParameterLimits): string {
  return `${limits.help}: ${acceptedBy(limits)}, ${defaultText(limits)}`;
}

const scheduleHelp = [
  "--chaos name[:key=value,…][@start[+length]], as often as there are faults; they may overlap.",
  "--chaos random:every=10s,length=3s[,radius=session|database|cluster|host] draws from the seed, all over",
  "the measured time, among the faults that reach no further and need no parameter.",
].join("\n");
