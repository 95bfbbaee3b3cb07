import { describe, expect, it } from "vitest";
import { type FaultRow, pageOf, pageWith } from "../../bench/fault-page.ts";
import { passingFault } from "../run/faults/fault.ts";

/** As it was measured; nothing was seen of it but the reasons. */
function row(name: string, reason: string): FaultRow {
  const essay = { "What it does": "Costs $& and $1." } as unknown as FaultRow["essay"];
  const verdict = { status: "pass" as const, exitCode: 0 as const, reasons: [reason] };
  return {
    ...{ fault: { ...passingFault([]), name }, text: `${name}@5s`, code: 0, essay },
    run: { verdict, faults: [], ledger: null },
  };
}

const before = [row("one", "as before"), row("one-more", "as before"), row("two", "as before")];
const facts = { command: "loadgen run" };
const apart = (name: string) => `- ${name}: measured apart, later\n`;

describe("the page of the faults", () => {
  it.each(["one", "one-more", "two"])("takes %s, measured anew, in its place", (name) => {
    const anew = row(name, "done anew");
    const page = pageWith(pageOf(before, facts), [anew], "later");
    const expected = pageOf(
      before.map((one) => (one.fault.name === name ? anew : one)),
      facts,
    ).replace("- command: loadgen run\n", (fact) => fact + apart(name));
    expect(page).toBe(expected);
    expect(pageWith(page, [anew], "later")).toBe(page);
  });

  it("names each that was measured apart once, and knows which it does not have", () => {
    const page = pageWith(pageOf(before, facts), [row("two", "a"), row("one", "b")], "later");
    expect(page).toContain(apart("two") + apart("one") + "\n| fault |");
    expect(() => pageWith(page, [row("three", "c")], "later")).toThrow("no fault three");
  });
});
