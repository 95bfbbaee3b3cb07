/** The proxy's own thread: the sessions' event loop must not be the one that delays them. */
import { parentPort, workerData } from "node:worker_threads";
import type { ServerPlace } from "../server/address.ts";
import { Proxy } from "./proxy.ts";
import type { CallMessage, ThreadMessage } from "./thread-messages.ts";

if (parentPort === null) throw new Error("this is the entry of a thread");
const port = parentPort;
const proxy = await Proxy.start(workerData as ServerPlace);
port.on("message", ({ id, name, argument }: CallMessage) => {
  if (name === "close") {
    // Without sockets and without its port the thread has nothing left to wait for.
    void proxy.close().then(() => port.close());
    return;
  }
  // Who calls knows which argument goes with which name.
  const call = (proxy[name] as (argument: unknown) => Promise<unknown>).bind(proxy);
  void call(argument).then((value) => port.postMessage({ id, value } satisfies ThreadMessage));
});
port.postMessage({ port: proxy.port } satisfies ThreadMessage);
