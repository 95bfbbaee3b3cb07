/** What is drawn for the metaverse: ids as clients make them, and values of each kind, as text. */
import type { Random } from "../../src/core/random.ts";
import type { Attribute } from "./world.ts";

const twoTo32 = 0x1_0000_0000;

/** Version 4: all of it random, so that it falls on any page of an index. */
export function drawUuid(random: Random): string {
  const word = () => random.below(twoTo32).toString(16).padStart(8, "0");
  const [one, two, three, four] = [word(), word(), word(), word()];
  const version = `4${two.slice(5)}`;
  const variant = `${"89ab"[random.below(4)] ?? "8"}${three.slice(1, 4)}`;
  return `${one}-${two.slice(0, 4)}-${version}-${variant}-${three.slice(4)}${four}`;
}

const textValues = 1_000_000;

/** As the server prints it again (mv.object_value_text). */
export function drawValue(random: Random, { name, kind }: Attribute): string {
  switch (kind) {
    case "text":
      return `${name} ${random.below(textValues)}`;
    case "int":
      return String(random.below(textValues));
    case "long":
      return `1${String(random.below(textValues)).padStart(11, "0")}`;
    case "decimal":
      return `${random.below(1_000)}.${random.between(10, 99)}`;
    case "bytes":
      return `\\x${random.below(twoTo32).toString(16).padStart(8, "0")}`;
    case "bool":
      return random.below(2) === 1 ? "true" : "false";
    case "datetime":
      return `20${random.between(10, 24)}-0${random.between(1, 9)}-${random.between(10, 28)}T08:00:00.000Z`;
    case "guid":
    case "reference":
      return drawUuid(random);
  }
}
