/** An option has two names: the flag, and in a plan the same in camel case. */

/** `--lock-timeout <time>` to `lockTimeout`. */
export function givenName(flag: string): string {
  const [name = ""] = flag.slice(2).split(" ");
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** `lockTimeout` to `--lock-timeout`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
