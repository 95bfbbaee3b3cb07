import { describe, expect, it } from "vitest";
import { conninfo } from "../../../src/engine/k6/conninfo.ts";

describe("where a server is, in libpq's words", () => {
  it("has every value in quotes, and quotes and backslashes behind one", () => {
    expect(
      conninfo({ host: "/tmp/a b", user: "o'brien", dbname: "back\\slash", port: "5432" }),
    ).toBe("host='/tmp/a b' user='o\\'brien' dbname='back\\\\slash' port='5432'");
    expect(conninfo({ password: "" })).toBe("password=''");
    expect(conninfo({})).toBe("");
  });
});
