/** Writes suites/suite.schema.json, by which editors know what a suite may have: `npm run docs:suite`. */
import { writeFileSync } from "node:fs";
import { suiteSchemaText } from "../src/cli/suite-schema.ts";

writeFileSync("suites/suite.schema.json", suiteSchemaText());
