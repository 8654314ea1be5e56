/** A span of words that tags mark, [first, end), and its type. */
export interface Entity {
  first: number
  end: number
  type: string
}

/** What a tag says: a span begins, continues, ends, or is this word alone. */
type Step = 'B' | 'I' | 'E' | 'S'

/** The letters of the schemes in use: BIO (IOB1 and IOB2) with BIOES, BILOU, and BMES with BMEWO. */
const schemes: readonly Readonly<Record<string, Step>>[] = [
  { B: 'B', I: 'I', E: 'E', S: 'S' },
  { B: 'B', I: 'I', L: 'E', U: 'S' },
  { B: 'B', M: 'I', E: 'E', S: 'S', W: 'S' }
]
const letters = new Set(schemes.flatMap((scheme) => Object.keys(scheme)))

/** The letter and type of `B-PER`, `B_PER`, `PER-B` or a bare `B`; null for anything else. */
function split(label: string, side: 'prefix' | 'suffix'): { letter: string; type: string } | null {
  if (letters.has(label)) return { letter: label, type: '' }
  const parts = (side === 'prefix' ? /^(\w)[-_](.+)$/u : /^(.+)[-_](\w)$/u).exec(label)
  if (!parts) return null
  const [letter, type] = side === 'prefix' ? [parts[1]!, parts[2]!] : [parts[2]!, parts[1]!]
  return letters.has(letter) ? { letter, type } : null
}

/** The side on which classes have their letters, and what the letters mean; null if they are not tags of spans. */
function schemeOf(
  classes: readonly string[]
): { side: 'prefix' | 'suffix'; steps: Readonly<Record<string, Step>> } | null {
  if (!classes.includes('O')) return null
  const marking = classes.filter((label) => label !== 'O')
  for (const side of ['prefix', 'suffix'] as const) {
    const parts = marking.map((label) => split(label, side))
    if (!parts.some((part) => part?.type) || parts.includes(null)) continue
    const used = new Set(parts.map((part) => part!.letter))
    // An ending of one letter is common; without a word that begins a span it is not a tag.
    if (side === 'suffix' && !used.has('B') && !used.has('I')) continue
    const steps = schemes.find((scheme) => [...used].every((letter) => letter in scheme))
    if (steps) return { side, steps }
  }
  return null
}

const remembered = new WeakMap<readonly string[], ReturnType<typeof schemeOf>>()

function rememberedScheme(classes: readonly string[]): ReturnType<typeof schemeOf> {
  const known = remembered.get(classes)
  if (known !== undefined) return known
  const scheme = schemeOf(classes)
  remembered.set(classes, scheme)
  return scheme
}

/** Whether classes are tags of spans: O with B-PER, I-PER, in any of the schemes, the letter in front or behind. */
export function isBio(classes: readonly string[]): boolean {
  return schemeOf(classes) !== null
}

/**
 * The spans that the tags of one sentence mark, as conlleval (Tjong Kim Sang & Buchholz 2000) and seqeval read
 * them: B- and S- begin one, and so does I- or E- where the type changes or nothing is open; E- and S- end one. The L
 * and U of BILOU are E and S, and so are the M and W of BMEWO I and S.
 * @param labels tag of each word; null counts as O
 * @param classes all tags of the label set, which determine its scheme; those of the sentence when left out
 */
export function entitiesOf(
  labels: readonly (string | null)[],
  classes: readonly string[] = ['O', ...labels.filter((label) => label !== null)]
): Entity[] {
  const { side, steps } = rememberedScheme(classes) ?? { side: 'prefix' as const, steps: schemes[0]! }
  const entities: Entity[] = []
  let open: { first: number; type: string } | null = null
  const close = (end: number): void => {
    if (open) entities.push({ ...open, end })
    open = null
  }
  labels.forEach((label, word) => {
    const part = label === null ? null : split(label, side)
    if (!part) return close(word)
    const step = steps[part.letter] ?? 'I'
    const current: { type: string } | null = open
    if (step === 'B' || step === 'S' || current?.type !== part.type) {
      close(word)
      open = { first: word, type: part.type }
    }
    if (step === 'E' || step === 'S') close(word + 1)
  })
  close(labels.length)
  return entities
}
