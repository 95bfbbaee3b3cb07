import { createServer, type Server } from "node:net";
import { expect, it } from "vitest";
import { freePort, isFree, samePort } from "../../src/server/port.ts";

async function listeningOn(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  return server;
}

it("keeps the preferred port while it is free, and takes another when it is not", async () => {
  const preferred = await freePort(null);
  expect(await freePort(preferred)).toBe(preferred);

  const server = await listeningOn(preferred);
  expect(await isFree(preferred)).toBe(false);
  expect(await freePort(preferred)).not.toBe(preferred);
  await new Promise((done) => server.close(done));
});

it("waits for the port of before, where it must be the same one", async () => {
  const last = await freePort(null);
  const server = await listeningOn(last);
  let isGiven = false;
  const waiting = samePort(last).finally(() => (isGiven = true));
  expect(await isFree(last)).toBe(false);
  expect(isGiven).toBe(false);
  await new Promise((done) => server.close(done));
  expect(await waiting).toBe(last);
});

it("says so when the port of before stays taken, and takes no other", async () => {
  const last = await freePort(null);
  const server = await listeningOn(last);
  await expect(samePort(last, 1)).rejects.toThrow(
    `the port ${last} of the embedded server was taken while it was down: end whoever listens on it`,
  );
  await new Promise((done) => server.close(done));
});

it("takes any where there was none before", async () => {
  expect(await isFree(await samePort(null))).toBe(true);
});
