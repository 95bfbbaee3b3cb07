import { describe, expect, it } from "vitest";
import { Address } from "../../src/server/address.ts";

const configOf = (address: Address) => address.clientConfig("test");

describe("an address by way of a proxy", () => {
  it("has the same login, database and password, and another place", () => {
    const address = Address.from("postgresql://me:secret@db.example:5433/own", {});
    expect(address.place).toEqual({ host: "db.example", port: 5433 });
    const through = address.through(40_000);
    expect(configOf(through)).toMatchObject({
      host: "127.0.0.1",
      port: 40_000,
      user: "me",
      password: "secret",
      database: "own",
    });
  });

  it("is the same in another thread", () => {
    const through = Address.from("postgresql://me:secret@db.example/own", {}).through(40_000);
    const there = Address.fromParts(structuredClone(through.toParts()));
    expect(configOf(there)).toEqual(configOf(through));
  });

  it("checks the certificate against the server's name", () => {
    const through = Address.from("postgresql://me@db.example/own?sslmode=verify-full", {}).through(
      1,
    );
    expect(configOf(through).ssl).toMatchObject({ servername: "db.example" });
  });

  it("leads to a Unix socket, too, which has no TLS", () => {
    const address = Address.from("postgresql://me@%2Frun%2Fpostgresql:5433/own", {});
    expect(address.place).toEqual({ socketPath: "/run/postgresql/.s.PGSQL.5433" });
    expect(configOf(address.through(1))).toMatchObject({ host: "127.0.0.1", port: 1 });
  });
});
