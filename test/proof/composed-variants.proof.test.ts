import { it } from "vitest";
import { composable, expectToWork } from "../helpers/composed-variants.ts";

it.each(composable)("the variants %s work together", (pair) => expectToWork(pair));
