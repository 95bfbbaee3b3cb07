/** What the lean connection has to itself: it reads what the server sends, and nobody reads it again. */
import type { Duplex } from "node:stream";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Parameter } from "../../../src/core/step.ts";
import { LeanConnection } from "../../../src/engine/pg/lean-connection.ts";
import type { StepContext } from "../../../src/engine/pg/session-connection.ts";
import { preparedNames } from "../../../src/engine/pg/statements.ts";
import { serverAddress } from "../../helpers/postgres.ts";
import { failureOf, query } from "./sessions.ts";

let client: pg.Client;
let stream: Duplex;

beforeEach(async () => {
  // Over an ordinary socket, as TLS is one: what arrives from it can be said by a test.
  client = new pg.Client(serverAddress().clientConfig("loadgen/test"));
  await client.connect();
  ({ stream } = client.connection);
});

afterEach(() => client.end().catch(() => undefined));

const context: StepContext = {
  operation: "write",
  signal: new AbortController().signal,
  onStatement: () => undefined,
};
const alive = query("select $1::integer as alive", 1);
const isAlive = [{ alive: 1 }];

describe("a lean connection", () => {
  it("performs one step at a time, and calls it a bug to ask for two", async () => {
    const connection = new LeanConnection(client, "named");
    const first = connection.perform(alive, context);
    await expect(connection.perform(alive, context)).rejects.toThrow("one step at a time");
    expect(await first).toEqual(isAlive);
  });

  it("goes on where a parameter is none, which is a bug", async () => {
    const connection = new LeanConnection(client, "named");
    const wrong = Object.create(null) as Parameter;
    for (const step of [
      query("select $1::text", wrong),
      query("select $1::text[]", [wrong as null]),
    ]) {
      await expect(connection.perform(step, context)).rejects.toThrow(TypeError);
    }
    expect(await connection.perform(alive, context)).toEqual(isAlive);
  });

  it("is gone if its client was, before it was made of it", async () => {
    client.on("error", () => undefined);
    const ended = new Promise<void>((resolve) => client.once("end", resolve));
    stream.destroy();
    await ended;
    const connection = new LeanConnection(client, "named");
    expect(connection.alive).toBe(false);
    const lost = { kind: "connection", code: "connection-lost", committing: false };
    expect(await failureOf(connection.perform(alive, context))).toMatchObject(lost);
  });

  it.each<[string, Buffer]>([
    ["of an impossible length", Buffer.of(68, 0, 0, 0, 1)],
    ["of an unknown type", Buffer.of(126, 0, 0, 0, 4)],
    ["with a row of no columns", Buffer.of(68, 0, 0, 0, 6, 0, 0)],
  ])("ends, and its statement with it, where it cannot read a message %s", async (_, message) => {
    const connection = new LeanConnection(client, "named");
    const running = failureOf(connection.perform(query("select pg_sleep(600)"), context));
    stream.emit("data", message);
    const lost = { kind: "connection", code: "connection-lost" };
    expect(await running).toMatchObject({ ...lost, committing: true });
    expect(connection.alive).toBe(false);
    expect(stream.destroyed).toBe(true);
  });

  it.each([
    ["a farewell, in whatever language", "SFATALE\0VFATAL\0CXX000\0Mgone\0", "XX000"],
    ["the death of the server", "SPANIK\0VPANIC\0C58030\0Mgone\0", "58030"],
    ["what ends connections, whatever its severity", "VERROR\0C57P05\0Mgone\0", "57P05"],
  ])("is ended by %s, with and without a statement", async (_, fields, code) => {
    const message = Buffer.from(`E\0\0\0${String.fromCharCode(5 + fields.length)}${fields}\0`);
    const connection = new LeanConnection(client, "named");
    const running = failureOf(connection.perform(query("select pg_sleep(600)"), context));
    stream.emit("data", message);
    const lost = { kind: "connection", code, message: "gone" };
    expect(await running).toMatchObject({ ...lost, committing: true });
    expect(connection.alive).toBe(false);
    const idle = new LeanConnection(client, "named");
    stream.emit("data", message);
    expect(await failureOf(idle.perform(alive, context))).toMatchObject(lost);
    stream.destroy();
  });

  it("prepares anew what an earlier attempt left behind, prepared but not described", async () => {
    const connection = new LeanConnection(client, "named");
    const left = preparedNames.of(alive.statement, context.operation);
    await connection.perform(query(`prepare "${left}" as select 2 as alive`), context);
    expect(await connection.perform(alive, context)).toEqual(isAlive);
  });
});
