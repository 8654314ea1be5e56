import type { HeadTable } from '@shared/ablation'

/** What a head does over a corpus, in words. */
export interface HeadRole {
  /** 'previous token', 'determiner and noun'. */
  title: string
  /** Of its attention, or of the words of a relation; 0 to 1. */
  share: number
  /** What the share is of, in a sentence. */
  hint: string
}

/** Where at least this share of a head's attention goes is its role. */
const mainShare = 0.4
/** A head that follows a place in the sentence is called by that before anything else. */
const placeShare = 0.5
/** A relation is a head's role where it finds more than half of its words, and clearly more than a fixed distance. */
const relationShare = 0.5
const aboveDistance = 0.1

const places = ['previous', 'next', 'current'] as const
const others = ['separator', 'sameToken', 'induction', 'positional'] as const
const titles: Readonly<Record<(typeof places)[number] | (typeof others)[number], string>> = {
  previous: 'previous token',
  next: 'next token',
  current: 'the token itself',
  separator: 'separators',
  sameToken: 'same token elsewhere',
  induction: 'after an earlier copy',
  positional: 'a fixed distance'
}

/** Both ends of the Universal Dependencies relations, as a person would name them; others keep their label. */
const relationTitles: Readonly<Record<string, string>> = {
  det: 'determiner and noun',
  amod: 'adjective and noun',
  nmod: 'noun and its modifier',
  'nmod:poss': 'possessor and noun',
  nummod: 'number and noun',
  compound: 'parts of a compound',
  case: 'preposition and noun',
  nsubj: 'subject and verb',
  'nsubj:pass': 'passive subject and verb',
  obj: 'object and verb',
  iobj: 'indirect object and verb',
  obl: 'oblique and verb',
  aux: 'auxiliary and verb',
  'aux:pass': 'passive auxiliary and verb',
  cop: 'copula and predicate',
  mark: 'subordinator and verb',
  advmod: 'adverb and its head',
  advcl: 'adverbial clause and verb',
  acl: 'clause and noun',
  'acl:relcl': 'relative clause and noun',
  ccomp: 'complement clause and verb',
  xcomp: 'open complement and verb',
  conj: 'conjuncts',
  cc: 'conjunction and conjunct',
  punct: 'punctuation and its head',
  appos: 'apposition and noun',
  flat: 'parts of a name',
  parataxis: 'parataxis',
  'compound:prt': 'particle and verb'
}

/**
 * The role of every head, null where none is clear: the place in the sentence that it attends to; else the dependency
 * relation whose other word it finds best above what a fixed distance finds (Clark et al. 2019, section 4.2: a head may
 * rest on separators elsewhere); else where most of its attention goes.
 * @returns [layers * heads]
 */
export function headRoles({ layers, heads, patterns }: HeadTable): (HeadRole | null)[] {
  const scoresOf = new Map(patterns.map(({ id, scores }) => [id, scores]))
  /** 0 where there was no such query: that is no role. */
  const share = (id: string, cell: number): number => scoresOf.get(id)?.[cell] || 0
  const attends = (ids: readonly (keyof typeof titles)[], cell: number, least: number): HeadRole | null => {
    const best = ids.reduce((most, id) => (share(id, cell) > share(most, cell) ? id : most))
    const value = share(best, cell)
    if (value < least) return null
    return { title: titles[best], share: value, hint: 'Share of its attention, mean over the words of the corpus.' }
  }
  const relations = patterns.filter(({ id, baseline }) => id.startsWith('relation:') && baseline !== null)
  const relation = (cell: number): HeadRole | null => {
    const above = (pattern: HeadTable['patterns'][number]): number => pattern.scores[cell]! - pattern.baseline!
    const fitting = relations.filter(
      (pattern) => pattern.scores[cell]! >= relationShare && above(pattern) >= aboveDistance
    )
    const best = fitting.sort((a, b) => above(b) - above(a))[0]
    if (!best) return null
    return {
      title: relationTitles[best.title] ?? best.title,
      share: best.scores[cell]!,
      hint:
        `Share of the relation ${best.title} whose two words it links most strongly, in the better direction; ` +
        `a fixed distance finds ${Math.round(best.baseline! * 100)} %.`
    }
  }
  return Array.from(
    { length: layers * heads },
    (_, cell) => attends(places, cell, placeShare) ?? relation(cell) ?? attends([...others, ...places], cell, mainShare)
  )
}
