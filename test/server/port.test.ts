import { createServer } from "node:net";
import { expect, it } from "vitest";
import { freePort, isFree } from "../../src/server/port.ts";

it("keeps the preferred port while it is free, and takes another when it is not", async () => {
  const preferred = await freePort(null);
  expect(await freePort(preferred)).toBe(preferred);

  const server = createServer();
  await new Promise<void>((done) => server.listen(preferred, "127.0.0.1", done));
  expect(await isFree(preferred)).toBe(false);
  expect(await freePort(preferred)).not.toBe(preferred);
  await new Promise((done) => server.close(done));
});
