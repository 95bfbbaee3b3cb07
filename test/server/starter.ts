/** A process that starts the embedded server and ends: its arguments are the home and the package folder. */
import { startEmbedded } from "../../src/server/embedded.ts";

const [home = "", packageFolder = ""] = process.argv.slice(2);
try {
  const { pid, startedNow } = await startEmbedded(home, packageFolder);
  console.log(JSON.stringify({ pid, startedNow }));
} catch (error) {
  console.log(JSON.stringify({ error: (error as Error).message }));
}
