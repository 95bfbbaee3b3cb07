/** `npm run docs:compare`: prints the table of docs/comparing.md that tells how often a comparison is wrong. */
import { wrongVerdictsTable } from "./wrong-verdicts.ts";

process.stdout.write(`${wrongVerdictsTable()}\n`);
