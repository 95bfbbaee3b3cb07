import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Address, AddressError } from "../../src/server/address.ts";

function login(url: string | null, env: Readonly<Record<string, string>> = {}) {
  const { user, password, host, port, database } = Address.from(url, env).clientConfig("test");
  return { user, password, host, port, database };
}

function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("an address", () => {
  it.each([
    ["postgresql://me:pw@host:5433/mine", "me", "pw", "host", 5433, "mine"],
    ["postgres://me:pw@host/mine", "me", "pw", "host", 5432, "mine"],
    ["POSTGRESQL://me@host/mine", "me", undefined, "host", 5432, "mine"],
    ["postgresql://me@host", "me", undefined, "host", 5432, "me"],
    ["postgresql://me@host/", "me", undefined, "host", 5432, "me"],
    ["postgresql://me@/mine?host=/run/pg&port=5433", "me", undefined, "/run/pg", 5433, "mine"],
    ["postgresql://me@%2Frun%2Fpg/mine", "me", undefined, "/run/pg", 5432, "mine"],
    ["postgresql://me:pw@[::1]:5433/mine", "me", "pw", "::1", 5433, "mine"],
    ["postgresql://host/mine?user=me&password=pw", "me", "pw", "host", 5432, "mine"],
    ["postgresql://m%40e:p%2Fw%25%3A@host/my%20db", "m@e", "p/w%:", "host", 5432, "my db"],
    ["postgresql://me:p@ss@host/mine", "me", "p@ss", "host", 5432, "mine"],
  ])("is read from %s", (url, user, password, host, port, database) => {
    expect(login(url)).toEqual({ user, password, host, port, database });
  });

  it.each([
    ["postgresql://me@localhost/mine", true],
    ["postgresql://me@127.0.0.1:5433/mine", true],
    ["postgresql://me@[::1]:5433/mine", true],
    ["postgresql://me@/mine?host=/run/pg", true],
    ["postgresql://me@localhost.example/mine", false],
    ["postgresql://me@10.127.0.1/mine", false],
  ])("of %s is one of this machine: %s", (url, isLoopback) => {
    expect(Address.from(url, {}).isLoopback).toBe(isLoopback);
  });

  const variables = {
    PGHOST: "there",
    PGPORT: "6000",
    PGUSER: "you",
    PGPASSWORD: "secret",
    PGDATABASE: "yours",
    USER: "unix",
  };

  it("is read from libpq's variables", () => {
    expect(login(null, variables)).toEqual({
      user: "you",
      password: "secret",
      host: "there",
      port: 6000,
      database: "yours",
    });
  });

  it("takes from libpq's variables only what the URL leaves open", () => {
    expect(login("postgresql://me:pw@host:5433/mine", variables)).toMatchObject({
      user: "me",
      password: "pw",
      host: "host",
      port: 5433,
      database: "mine",
    });
    // As a stored plan names its server: without the password.
    expect(login("postgresql://me@host/mine", variables)).toMatchObject({
      user: "me",
      password: "secret",
    });
    expect(login("postgresql://", variables)).toEqual(login(null, variables));
  });

  it("has defaults where nothing is said, as libpq has them", () => {
    expect(login(null, { USER: "unix" })).toEqual({
      user: "unix",
      password: undefined,
      host: "localhost",
      port: 5432,
      database: "unix",
    });
    expect(login("postgresql://host", {})).toMatchObject({ user: "postgres" });
  });

  it("has no empty password, which would keep the driver from reading .pgpass", () => {
    expect(Address.from("postgresql://me@host/mine", {}).clientConfig("test")).not.toHaveProperty(
      "password",
    );
    const empty = { PGPASSWORD: "", PGHOST: "" };
    expect(Address.from("postgresql://me:@/mine", empty).clientConfig("test")).not.toHaveProperty(
      "password",
    );
  });

  it("keeps what the driver has to know of TLS", () => {
    const { ssl } = Address.from("postgresql://h/d?sslmode=verify-full", {}).clientConfig("test");
    expect(ssl).toEqual({});
  });

  it("goes to another database of the same server with the same login", () => {
    const other = Address.from("postgresql://me:pw@host:5433/mine", {}).withDatabase("other db");
    expect(other.clientConfig("test")).toMatchObject({ database: "other db", password: "pw" });
    expect(other.display).toBe("postgresql://me@host:5433/other%20db");
  });

  it("names the application to the server", () => {
    const config = Address.from("postgresql://h/d", {}).clientConfig("loadgen/test");
    expect(config.application_name).toBe("loadgen/test");
  });
});

describe("what is shown of an address", () => {
  it.each([
    ["postgresql://me:pw@host/mine", "postgresql://me@host:5432/mine"],
    ["postgresql://m%40e@host/my%20db", "postgresql://m%40e@host:5432/my%20db"],
    ["postgresql://me@[::1]:5433/mine", "postgresql://me@[::1]:5433/mine"],
    ["postgresql://me@/mine?host=/run/pg", "postgresql://me@%2Frun%2Fpg:5432/mine"],
  ])("is a URL that leads back there: %s", (url, display) => {
    const address = Address.from(url, {});
    expect(address.display).toBe(display);
    const again = Address.from(display, {}).clientConfig("test");
    expect({ ...again, password: undefined }).toMatchObject({
      ...address.clientConfig("test"),
      password: undefined,
    });
  });

  it("never has the password in it, however it is shown", () => {
    const secret = "S3cret%Word";
    const addresses = [
      Address.from(`postgresql://me:${encodeURIComponent(secret)}@host/mine`, {}),
      Address.from(`postgresql://host/mine?password=${encodeURIComponent(secret)}`, {}),
      Address.from("postgresql://me@host/mine", { PGPASSWORD: secret }),
    ];
    for (const address of addresses) {
      expect(address.clientConfig("test").password).toBe(secret);
      const shown = [
        address.display,
        JSON.stringify({ address }),
        inspect(address, { depth: 9, showHidden: true }),
        inspect(address.withDatabase("other"), { depth: 9, showHidden: true }),
        inspect(Object.entries(address)),
      ];
      for (const text of shown) expect(text).not.toContain("S3cret");
    }
  });
});

describe("what is no address", () => {
  it.each([
    "",
    "host",
    "host:5432/mine",
    "me:S3cret@host/mine",
    "http://me:S3cret@host/mine",
    "mysql://me:S3cret@host/mine",
    "/run/pg mine",
    "postgresql://me:S3cret@host:port/mine",
    "postgresql://me:S3cret@host:99999/mine",
    "postgresql://me:S3cret@host/mine?sslrootcert=/nowhere/ca.pem",
  ])("is refused without quoting it: %s", (url) => {
    const error = thrownBy(() => Address.from(url, {}));
    expect(error).toBeInstanceOf(AddressError);
    expect(error.message).toMatch(/expected postgresql:\/\/user@host:port\/database/);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("S3cret");
  });

  it.each(["0", "65536", "5432x", "-1", "1.5"])("is refused with PGPORT=%s", (port) => {
    const error = thrownBy(() => Address.from(null, { PGHOST: "host", PGPORT: port }));
    expect(error).toBeInstanceOf(AddressError);
    expect(error.message).toBe(`PGPORT: expected a port from 1 to 65535, got "${port}"`);
  });
});
