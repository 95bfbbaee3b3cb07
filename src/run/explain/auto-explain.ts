/** auto_explain on one connection: the server sends it every plan, those inside functions too. */
import { type Connection, ServerError } from "../../server/connection.ts";
import type { ExplainPass } from "./explained.ts";

const autoExplain: readonly string[] = [
  "load 'auto_explain'",
  "set auto_explain.log_min_duration = 0",
  "set auto_explain.sample_rate = 1",
  "set auto_explain.log_analyze = on",
  "set auto_explain.log_timing = on",
  "set auto_explain.log_buffers = on",
  "set auto_explain.log_wal = on",
  "set auto_explain.log_triggers = on",
  "set auto_explain.log_nested_statements = on",
  "set auto_explain.log_verbose = on",
  "set auto_explain.log_format = json",
  // To the client whatever it asks for, and by the second one not into the server's log.
  "set auto_explain.log_level = info",
  "set log_min_messages = panic",
];

/** insufficient_privilege; undefined_file: the server has no such library. */
const unavailable = ["42501", "58P01"];

/** From now on the server sends the plan of every statement, if the role may ask for that. */
export async function withAutoExplain(own: Connection): Promise<ExplainPass["way"]> {
  try {
    for (const sql of autoExplain) await own.query(sql);
    const [row] = await own.query("select current_setting('server_version_num')::int4 as version");
    // Before 16 it never has parameters; from then on they would stand beside each plan.
    if (Number(row?.version) >= 160_000) {
      await own.query("set auto_explain.log_parameter_max_length = 0");
    }
    return "auto_explain";
  } catch (error) {
    if (!(error instanceof ServerError) || !unavailable.includes(error.code)) throw error;
    return "explain";
  }
}
