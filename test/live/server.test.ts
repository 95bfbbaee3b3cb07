import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { LiveServer } from "../../src/live/server.ts";
import { eventsPath } from "../../src/report/page/live-event.ts";
import { until } from "../helpers/postgres.ts";

let server: LiveServer;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

/** Asks for the events. What was heard by then, and whether the server has ended it. */
async function listener() {
  const { port, host } = new URL(server.url);
  const socket = connect(Number(port), "127.0.0.1");
  sockets.push(socket);
  const state = { socket, heard: "", isOver: false };
  socket.setEncoding("utf8").on("data", (text: string) => (state.heard += text));
  // A reset is an end, too.
  socket.once("close", () => (state.isOver = true)).on("error", () => undefined);
  socket.write(`GET ${eventsPath(server.token)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await until(() => state.heard.includes("retry:"), "the events begin");
  return state;
}

describe("the server of a live page", () => {
  it("drops who does not keep up, and nobody else", async () => {
    server = await LiveServer.open(0);
    server.serve("<!doctype html>");
    const [slow, quick] = [await listener(), await listener()];
    slow.socket.pause();
    // Far more than the system's own buffers take.
    const text = "x".repeat(256 * 1024);
    for (let count = 1; count <= 100; count++) {
      server.tell({ name: "note", data: { text } });
      await until(() => quick.heard.includes(`id: ${count}\n`), "the quick one has heard it");
      quick.heard = quick.heard.slice(-100);
    }
    slow.socket.resume();
    await until(() => slow.isOver, "the slow one is dropped");
    expect(quick.isOver).toBe(false);
  });

  it("ends though a browser does not listen to it", async () => {
    server = await LiveServer.open(0);
    server.serve("<!doctype html>");
    const deaf = await listener();
    deaf.socket.pause();
    await server.end({ name: "report", data: { html: "x".repeat(20_000_000) } });
    deaf.socket.resume();
    await until(() => deaf.isOver, "its connection is closed");
  });

  it("answers nothing before there is a page", async () => {
    server = await LiveServer.open(0);
    const status = await new Promise((resolve) => {
      request(server.url, { agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(503);
  });
});
