import { describe, expect, it } from "vitest";
import { runChild, startChild } from "../../bench/child.ts";

function call(program: string, ...words: string[]) {
  const stop = new AbortController();
  return { stop, call: { program, words, env: { GREETING: "hello" }, stop: stop.signal } };
}

describe("a program that the bench runs", () => {
  it("gets the environment it is given, and its end is told whatever its code", async () => {
    const { call: hello } = call("sh", "-c", "echo $GREETING; echo no >&2; exit 3");
    expect(await runChild(hello)).toEqual({ code: 3, stdout: "hello\n", stderr: "no\n" });
  });

  it("ends with all that it started when the bench is stopped", async () => {
    const { call: sleeping, stop } = call("sh", "-c", "sleep 600; true");
    const { ended } = startChild(sleeping);
    stop.abort(new Error("stopped by SIGINT"));
    // Its end is told once nobody holds its output any more, the grandchild included.
    await expect(ended).rejects.toThrow("stopped by SIGINT");
  });

  it("is not started once the bench is stopped", () => {
    const { call: late, stop } = call("sh", "-c", "exit 0");
    stop.abort(new Error("stopped by SIGTERM"));
    expect(() => startChild(late)).toThrow("stopped by SIGTERM");
  });

  it("says so if it is not there", async () => {
    const { call: missing } = call("/nonexistent/pgbench");
    await expect(runChild(missing)).rejects.toThrow("ENOENT");
  });
});
