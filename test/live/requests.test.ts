import { describe, expect, it } from "vitest";
import { answerTo } from "../../src/live/requests.ts";

const own = { port: 4000, token: "a1" };

function statusOf(url: string, host?: string, method = "GET") {
  const answer = answerTo({ method, url, headers: host === undefined ? {} : { host } }, own);
  return answer.kind === "refused" ? answer.status : answer.kind;
}

describe("requests to a live page's server", () => {
  it.each(["127.0.0.1:4000", "localhost:4000"])("are answered for %s", (host) => {
    expect(statusOf("/", host)).toBe("page");
    expect(statusOf("/events?run=a1", host)).toBe("events");
  });

  it.each([
    ["a site whose name leads here", "evil.example:4000"],
    ["another port", "127.0.0.1:4001"],
    ["no port", "127.0.0.1"],
    ["a name that begins alike", "127.0.0.1:4000.evil.example"],
    ["no host", undefined],
  ])("are refused for %s", (_, host) => {
    expect(statusOf("/", host)).toBe(403);
    expect(statusOf("/events?run=a1", host)).toBe(403);
  });

  it("are refused for anything but GET, and for what is not there", () => {
    expect(statusOf("/", "127.0.0.1:4000", "POST")).toBe(405);
    expect(statusOf("/", "127.0.0.1:4000", "OPTIONS")).toBe(405);
    expect(statusOf("/../etc/passwd", "127.0.0.1:4000")).toBe(404);
  });

  it("end the asking of a page of another run", () => {
    expect(statusOf("/events?run=b2", "127.0.0.1:4000")).toBe(204);
  });

  it.each([
    ["7", 7],
    [undefined, 0],
    ["-1", 0],
    ["x", 0],
  ])("go on after the event %s", (text, after) => {
    const headers = {
      host: "localhost:4000",
      ...(text === undefined ? {} : { "last-event-id": text }),
    };
    expect(answerTo({ method: "GET", url: "/events?run=a1", headers }, own)).toEqual({
      kind: "events",
      after,
    });
  });
});
