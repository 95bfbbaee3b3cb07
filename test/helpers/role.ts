/** Logins with few privileges, for tests in which something is not allowed. */
import { randomUUID } from "node:crypto";
import { Address } from "../../src/server/address.ts";
import { Connection } from "../../src/server/connection.ts";

export interface FreshRole {
  readonly name: string;
  /** To the database of the address that it was made with. */
  readonly address: Address;
  /** The role must own nothing any more. */
  drop(): Promise<void>;
}

/** A role with a password; `attributes` as in CREATE ROLE, such as `createdb`. */
export async function freshRole(admin: Address, attributes = ""): Promise<FreshRole> {
  const name = `role_${randomUUID().replaceAll("-", "")}`;
  const password = randomUUID();
  await run(admin, `create role ${name} login ${attributes} password '${password}'`);
  const url = new URL(admin.display);
  url.username = name;
  url.password = password;
  return {
    name,
    address: Address.from(url.href, {}),
    drop: () => run(admin, `drop role ${name}`),
  };
}

async function run(admin: Address, sql: string): Promise<void> {
  await Connection.use(admin, "loadgen/test", (connection) => connection.script(sql));
}
