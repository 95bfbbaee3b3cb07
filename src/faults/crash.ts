/**
 * crash: the embedded server ends as in a crash, stays down, and recovers when it is started again.
 *
 * What it does: an immediate shutdown (SIGQUIT to the postmaster; manual, section 18.5): every
 * process ends where it is, without a checkpoint and without a word to its client. The undo starts
 * the server at the same port, and waits until it takes connections.
 * Why it works: what was not in the log on disk is gone with the memory. What was acknowledged is in
 * the log, unless synchronous_commit was off, and the next start replays it from the last
 * checkpoint. It is the crash of a process: the operating system lives on and writes out what it was
 * given, so that a disk that lies about fsync, or a loss of power, is not tested.
 * What proves it: while it was down no process of it was left, and its control file still said "in
 * production", which is what makes the next start recover; afterwards the server takes connections
 * and says that it was started later than before.
 * What it leaves behind: nothing but empty statistics, which a crash resets, and a log to be trimmed
 * by the next checkpoint. After a kill -9 of loadgen its watchdog starts the server; after that one's
 * death, loadgen chaos restore or the next run.
 * Privileges: those of the user that the embedded server runs as, or root; Linux. Blast radius:
 * host. Managed servers: no; their providers have failovers of their own to be provoked.
 */
import { down, wasDown } from "./embedded-host.ts";
import type { Fault } from "./fault.ts";

export const crash: Fault = {
  name: "crash",
  summary: "the embedded server ends without a checkpoint, and recovers at its start",
  dropsConnections: true,
  endsTransactions: true,
  crashes: true,
  parameters: {},
  ...down("crash", "immediate"),
  prove: ({ figures }) => wasDown(figures, "in production"),
};
