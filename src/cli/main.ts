#!/usr/bin/env node
/** The command line: which command, and what its end means as an exit code. */
import { Command } from "commander";
import type { ExitCode } from "../core/verdict.ts";
import { packageVersion } from "../server/package-root.ts";
import { declareAgainstOptions } from "./against-options.ts";
import { againstCommand } from "./commands/against.ts";
import { calibrateCommand } from "./commands/calibrate.ts";
import { chaosRestore } from "./commands/chaos.ts";
import { compareCommand } from "./commands/compare.ts";
import { dbReset, dbStart, dbStatus, dbStop, dbUrl } from "./commands/db.ts";
import { doctor } from "./commands/doctor.ts";
import { fixturesExport, fixturesList, fixturesLoad } from "./commands/fixtures.ts";
import { catalogueText, listText } from "./commands/list.ts";
import { nightlyCommand } from "./commands/nightly.ts";
import { reportCommand } from "./commands/report.ts";
import { runCommand } from "./commands/run.ts";
import { sweepCommand } from "./commands/sweep.ts";
import { fixturesVerify } from "./commands/fixtures-verify.ts";
import { variantsCommand } from "./commands/variants.ts";
import { watchCommand } from "./commands/watch.ts";
import { declareCompareOptions } from "./compare-options.ts";
import { failed } from "./failed.ts";
import { declareK6 } from "./k6-options.ts";
import { declareLiveOptions } from "./live-options.ts";
import { declareNightlyOptions } from "./nightly-options.ts";
import { declareFixtureOptions, declareRunOptions } from "./run-options.ts";
import { declareSweepOptions } from "./sweep-options.ts";
import { declareScenarioHelp } from "./scenario-help.ts";
import { declareLoadOptions } from "./load-options.ts";
import { declareVariantsOption } from "./variants-options.ts";

import { declareWatchOptions } from "./watch-options.ts";

await main(process.argv);

async function main(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = failed(error);
  }
}

function program(): Command {
  const loadgen = new Command("loadgen")
    .description("A concurrent load generator and chaos tester for PostgreSQL")
    .version(packageVersion())
    .exitOverride()
    // Commander's own errors are printed by failed(), in our form.
    .configureOutput({ outputError: () => undefined });
  declareRun(loadgen);
  declareSweep(loadgen);
  declareWatch(loadgen);
  declareCompare(loadgen);
  loadgen
    .command("report <folder>")
    .description(
      "writes the page of a run, a sweep, a comparison or a night again, from what is stored",
    )
    .action(async (folder: string) => print(await reportCommand(folder)));
  declareNightly(loadgen);
  loadgen
    .command("list [kind]")
    .description("what can be run: systems, scenarios, variants, faults")
    .action((kind?: string) => print(listText(kind)));
  declareDb(loadgen);
  declareFixtures(loadgen);
  declareChaos(loadgen);
  declareK6(loadgen, { print, exit });
  loadgen
    .command("doctor")
    .description("checks the machine, the server, its extensions, privileges and limits")
    .option("--url <url>", "a server of your own")
    .option("--sessions <n>", "for so many sessions", "100")
    .action(async (options: { url?: string; sessions: string }) => exit(await doctor(options)));
  loadgen
    .command("calibrate")
    .description("this machine's own ceiling, against a server that does nothing")
    .action(async () => print(await calibrateCommand(print)));
  return loadgen;
}

function declareRun(loadgen: Command): void {
  const run = loadgen
    .command("run [words...]")
    .usage("<scenario> [options]")
    .description("one run: prepare, warm up, measure, break, recover, audit, judge, report")
    // What is unknown here may be the scenario's own; and every problem is to be told at once.
    .allowUnknownOption()
    .action(async (words: string[], options: Record<string, unknown>) =>
      exit(await runCommandFor(options)(words, options)),
    );
  declareScenarioHelp(run);
  declareRunOptions(run);
  declareLiveOptions(run);
  declareAgainstOptions(run);
  declareVariantsOption(run);
}

/** What does not go together is for the command to refuse. */
function runCommandFor({ variants, against, rounds }: Readonly<Record<string, unknown>>) {
  if (variants !== undefined) return variantsCommand;
  return against !== undefined || rounds !== undefined ? againstCommand : runCommand;
}

function declareSweep(loadgen: Command): void {
  const command = loadgen
    .command("sweep [words...]")
    .usage("<scenario> [options]")
    .description("the same run at several numbers of sessions: the plateau, and what causes it")
    .allowUnknownOption()
    .action(async (words: string[], options: Record<string, unknown>) =>
      exit(await sweepCommand(words, options)),
    );
  declareScenarioHelp(command);
  declareSweepOptions(command);
}

function declareWatch(loadgen: Command): void {
  const command = loadgen
    .command("watch [words...]")
    .usage("--application-name <name> [options]")
    .description(
      "the observers alone, on a load that someone else drives: what it waits for, and why",
    )
    // Every problem is to be told at once, unknown options among them.
    .allowUnknownOption()
    .action(async (words: string[], options: Record<string, unknown>) =>
      exit(await watchCommand(words, options)),
    );
  declareWatchOptions(command);
}

function declareCompare(loadgen: Command): void {
  const command = loadgen
    .command("compare [words...]")
    .usage("<baseline> <candidate> [options]")
    .description("two sides of stored runs, each one folder or several separated by commas")
    .allowUnknownOption()
    .action(async (words: string[], options: Record<string, unknown>) =>
      exit(await compareCommand(words, options)),
    );
  declareCompareOptions(command);
}

function declareNightly(loadgen: Command): void {
  const command = loadgen
    .command("nightly [words...]")
    .usage("[options]")
    .description("a suite of runs against thresholds and the nights before; one verdict")
    .allowUnknownOption()
    .action(async (words: string[], options: Record<string, unknown>) =>
      exit(await nightlyCommand(words, options)),
    );
  declareNightlyOptions(command);
}

function declareDb(loadgen: Command): void {
  const db = loadgen.command("db").description("the embedded PostgreSQL");
  const commands = {
    start: [dbStart, "starts it, or finds it running"],
    stop: [dbStop, "stops it"],
    status: [dbStatus, "says whether it runs, and where"],
    url: [dbUrl, "prints how to log in, password included"],
  } as const;
  for (const [name, [action, help]] of Object.entries(commands)) {
    db.command(name)
      .description(help)
      .action(async () => print(await action()));
  }
  db.command("reset")
    .description("drops every fixture and every run's database")
    .option("--url <url>", "on a server of your own")
    .action(async ({ url }: { url?: string }) => print(await dbReset(url)));
}

function declareFixtures(loadgen: Command): void {
  const fixtures = loadgen.command("fixtures").description("the deterministic data");
  const commands = {
    export: [fixturesExport, "writes it as files"],
    load: [fixturesLoad, "loads it into the server, once"],
    list: [fixturesList, "lists what is loaded"],
  } as const;
  for (const [name, [action, help]] of Object.entries(commands)) {
    const command = fixtures
      .command(name)
      .description(help)
      .action(async (options: Record<string, unknown>) => print(await action(options)));
    if (name !== "export") command.option("--url <url>", "a server of your own");
    if (name !== "list") declareFixtureOptions(command);
    if (name === "load") declareLoadOptions(command);
    if (name === "export") {
      command.option("--format <format>", "csv", "csv").option("--out <folder>", "where to write");
    }
  }
  const verify = fixtures
    .command("verify")
    .description("compares what is loaded with the generator, by checksum (96: it is not the same)")
    .action(async (options: Record<string, unknown>) => exit(await fixturesVerify(options)))
    .option("--url <url>", "a server of your own")
    .option("--database <name>", "a database there, instead of the fixture's template")
    .option("--json", "the result on stdout as JSON");
  declareFixtureOptions(verify);
  verify
    .option("--from <folder>", "the fixture that was loaded from these files")
    .option("--payloads <file>", "the fixture that was loaded with these payloads");
}

function declareChaos(loadgen: Command): void {
  const chaos = loadgen.command("chaos").description("the fault catalogue, and undoing faults");
  chaos
    .command("list")
    .description("every fault there is, with what it may be given")
    .action(() => print(catalogueText()));
  chaos
    .command("restore")
    .description("undoes whatever an interrupted run left behind")
    .option("--url <url>", "a server of your own")
    .action(async ({ url }: { url?: string }) => exit(await chaosRestore(url)));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function exit(code: ExitCode): void {
  process.exitCode = code;
}
