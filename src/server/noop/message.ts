/** How messages of the protocol are put together (manual, "Message Formats"). */

/** The client is told, and the connection closed: whoever made it has a bug. */
export class ProtocolViolation extends Error {}

export function message(type: string, ...fields: readonly Buffer[]): Buffer {
  const body = Buffer.concat(fields);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

export function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

export function int16(value: number): Buffer {
  return Buffer.of(value >> 8, value);
}

export function int32(value: number): Buffer {
  return Buffer.of(value >> 24, value >> 16, value >> 8, value);
}
