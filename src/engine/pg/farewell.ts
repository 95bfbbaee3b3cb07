/** How the words of the driver become a farewell. */
import pg from "pg";
import { type Farewell, saidByServer } from "../farewell.ts";

/** From an error of the driver, the server's own included, or of the transport. */
export function farewellOf(error: unknown): Farewell {
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    return saidByServer({ severity: error.severity, code: error.code, message: error.message });
  }
  const { code, message } = error as { code?: string; message?: string };
  return { kind: "connection", code: code ?? "connection-lost", message: message ?? String(error) };
}
