/**
 * Writes a Bind, Execute and Sync straight from the parameters. Scalars go as text, as the driver
 * sends them too; arrays in the server's binary format where the type allows it, since making and
 * reading array literals is most of what large parameters cost. PostgreSQL manual, "Message Formats".
 */
import type { Parameter, Scalar } from "../../core/step.ts";
import { arrayLiteral } from "../array-literal.ts";
import { elementTypes, writeArray } from "./binary-arrays.ts";
import type { Execution } from "./messages.ts";
import type { Output } from "./output.ts";

const bindType = "B".charCodeAt(0);

/**
 * @param execution what is the same each time.
 * @param types of the parameters, as the server described them: OIDs.
 * Throws a Failure where the message becomes too large to be sent.
 */
export function writeBind(
  output: Output,
  { execution, types }: { readonly execution: Execution; readonly types: readonly number[] },
  parameters: readonly Parameter[],
): void {
  const { lead, target, rest } = execution;
  output.clear();
  output.raw(lead);
  output.reserve(5 + target.length + 4 + 2 * parameters.length);
  output.byte(bindType);
  output.length += 4;
  output.raw(target);
  output.int16(parameters.length);
  const formatsAt = output.length;
  for (let index = 0; index < parameters.length; index++) output.int16(0);
  output.int16(parameters.length);
  for (let index = 0; index < parameters.length; index++) {
    // Counted before it is sent: there is one.
    const parameter = parameters[index] as Parameter;
    const isBinary = writeParameter(output, parameter, types[index]);
    if (isBinary) output.bytes[formatsAt + 2 * index + 1] = 1;
  }
  output.reserve(2);
  // Results come as text.
  output.int16(0);
  writeInt32At(output, lead.length + 1, output.length - lead.length - 1);
  output.raw(rest);
}

/** True if it was written in binary. */
function writeParameter(output: Output, parameter: Parameter, type: number | undefined): boolean {
  if (typeof parameter !== "object" || parameter === null) {
    writeScalar(output, parameter);
    return false;
  }
  const element = type === undefined ? undefined : elementTypes.get(type);
  const start = output.length;
  output.reserve(4);
  output.length += 4;
  if (element !== undefined && writeArray(output, element, parameter)) {
    writeInt32At(output, start, output.length - start - 4);
    return true;
  }
  // What is no value of the type goes as text, as a whole: the server then says what is wrong with it.
  output.length = start;
  output.text(arrayLiteral(parameter));
  return false;
}

function writeScalar(output: Output, value: Scalar): void {
  if (value !== null) {
    output.text(String(value));
    return;
  }
  output.reserve(4);
  // The length of a null.
  output.int32(-1);
}

function writeInt32At(output: Output, at: number, value: number): void {
  const end = output.length;
  output.length = at;
  output.int32(value);
  output.length = end;
}
