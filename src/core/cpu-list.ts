/** Lists of cores as the kernel writes them and taskset reads them: `0-3,8`. */

/** The numbers, lowest first. */
export function coresInList(list: string): readonly number[] {
  const cores = new Set<number>();
  for (const [, first = "", last = first] of list.matchAll(/(\d+)(?:-(\d+))?/g)) {
    for (let core = Number(first); core <= Number(last); core++) cores.add(core);
  }
  return [...cores].sort((one, other) => one - other);
}
