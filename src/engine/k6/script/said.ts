/** What an error of xk6-sql says, by the codes that lib/pq puts into it and never by its message. */
import { type Farewell, saidByServer } from "../../farewell.ts";

/** A Go string, of a type of its own: only as text it is one. */
interface GoText {
  toString(): string;
}

/** A Go error, as k6 throws it; `value` is lib/pq's own if the server has said something. */
interface GoError {
  readonly value?: { readonly code?: GoText; readonly severity?: GoText };
  readonly message?: string;
}

export function saidBy(error: unknown): Farewell {
  const { value, message = String(error) } = error as GoError;
  const code = value?.code?.toString() ?? "";
  if (!/^[0-9A-Z]{5}$/.test(code)) return { kind: "connection", code: "connection-lost", message };
  return saidByServer({ severity: value?.severity?.toString(), code, message });
}
