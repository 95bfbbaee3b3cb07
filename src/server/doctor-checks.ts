/** What `loadgen doctor` thinks of the facts that it found. Pure. */
import { type ConnectionRoom, roomText } from "./connection-room.ts";
import type { LoadgenDatabase } from "./database-mark.ts";
import type { Privileges } from "./privileges.ts";

export interface Check {
  readonly name: string;
  /** False: something will fail, or be missing from results. Null: it could not be told, or not everybody needs it. */
  readonly ok: boolean | null;
  readonly found: string;
  readonly needed: string;
  /** What to do, or what one goes without; empty where all is well. */
  readonly hint: string;
}

/** What the runs to come will ask for. */
export interface Needs {
  readonly sessions: number;
  /** The sessions' connections and all of loadgen's own. */
  readonly connections: number;
  /** Locks that one transaction holds at most: about 130 for dms, over 16 partitions and indexes. */
  readonly locksPerTransaction: number;
}

export interface ServerFacts {
  readonly versionNumber: number;
  readonly systemIdentifier: string | null;
  readonly statementsLoaded: boolean;
  readonly trackIoTiming: string;
  readonly trackFunctions: string;
  readonly trackActivities: string;
  readonly locksPerTransactionMax: number;
  readonly preparedTransactionsMax: number;
  readonly room: ConnectionRoom;
  readonly privileges: Privileges;
  readonly extensionsAvailable: readonly string[];
  readonly databases: readonly LoadgenDatabase[];
}

export interface MachineFacts {
  /** Such as "20.19.2". */
  readonly node: string;
  readonly cores: number;
  /** Soft limit of this process; null where it is unknown, Infinity where there is none. */
  readonly openFilesMax: number | null;
}

export function judged(server: ServerFacts, machine: MachineFacts, needs: Needs): readonly Check[] {
  return [
    ...versionChecks(server),
    ...settingChecks(server),
    connectionCheck(server.room, needs),
    lockTableCheck(server, needs),
    ...privilegeChecks(server),
    ...extensions.map(({ name, without }) => {
      const ok = server.extensionsAvailable.includes(name);
      return check(`extension ${name}`, ok, {
        found: ok ? "available" : "not available",
        needed: "available",
        hint: `install PostgreSQL's contrib package; without it there is no ${without}`,
      });
    }),
    residueCheck(server.databases),
    ...machineChecks(machine, needs),
  ];
}

/** The soft limit of open files in the text of /proc/<pid>/limits; null if it has none. */
export function openFilesIn(limits: string): number | null {
  const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  if (soft === undefined) return null;
  return soft === "unlimited" ? Infinity : Number(soft);
}

const versionMin = 14;
const versionMax = 18;
const nodeMajorMin = 20;
/** One for the server and one for the sessions: on fewer they only take turns. */
const coresMin = 2;
/** Files that Node and a run's folder keep open beside the sessions' sockets. */
const openFilesBeside = 64;

const extensions = [
  { name: "pg_stat_statements", without: "time, blocks and log bytes by statement" },
  { name: "pgstattuple", without: "exact figure for bloat" },
  { name: "amcheck", without: "check of indexes after a run" },
] as const;

type Finding = Pick<Check, "found" | "needed" | "hint">;

function check(name: string, ok: boolean | null, finding: Finding): Check {
  return { name, ok, ...finding, hint: ok === true ? "" : finding.hint };
}

function versionChecks(server: ServerFacts): readonly Check[] {
  const major = Math.floor(server.versionNumber / 10_000);
  const identifier = server.systemIdentifier;
  return [
    check("server version", major >= versionMin && major <= versionMax, {
      found: `${major}.${server.versionNumber % 10_000}`,
      needed: `${versionMin} to ${versionMax}`,
      hint: "use a server of a supported version, or the embedded one",
    }),
    check("system identifier", identifier === null ? null : true, {
      found: identifier ?? "may not be read",
      needed: "for --allow-chaos-on with faults of cluster or host radius",
      hint: "grant execute on function pg_control_system()",
    }),
  ];
}

function settingChecks(server: ServerFacts): readonly Check[] {
  return [
    check("pg_stat_statements", server.statementsLoaded, {
      found: server.statementsLoaded ? "loaded" : "not loaded",
      needed: "loaded",
      hint: "add it to shared_preload_libraries and restart; without it there are no figures by statement",
    }),
    check("track_io_timing", server.trackIoTiming === "on", {
      found: server.trackIoTiming,
      needed: "on",
      hint: "set it on; without it the time spent on reads and writes is unknown",
    }),
    check("track_functions", server.trackFunctions !== "none", {
      found: server.trackFunctions,
      needed: "pl or all",
      hint: "set it to pl; without it there are no figures by function",
    }),
    check("track_activities", server.trackActivities === "on", {
      found: server.trackActivities,
      needed: "on",
      hint: "set it on; without it busy and waiting sessions cannot be seen",
    }),
  ];
}

function connectionCheck(room: ConnectionRoom, needs: Needs): Check {
  return check("connections", room.free >= needs.connections, {
    found: `room for ${room.free} (${roomText(room)})`,
    needed: `${needs.connections} for ${needs.sessions} sessions`,
    hint: `set max_connections to ${room.used + room.reserved + needs.connections} or more and restart, or run fewer sessions`,
  });
}

/** The shared lock table's size: PostgreSQL manual, "Lock Management". Overflowing it is 53200. */
function lockTableCheck(server: ServerFacts, needs: Needs): Check {
  const holders = server.room.max + server.preparedTransactionsMax;
  const needed = needs.locksPerTransaction * needs.sessions;
  return check("lock table", server.locksPerTransactionMax * holders >= needed, {
    found: `${server.locksPerTransactionMax * holders} (max_locks_per_transaction ${server.locksPerTransactionMax} for ${holders})`,
    needed: `${needed} (${needs.locksPerTransaction} a transaction in ${needs.sessions} sessions)`,
    hint: `set max_locks_per_transaction to ${Math.ceil(needed / holders)} or more and restart, or transactions may fail with 53200`,
  });
}

function privilegeChecks({ privileges, versionNumber }: ServerFacts): readonly Check[] {
  const granted = (name: string, ok: boolean, needed: string, hint: string): Check =>
    check(`may ${name}`, ok, { found: ok ? "yes" : "no", needed, hint });
  return [
    granted(
      "create databases",
      privileges.createDatabase,
      "CREATEDB",
      "alter role … createdb; without it only --existing works",
    ),
    granted(
      "see other sessions",
      privileges.monitor,
      "pg_monitor or superuser",
      "grant pg_monitor to …; without it autovacuum and other roles' sessions stay hidden",
    ),
    granted(
      "end other sessions",
      privileges.signalBackend,
      "pg_signal_backend or superuser",
      "grant pg_signal_backend to …; without it faults reach this role's sessions only",
    ),
    granted(
      "write a checkpoint",
      privileges.checkpoint,
      versionNumber >= 150_000 ? "pg_checkpoint or superuser" : "superuser (before PostgreSQL 15)",
      "runs begin without a checkpoint, and may differ by who pays for the next one",
    ),
  ];
}

/** Fixtures are meant to stay; anything else is left over, kept on purpose or in use by a run. */
function residueCheck(databases: readonly LoadgenDatabase[]): Check {
  const left = databases.filter((database) => database.mark?.kind !== "fixture");
  const fixtures = databases.length - left.length;
  return check("databases left behind", left.length === 0, {
    found: `${left.map((database) => database.name).join(", ") || "none"} (fixtures: ${fixtures})`,
    needed: "none",
    hint: "loadgen db reset (with --url for a server of your own) drops what loadgen made; one without its comment is left to you",
  });
}

function machineChecks(machine: MachineFacts, needs: Needs): readonly Check[] {
  const openFilesMin = needs.connections + openFilesBeside;
  return [
    check("node", Number.parseInt(machine.node, 10) >= nodeMajorMin, {
      found: machine.node,
      needed: `${nodeMajorMin} or newer`,
      hint: "install a newer Node.js",
    }),
    check(
      "open files",
      machine.openFilesMax === null ? null : machine.openFilesMax >= openFilesMin,
      {
        found: machine.openFilesMax === null ? "unknown" : String(machine.openFilesMax),
        needed: `${openFilesMin} for ${needs.connections} connections`,
        hint: `ulimit -n ${openFilesMin}`,
      },
    ),
    check("cores", machine.cores >= coresMin, {
      found: String(machine.cores),
      needed: `${coresMin} or more`,
      hint: "sessions and server share what there is: expect `invalid` verdicts for want of CPU",
    }),
  ];
}
