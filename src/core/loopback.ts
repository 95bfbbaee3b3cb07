/** Which requests a server for this machine alone answers. */

/**
 * What is wrong with the name that a request came for; null: nothing. It is this machine's own: a
 * site elsewhere whose name was made to lead here (DNS rebinding) says its own.
 * @param host the header of that name.
 */
export function hostProblem(host: string | undefined, port: number): string | null {
  const names = [`127.0.0.1:${port}`, `localhost:${port}`];
  return names.includes(host ?? "") ? null : `expected the host ${names.join(" or ")}`;
}
