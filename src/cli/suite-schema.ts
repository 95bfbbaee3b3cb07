/**
 * What a suite's file may have: for the reader of such files, and, as a JSON Schema, for editors.
 * What an option's text may be is the command line's to say: here only its name and shape are known.
 */
import { z } from "zod";
import { valuedOptions } from "./run-options.ts";

/**
 * Of the whole night, or of no use in one: a password stays out of files, and who is told of metrics
 * while a run goes on would hear each run of a night begin to count again.
 */
const leftOut = ["url", "out", "repeat", "metrics-port", "otlp"];

const textOrNumber = z.union([z.string(), z.number()], {
  error: "expected a text or a number, as on the command line",
});

const valued = Object.fromEntries(
  valuedOptions
    .filter(({ name }) => !leftOut.includes(name))
    .map(({ name, help, choices }) => {
      const value = choices === null ? textOrNumber : z.enum(choices);
      return [name, value.optional().describe(help)];
    }),
);

const texts = z.array(z.string()).min(1);

const options = {
  ...valued,
  existing: z.boolean().optional().describe("use the database of --url as it is: no clone, no DDL"),
  ledger: z
    .boolean()
    .optional()
    .describe("keep a ledger, or none (default: under faults that drop connections)"),
  explain: z
    .boolean()
    .optional()
    .describe("explain each operation before the run and after it, and tell whose plan changed"),
  chaos: z
    .union([z.string(), texts], { error: "expected a fault, or a list of faults" })
    .optional()
    .describe("name[:key=value,…][@start[+length]]; see loadgen chaos list"),
  while: z
    .union([z.string(), texts], { error: "expected statements, or a list of them" })
    .optional()
    .describe("SQL, or a .sql file, to be performed while the load goes on: SQL[@start[+length]]"),
  thresholds: z
    .union([z.string(), texts, z.record(z.string(), texts)], {
      error:
        'expected metrics with lists of expressions, such as `latency: ["p(95) < 200ms"]`, or files of thresholds',
    })
    .optional()
    .describe("metrics with lists of expressions, or files of thresholds beside this one"),
  options: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe("the scenario's own options"),
};

/** Names of folders, and what the history is kept by. */
const name = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,59}$/, "expected up to 60 letters, digits, dots or dashes");

/** Runs of more than a night. */
const runsMax = 100;

export const suiteSchema = z.strictObject(
  {
    name: name.describe("the suite's; its history is kept under it"),
    defaults: z
      .strictObject(options)
      .optional()
      .describe("what every run has that does not say otherwise"),
    runs: z
      .array(
        z.strictObject({
          name: name.describe("the run's, by which it is found again in the nights before"),
          scenario: z
            .string()
            .describe("see loadgen list scenarios, or a .ts, .js or .sql file, beside this one"),
          ...options,
        }),
      )
      .min(1)
      .max(runsMax),
  },
  {
    error: ({ code }) =>
      code === "invalid_type" ? "expected a suite: its name, and its runs" : undefined,
  },
);

/** For editors: suites/suite.schema.json. */
export function suiteSchemaText(): string {
  const schema = z.toJSONSchema(suiteSchema, { io: "input", target: "draft-7" });
  return `${JSON.stringify({ title: "A suite of loadgen nightly", ...schema }, null, 2)}\n`;
}
