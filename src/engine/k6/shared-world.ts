/**
 * A world, made fit for hundreds of virtual users that share no memory but arrays that k6 keeps for
 * all of them: the long arrays in it go there, the rest is copied to each. Plain data only.
 */

/** What stands in place of a long array. */
interface Placeholder {
  readonly loadgenArray: number;
}

export interface SharedWorld {
  /** The world, with placeholders. */
  readonly outline: unknown;
  /** How many long arrays there are. */
  readonly arrays: number;
}

/** From this length on an array is shared: an element that is shared costs some microseconds to read. */
const sharedLengthMin = 64;

/** What no other process can be handed. */
export class WorldProblem extends Error {
  constructor(path: string, what: string) {
    super(`the scenario's world has ${what} at ${path}: expected plain data, which JSON can take`);
    this.name = "WorldProblem";
  }
}

/** Throws WorldProblem. */
export function shareWorld(world: unknown): {
  readonly shared: SharedWorld;
  readonly arrays: readonly (readonly unknown[])[];
} {
  const arrays: (readonly unknown[])[] = [];
  const outlined = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) {
      const items = value as readonly unknown[];
      if (items.length >= sharedLengthMin) {
        checkPlain(items, path);
        return { loadgenArray: arrays.push(items) - 1 } satisfies Placeholder;
      }
      return items.map((item, index) =>
        outlined(present(item, `${path}[${index}]`), `${path}[${index}]`),
      );
    }
    if (isRecord(value, path)) {
      const entries = Object.entries(value);
      return Object.fromEntries(
        entries.map(([key, one]) => [key, outlined(one, `${path}.${key}`)]),
      );
    }
    return value;
  };
  const outline = outlined(world, "world");
  return { shared: { outline, arrays: arrays.length }, arrays };
}

/** The world again, with the arrays that `arrayAt` gives. */
export function revivedWorld(
  outline: unknown,
  arrayAt: (index: number) => readonly unknown[],
): unknown {
  if (typeof outline !== "object" || outline === null) return outline;
  if (Array.isArray(outline)) return outline.map((item) => revivedWorld(item, arrayAt));
  if ("loadgenArray" in outline) return arrayAt((outline as Placeholder).loadgenArray);
  return Object.fromEntries(
    Object.entries(outline).map(([key, value]) => [key, revivedWorld(value, arrayAt)]),
  );
}

/** In an object what is undefined may as well be missing; in an array JSON would make it null. */
function present(item: unknown, path: string): unknown {
  if (item === undefined) throw new WorldProblem(path, "an undefined");
  return item;
}

/** Inside of what is shared. */
function checkPlain(value: unknown, path: string): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      checkPlain(present(item, `${path}[${index}]`), `${path}[${index}]`);
    });
  } else if (isRecord(value, path)) {
    for (const [key, one] of Object.entries(value)) checkPlain(one, `${path}.${key}`);
  }
}

/** True for a plain object, false for a scalar. */
function isRecord(value: unknown, path: string): value is Readonly<Record<string, unknown>> {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "undefined":
      return false;
    case "number":
      if (!Number.isFinite(value)) throw new WorldProblem(path, String(value));
      return false;
    case "object": {
      if (value === null) return false;
      const prototype = Object.getPrototypeOf(value) as unknown;
      if (prototype === Object.prototype || prototype === null) return true;
      throw new WorldProblem(path, `a ${value.constructor.name}`);
    }
    case "function":
    case "bigint":
    case "symbol":
      throw new WorldProblem(path, `a ${typeof value}`);
  }
}
