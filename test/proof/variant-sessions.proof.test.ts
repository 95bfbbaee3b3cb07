import { it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { expectToStandSessions } from "../helpers/variant-sessions.ts";

it.each(Object.keys(dms.variants))(
  "the variant %s stands several sessions at once",
  expectToStandSessions,
);
