import type { KeptKind, KeptRecord, KeptResults, KeptSummary } from '@shared/kept'
import type { ReferenceKey } from '@shared/references'

/** What the library has to know of a kind of results. */
export interface KindRules<K extends KeptKind> {
  /** How one is called in sentences: 'probing run'. */
  title: string
  /** The line of the list. */
  summarise(result: KeptResults[K]): Omit<KeptSummary, keyof KeptRecord>
  /** A result as read from its file, which an earlier version may have written, in today's form. */
  upgrade?(stored: KeptResults[K]): KeptResults[K]
  /** How it was made, as sentences for a paper. */
  methods(result: KeptResults[K]): string
  /** What such a paper cites for it. */
  cites(result: KeptResults[K]): ReferenceKey[]
}
