/** Two sentences that differ in one point; the first is the acceptable one. */
export interface MinimalPair {
  paradigm: string
  good: string
  bad: string
  /** What the paradigm is an instance of, and the field of linguistics that belongs to, where the data says so. */
  phenomenon?: string
  field?: string
  /** The last word or words of both sentences, which alone are scored, given the words before them: a cloze item. */
  completions?: { good: string; bad: string; condition: string }
}
