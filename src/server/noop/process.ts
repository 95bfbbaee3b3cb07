/** Runs the no-op server beside this process, so that what it costs is not taken for the generator's. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Address } from "../address.ts";
import { ServerError } from "../connection.ts";
import { packageRoot } from "../package-root.ts";

export interface NoopProcess {
  readonly address: Address;
  /** Resolves once the process is gone. */
  stop(): Promise<void>;
}

/** Ends with this process, however that ends. Rejects with a ServerError if it does not start. */
export async function spawnNoopServer(): Promise<NoopProcess> {
  const child = spawn(process.execPath, [join(packageRoot(), "dist", "noop-server.js")]);
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const port = await printedPort(child);
  // It has no TLS, whatever PGSSLMODE says for other servers.
  const url = `postgresql://loadgen@127.0.0.1:${port}/loadgen?sslmode=disable`;
  return {
    address: Address.from(url, {}),
    async stop() {
      // It has nothing to lose.
      child.kill("SIGKILL");
      await closed;
    },
  };
}

function printedPort(child: ChildProcessWithoutNullStreams): Promise<string> {
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown) =>
      reject(new ServerError(`the no-op server does not start: ${why}`, "", cause));
    child.once("error", (error) => fail(error.message, error));
    child.once("close", (code) => fail(`it ended with code ${code}. ${complaint.trim()}`));
    createInterface(child.stdout).once("line", resolve);
  });
}
