/** A stretch of words that tags mark, [first, end), and its type. */
export interface Entity {
  first: number
  end: number
  type: string
}

const tag = /^[BIES][-_].+$/
const bare = new Set(['O', 'B', 'I', 'E', 'S'])

/** Whether classes are tags of stretches: B-PER, I-PER, O, also with E- and S- (BIOES). */
export function isBio(classes: readonly string[]): boolean {
  return (
    classes.includes('O') &&
    classes.some((label) => tag.test(label)) &&
    classes.every((label) => tag.test(label) || bare.has(label))
  )
}

/**
 * The stretches that the tags of one sentence mark, as conlleval (Tjong Kim Sang & Buchholz 2000) and seqeval read
 * them: B- and S- begin one, and so does I- or E- where the type changes or nothing is open; E- and S- end one.
 * @param labels tag of each word; null counts as O
 */
export function entitiesOf(labels: readonly (string | null)[]): Entity[] {
  const entities: Entity[] = []
  let open: { first: number; type: string } | null = null
  const close = (end: number): void => {
    if (open) entities.push({ ...open, end })
    open = null
  }
  labels.forEach((label, word) => {
    const prefix = label?.[0] ?? 'O'
    if (label === null || prefix === 'O') return close(word)
    const type = label.slice(2)
    const current: { type: string } | null = open
    if (prefix === 'B' || prefix === 'S' || current?.type !== type) {
      close(word)
      open = { first: word, type }
    }
    if (prefix === 'E' || prefix === 'S') close(word + 1)
  })
  close(labels.length)
  return entities
}
