import { describe, expect, it } from "vitest";
import { nameOf, operationOf } from "../../src/observe/operation.ts";

describe("the operation of a statement", () => {
  it("is what its tag says", () => {
    expect(operationOf("select 1 /* loadgen:replace-references */")).toBe("replace-references");
  });

  it("is unknown without a tag, and where the tag was cut off", () => {
    expect(operationOf("select 1")).toBeNull();
    expect(operationOf("select 1 /* loadgen:replace-ref")).toBeNull();
    expect(operationOf("select 1 /* replace */")).toBeNull();
  });

  it("gives way to the beginning of the statement, then to the application's name", () => {
    expect(nameOf("commit /* loadgen:read */", "app")).toBe("read");
    expect(nameOf("  select\n  1", "app")).toBe("select 1");
    expect(nameOf(`select ${"x".repeat(100)}`, "app")).toHaveLength(60);
    expect(nameOf("", "app")).toBe("app");
    expect(nameOf("", "")).toBe("unknown");
  });
});
