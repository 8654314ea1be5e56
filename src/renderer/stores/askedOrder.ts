/** Who asked for what when: answers come in any order, and the newest asked for is what stays. */
export class AskedOrder {
  private asked = 0
  private shown = 0

  /**
   * @param atStart counts as asked before everything else, whenever it is asked @returns the number by which the answer
   * is known
   */
  ask(atStart = false): number {
    return atStart ? 0 : ++this.asked
  }
  /** Takes note of an answer. @returns false where a newer one is already there: this one is to be left */
  show(number: number): boolean {
    if (this.isPast(number)) return false
    this.shown = number
    return true
  }
  /** Something newer is already there. */
  isPast(number: number): boolean {
    return number < this.shown
  }
  /** Nothing was requested after it. */
  isNewest(number: number): boolean {
    return number === this.asked
  }
}
