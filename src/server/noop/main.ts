/** The no-op server as a process of its own: prints its port, and ends with whoever holds its stdin. */
import { startNoopServer } from "./server.ts";

// Also when its starter was killed. Read before anything else, so that no end is missed.
process.stdin.resume().once("close", () => process.exit(0));
// A Ctrl-C reaches everybody in the terminal; its starter decides when this ends.
process.on("SIGINT", () => undefined);

const { port } = await startNoopServer();
console.log(port);
