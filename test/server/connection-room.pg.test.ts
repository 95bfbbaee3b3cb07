import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Connection } from "../../src/server/connection.ts";
import { connectionProblems, connectionRoom } from "../../src/server/connection-room.ts";
import { type FreshDatabase, freshDatabase } from "../helpers/postgres.ts";
import { freshRole } from "../helpers/role.ts";

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(() => database.drop());

describe("the room for connections", () => {
  it("is what is neither used nor reserved", async () => {
    const room = await connectionRoom(database.connection);
    expect(room.used).toBeGreaterThanOrEqual(1);
    expect(room.free).toBe(room.max - room.reserved - room.used);
  });

  it("is smaller for a login that is no superuser, which also sees who is there", async () => {
    const role = await freshRole(database.address);
    const holding = await Connection.open(database.address, "loadgen/test");
    await Connection.use(role.address, "loadgen/test", async (connection) => {
      const room = await connectionRoom(connection);
      // superuser_reserved_connections, at its default.
      expect(room.reserved).toBe(3);
      expect(room.used).toBeGreaterThanOrEqual(3);
    });
    expect((await connectionRoom(database.connection)).reserved).toBe(0);
    await holding.close();
    await role.drop();
  });

  it("suffices for few sessions", async () => {
    const needs = { sessions: 2, connections: 5 };
    expect(await connectionProblems(database.connection, needs)).toEqual([]);
  });

  it("does not suffice for too many, which is said with the figures and what to do", async () => {
    const { max } = await connectionRoom(database.connection);
    const needs = { sessions: max, connections: max + 3 };
    const [problem] = await connectionProblems(database.connection, needs);
    expect(problem).toMatch(
      new RegExp(
        `^--sessions ${max} needs ${max + 3} connections, but this server has room for \\d+ ` +
          `\\(max_connections ${max}, \\d+ in use\\): lower --sessions or raise the setting\\.$`,
      ),
    );
  });
});
