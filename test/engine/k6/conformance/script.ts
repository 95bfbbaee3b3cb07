/** The cases, for k6. */
import { cases } from "./cases.ts";
import { playAll } from "./player.ts";

export { options } from "./player.ts";

export default function run(): void {
  playAll(cases);
}
