/**
 * freeze: every process of the embedded server stands still, and then goes on.
 *
 * What it does: stops all of the server's processes where they are (SIGSTOP), the postmaster first,
 * so that it makes no new ones. The undo lets them go on (SIGCONT), the postmaster last.
 * Why it works: it is what a machine that swaps, a paused virtual machine or a hung disk looks like
 * from outside: connections stay open, and new ones are even accepted, by the kernel, but nobody
 * answers and nobody says so. Only the client's own patience ends it: with a freeze longer than
 * --timeout connections are given up, in the middle of a COMMIT, too. The server's timeouts run on:
 * locks and statements that were waited for too long fail as it goes on (55P03, 57014).
 * What proves it: right before the release /proc shows all of the server's processes as stopped, and
 * a question that was asked after the stop has no answer; after the release none is stopped.
 * What it leaves behind: nothing. After a kill -9 of loadgen its watchdog lets the server go on;
 * after that one's death, loadgen chaos restore or the next run.
 * Privileges: those of the user that the embedded server runs as, or root; Linux. Blast radius:
 * host. Managed servers: no.
 */
import { hostOf, hostProblems } from "./embedded-host.ts";
import type { Fault } from "./fault.ts";

export const freeze: Fault = {
  name: "freeze",
  summary: "every process of the embedded server stands still (SIGSTOP), and then goes on",
  radius: "host",
  dropsConnections: true,
  endsTransactions: true,
  parameters: {},

  check: (place) => hostProblems(place, "freeze"),

  undo: {
    // Which processes there are, /proc says at that time.
    prepare: () => Promise.resolve({}),
    async perform(place) {
      await hostOf(place).thaw();
    },
  },

  async inject(context) {
    const host = hostOf(context);
    const asker = await context.connect();
    await host.freeze();
    let answered = 0;
    // Without an end while it is frozen; afterwards nobody waits for it.
    const ask = () => asker.query("select 1").then(() => void (answered = 1));
    context.background(() => ask().catch(() => undefined));
    return {
      async figures() {
        const { stopped, all } = await host.processes();
        return { stopped, all, answered };
      },
      async afterwards() {
        const { stopped } = await host.processes();
        return { stoppedAfterwards: stopped };
      },
      release: () => Promise.resolve(),
    };
  },

  prove({ figures }) {
    const { stopped, all, answered, stoppedAfterwards } = figures;
    if (all === undefined || stoppedAfterwards === undefined) {
      return { effective: false, evidence: "the server's processes could not be counted" };
    }
    const stood = Number(all) > 0 && stopped === all;
    return {
      effective: stood && answered === 0 && stoppedAfterwards === 0,
      evidence:
        `${stopped} of the server's ${all} processes were stopped right before the release, ` +
        `a question to it had ${answered === 0 ? "no" : "an"} answer, and ${stoppedAfterwards} were stopped after it`,
    };
  },
};
