import { describe, expect, it } from "vitest";
import { Failure } from "../../../../src/core/failure.ts";
import type { CacheState } from "../../../../src/core/step.ts";
import { contextOf, plannedIn } from "../../worlds.ts";
import {
  after,
  asked,
  between,
  drawn,
  onCores,
  type Options,
  service,
  size,
  stepsOf,
} from "./requests.ts";

const update = [
  "take-connection",
  "begin read-committed",
  "query authorize-by-all",
  "query lock-document",
  "query find-alias",
  "query read-document",
  "execute update-document",
  "query insert-references",
  "commit",
  "return-connection",
];

describe("a request to the service", () => {
  it("as recommended is its transaction on a thread, and little else", () => {
    expect(asked({})).toEqual(["enter threads", "look-up claim-sets", ...update, "leave threads"]);
  });

  it("takes seven round trips for its transaction, each as long as asked for", () => {
    const steps = asked({ "round-trip": 12, authorization: "before" });
    const main = steps.slice(
      steps.indexOf("begin read-committed") - 1,
      steps.indexOf("commit") + 1,
    );
    const statements = update.filter((step) => /^(begin|query|execute|commit)/.test(step));
    const sent = statements.filter((step) => step !== "query authorize-by-all");
    expect(sent).toHaveLength(7);
    expect(main).toEqual(sent.flatMap((step) => ["pause 12", step]));
  });

  it("leaves everything when it fails, and rolls back by the same way", () => {
    const failure = new Failure("sql", "40001", "could not serialize");
    const steps = asked({ "round-trip": 5 }, { fails: failure });
    expect(steps.slice(-4)).toEqual(["pause 5", "rollback", "return-connection", "leave threads"]);
  });

  it("has the threads, cores and round trips that were asked for", () => {
    const gates = (options: Options) => {
      const steps = [...stepsOf(drawn("update-with-cascade", { ...after, ...options }))];
      return Object.fromEntries(
        steps.flatMap((step) =>
          step.kind === "enter" ? [[step.gate.name, step.gate.capacity]] : [],
        ),
      );
    };
    expect(gates({})).toEqual({ threads: 64, cores: 3, "claims-fetch": 1 });
    expect(gates({ threads: 8, cores: 5, claims: "before", schema: "before" })).toEqual({
      threads: 8,
      cores: 5,
      "schema-lock": 1,
    });
  });
});

describe("the schema", () => {
  const schema = (form: string, caches: CacheState) =>
    between(asked({ schema: form }, { caches }), "enter threads", "look-up claim-sets").slice(
      1,
      -1,
    );

  it("before: is cloned under the one lock, and merged anew under it", () => {
    const [enter, lookUp, ...rest] = schema("before", "fresh");
    expect([enter, lookUp, ...rest]).toEqual([
      "enter schema-lock",
      "look-up schema",
      ...onCores(19),
      "leave schema-lock",
    ]);
    const merging = [...onCores(100), "filled schema"];
    expect(schema("before", "due")).toEqual([enter, lookUp, ...merging, ...rest]);
  });

  it("swapped: is cloned in parallel, and merged aside by the one who is asked to", () => {
    expect(schema("swap", "fresh")).toEqual(["look-up schema", ...onCores(19)]);
    expect(schema("swap", "ahead")).toEqual([
      "look-up schema",
      ...onCores(100),
      "filled schema",
      ...onCores(19),
    ]);
  });

  it("swapped: is waited for where there is none yet", () => {
    expect(schema("swap", "due")).toEqual([
      "look-up schema",
      "enter schema-lock",
      "look-up schema",
      ...onCores(100),
      "filled schema",
      "leave schema-lock",
      ...onCores(19),
    ]);
  });

  it("precomputed: is nothing that a request has to do with", () => {
    expect(asked({}, { caches: "due" }).join()).not.toContain("schema");
  });
});

describe("the claim sets", () => {
  const fetching = ["pause 50", "pause 150", "filled claim-sets"];
  const claims = (form: string, caches: CacheState) =>
    between(asked({ claims: form }, { caches }), "enter threads", "take-connection").slice(1, -1);

  it("are looked at and no more while they are fresh", () => {
    for (const form of ["before", "shared", "ahead"]) {
      expect(claims(form, "fresh")).toEqual(["look-up claim-sets"]);
    }
  });

  it("before: are fetched by everyone who finds them expired, by two calls", () => {
    expect(claims("before", "due")).toEqual(["look-up claim-sets", ...fetching]);
  });

  it.each(["shared", "ahead"])("%s: are fetched by one, who looks again first", (form) => {
    expect(claims(form, "due")).toEqual([
      "look-up claim-sets",
      "enter claims-fetch",
      "look-up claim-sets",
      ...fetching,
      "leave claims-fetch",
    ]);
  });

  it("ahead: are fetched by the one who is asked to, while nobody waits", () => {
    expect(claims("ahead", "ahead")).toEqual(["look-up claim-sets", ...fetching]);
  });

  it("ask somebody ahead in that form alone", () => {
    const aheadMs = (form: string) =>
      [...stepsOf(drawn("update-document", { ...after, claims: form }))].flatMap((step) =>
        step.kind === "look-up" ? [step.cache.aheadMs] : [],
      )[0];
    expect(["before", "shared", "ahead"].map((form) => (aheadMs(form) ?? 0) > 0)).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe("the authorization", () => {
  it("before: is four reads, each on a connection of its own, and then the main one", () => {
    const steps = asked({ authorization: "before" });
    const taken = steps.filter((step) => step === "take-connection");
    expect(taken).toHaveLength(5);
    const reads = steps.filter((step) => step.startsWith("query authorize"));
    expect(new Set(reads).size).toBe(4);
    expect(steps.slice(2, 5)).toEqual(["take-connection", reads[0], "return-connection"]);
    expect(steps.lastIndexOf(reads[3]!)).toBeLessThan(steps.indexOf("begin read-committed"));
  });

  it("cached: is one read in the transaction, of every operation", () => {
    for (const operation of service.operations) {
      const steps = asked({}, { operation });
      expect(steps.filter((step) => step.includes("authorize"))).toEqual([
        "query authorize-by-all",
      ]);
      const begin = steps.indexOf("begin read-committed");
      expect(steps[begin + 1]).toBe("query authorize-by-all");
    }
  });
});

describe("a cascade", () => {
  const cascade = (form: string) => asked({ cascade: form }, { operation: "update-with-cascade" });

  it("before: is computed inside the open transaction", () => {
    const steps = cascade("before");
    expect(between(steps, "execute update-document", "query insert-references")).toEqual([
      "execute update-document",
      ...onCores(70),
      "query insert-references",
    ]);
  });

  it("outside: is computed before there is a connection", () => {
    expect(cascade("outside")).toEqual([
      "enter threads",
      "look-up claim-sets",
      ...onCores(70),
      ...update,
      "leave threads",
    ]);
  });

  it("is none of the other updates' work", () => {
    for (const form of ["before", "outside"]) {
      expect(asked({ cascade: form }).join()).not.toContain("cores");
    }
  });
});

describe("a page", () => {
  const page = (form: string) => asked({ streaming: form }, { operation: "query-documents" });
  const read = [
    "begin read-committed",
    "query authorize-by-all",
    "query read-page",
    "query count-documents",
  ];

  it("before: is serialized inside its transaction", () => {
    expect(between(page("before"), "take-connection", "return-connection")).toEqual([
      "take-connection",
      ...read,
      ...onCores(30),
      "commit",
      "return-connection",
    ]);
  });

  it("in chunks: is shorter, and serialized without a connection", () => {
    expect(between(page("chunks"), "take-connection", "leave threads")).toEqual([
      "take-connection",
      ...read,
      "commit",
      "return-connection",
      ...[1, 2, 3].flatMap(() => onCores(5)),
      "leave threads",
    ]);
    const rows = (form: string) =>
      [...stepsOf(drawn("query-documents", { ...after, streaming: form }))].flatMap((step) =>
        step.kind === "query" && step.statement.name === "read-page" ? [step.parameters[2]] : [],
      );
    expect([rows("before"), rows("chunks")]).toEqual([[500], [250]]);
  });
});

describe("what is drawn", () => {
  it("is a quarter of cascades, a fifth of pages, and plain updates", () => {
    const planned = plannedIn(service, size, { count: 4_000 });
    const share = (operation: string) =>
      planned.filter((one) => one.operation === operation).length / planned.length;
    expect(share("update-with-cascade")).toBeCloseTo(0.25, 1);
    expect(share("query-documents")).toBeCloseTo(0.2, 1);
    expect(share("update-document")).toBeCloseTo(0.55, 1);
  });

  it("is the same before and after, whatever the service has", () => {
    const inputs = (options: Options) =>
      plannedIn(service, size, { count: 50, context: contextOf(service, options) }).map(
        ({ operation, inputs }) => [operation, ...inputs],
      );
    expect(inputs({ ...after, threads: 1, cores: 9 })).toEqual(inputs({}));
  });

  it("needs aliases for the largest replacement", () => {
    expect(() => plannedIn(service, { documents: 200, aliases: 99 }, { count: 1 })).toThrow(
      expect.objectContaining({ code: "too-few-aliases" }),
    );
  });
});
