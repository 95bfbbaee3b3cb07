/** What the investigation recommended, in the order of its findings, and what each would widen. */
import type { Fix } from "../../../src/core/scenario.ts";

const gate = (name: string) => ({ kind: "service-gate", gate: name }) as const;

export const fixes: readonly Fix[] = [
  {
    name: "schema=swap",
    summary: "readers clone the schema in parallel, and one merges the next one aside",
    relieves: gate("schema-lock"),
    options: { schema: "swap" },
  },
  {
    name: "schema=precomputed",
    summary: "the schema is merged on upload, and no request clones it",
    relieves: gate("schema-lock"),
    options: { schema: "precomputed" },
  },
  {
    name: "claims=shared",
    summary: "one request fetches expired claim sets, and the others wait for that one",
    relieves: gate("threads"),
    options: { claims: "shared" },
  },
  {
    name: "claims=ahead",
    summary: "one request fetches the claim sets before they expire, and nobody waits",
    relieves: gate("threads"),
    options: { claims: "ahead" },
  },
  {
    name: "authorization=cached",
    summary:
      "one read in the request's own transaction instead of four on connections of their own",
    relieves: gate("threads"),
    options: { authorization: "cached" },
  },
  {
    name: "cascade=outside",
    summary: "documents are rewritten before the transaction, which is so much shorter",
    // The cores have as much to do as before; it is the document that is locked for a shorter time.
    relieves: { kind: "lock" },
    options: { cascade: "outside" },
  },
  {
    name: "streaming=chunks",
    summary: "pages are half as long, and serialized in chunks without a connection",
    relieves: gate("cores"),
    options: { streaming: "chunks" },
  },
];
