/**
 * restart: the embedded server is shut down in good order, stays down, and is started again.
 *
 * What it does: a fast shutdown (SIGINT to the postmaster; manual, section 18.5): sessions are ended
 * (57P01), their transactions rolled back, and a last checkpoint is written. The undo starts the
 * server at the same port, and waits until it takes connections.
 * Why it works: it is what every change of a setting that needs a restart, and every minor upgrade,
 * does to a service: whoever is connected has to come back by himself.
 * What proves it: while it was down no process of it was left, and its control file said "shut
 * down"; afterwards the server says that it was started later than before.
 * What it leaves behind: nothing; statistics are kept, memory is cold. After a kill -9 of loadgen its
 * watchdog starts the server; after that one's death, loadgen chaos restore or the next run.
 * Privileges: those of the user that the embedded server runs as, or root; Linux. Blast radius:
 * host. Managed servers: no; restart them by their provider's means, and watch with `loadgen watch`.
 */
import { down, wasDown } from "./embedded-host.ts";
import type { Fault } from "./fault.ts";

export const restart: Fault = {
  name: "restart",
  summary: "the embedded server is shut down in good order, and started again",
  dropsConnections: true,
  endsTransactions: true,
  parameters: {},
  ...down("restart", "fast"),
  prove: ({ figures }) => wasDown(figures, "shut down"),
};
