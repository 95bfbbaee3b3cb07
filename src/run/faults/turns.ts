/** Several who do something that only one may do at a time. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Does the work once those who came before are done, whatever became of theirs. */
  take(work: () => Promise<void>): Promise<void> {
    // A failure goes to its owner; whoever comes after it has its own turn all the same.
    const turn = this.#last.catch(() => undefined).then(work);
    this.#last = turn;
    return turn;
  }
}
