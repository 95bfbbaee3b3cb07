/** How a command's failure is told, and as which exit code. */
import { CommanderError } from "commander";
import { Failure } from "../core/failure.ts";
import { type ExitCode, exitCodes } from "../core/verdict.ts";
import { K6Problem } from "../engine/k6/binary.ts";
import { WorldProblem } from "../engine/k6/shared-world.ts";
import { JournalError } from "../faults/journal.ts";
import { RunRefused } from "../run/checks.ts";
import { StoreError } from "../run/store.ts";
import { AddressError } from "../server/address.ts";
import { ServerError } from "../server/connection.ts";
import { UsageError } from "./problems.ts";

/** Says what went wrong, and which exit code that is. */
export function failed(error: unknown): ExitCode {
  if (error instanceof CommanderError) return reportCommander(error);
  if (error instanceof UsageError) return complain(error.problems, exitCodes.usage);
  if (error instanceof K6Problem || error instanceof WorldProblem) {
    return complain([error.message], exitCodes.usage);
  }
  if (error instanceof RunRefused) return complain(error.problems, error.exitCode);
  if (error instanceof JournalError) return complain([error.message], exitCodes.undoFailed);
  if (error instanceof StoreError) return complain([`--out: ${error.message}`], exitCodes.usage);
  if (error instanceof AddressError) return complain([error.message], exitCodes.usage);
  if (error instanceof ServerError) return complain([error.message], exitCodes.server);
  // Thrown before anything was measured: the scenario could not prepare what it draws from.
  if (error instanceof Failure) {
    const code = error.kind === "refused" ? exitCodes.usage : exitCodes.server;
    return complain([`the scenario cannot start: ${error.message} (${error.code})`], code);
  }
  if (error === "SIGINT" || error === "SIGTERM") {
    const code = error === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated;
    return complain([`stopped by ${error} before anything was measured`], code);
  }
  process.stderr.write(
    "This is a bug, in loadgen or in a scenario of your own; please report it if it is loadgen's:\n",
  );
  process.stderr.write(
    `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return exitCodes.bug;
}

function reportCommander(error: CommanderError): ExitCode {
  // Help and version are no errors; a bare `loadgen` shows its help, too.
  if (error.exitCode === 0 || error.code === "commander.help") return exitCodes.pass;
  return complain([error.message.replace(/^error: /, "")], exitCodes.usage);
}

function complain(problems: readonly string[], code: ExitCode): ExitCode {
  for (const problem of problems) process.stderr.write(`loadgen: ${problem}\n`);
  return code;
}
