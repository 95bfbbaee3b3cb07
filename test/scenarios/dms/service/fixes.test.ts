import { describe, expect, it } from "vitest";
import type { OptionValue, ScenarioOption } from "../../../../src/core/scenario.ts";
import { drawn, service, stepsOf } from "./requests.ts";

/** Fixes whose options are not such as the command line would take. */
function invalidFixes(fixes: typeof service.fixes): readonly string[] {
  return (fixes ?? []).flatMap(({ name, options }) => {
    const isValid = Object.entries(options).every(([option, value]) =>
      takes(service.options[option], value),
    );
    return isValid && Object.keys(options).length > 0 ? [] : [name];
  });
}

function takes(option: ScenarioOption | undefined, value: OptionValue): boolean {
  switch (option?.kind) {
    case "choice":
      return option.values.includes(value as string);
    case "integer":
      return Number.isInteger(value) && (value as number) >= option.min;
    case "flag":
      return typeof value === "boolean";
    case "text":
      return typeof value === "string";
    case "weights":
    case undefined:
      return false;
  }
}

describe("the fixes", () => {
  const fixes = service.fixes ?? [];
  const stages = ["schema", "claims", "authorization", "cascade", "streaming"];

  it("are one for each form but the first of each stage, in their order", () => {
    const forms = stages.flatMap((stage) => {
      const option = service.options[stage];
      if (option?.kind !== "choice") throw new Error(`${stage} is no choice`);
      expect(option.default).toBe("before");
      return option.values.slice(1).map((value) => ({ name: `${stage}=${value}`, [stage]: value }));
    });
    expect(fixes.map(({ name, options }) => ({ name, ...options }))).toEqual(forms);
  });

  it("have options that the scenario takes", () => {
    expect(invalidFixes(fixes)).toEqual([]);
    const [first] = fixes;
    for (const options of [{ schema: "swapped" }, { scheme: "swap" }, { cores: 0 }, {}]) {
      expect(invalidFixes([{ ...first!, options }]), JSON.stringify(options)).toEqual([
        first!.name,
      ]);
    }
  });

  it("relieve gates that there are", () => {
    const entered = service.operations.flatMap((operation) =>
      [...stepsOf(drawn(operation, {}))].flatMap((step) =>
        step.kind === "enter" ? [step.gate.name] : [],
      ),
    );
    for (const { relieves } of fixes) {
      if (relieves.kind === "service-gate") expect(entered).toContain(relieves.gate);
    }
    expect(fixes.filter(({ relieves }) => relieves.kind === "service-gate")).not.toEqual([]);
  });
});
