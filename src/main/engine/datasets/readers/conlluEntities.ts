import type { SplitBuilder } from '../builder'
import type { SpanBuilder } from '../spanColumn'

/**
 * Where the entity that each mention refers to is kept, in the order of the mentions: not a label, since it
 * differs in every document.
 */
export const entityIdColumn = 'entity.id'
/** Where the type of each mention is kept. */
export const entityTypeColumn = 'entity'

/** An opening bracket with id and type, closed at once or not; or the id of one that is closed. */
const bracket = /\((\d+(?:\[\d+\/\d+\])?)-([^-()]+)(?:-[^()]*)?(\))?|(\d+(?:\[\d+\/\d+\])?)\)/g

/**
 * Mentions of entities in column MISC as GUM and CorefUD write them (universaldependencies.org/format.html#coreference,
 * corefud 1.0): `Entity=(3-person-new-...` opens a mention of entity 3, `Entity=3)` closes the innermost open one of
 * it. Mentions in several pieces (`3[1/2]`) are left out, as are those that their sentence does not close.
 */
export class EntityMentions {
  private readonly types: SpanBuilder
  private readonly ids: SpanBuilder
  private open: { id: string; type: string; first: number }[] = []
  private document = 0

  constructor(private readonly split: SplitBuilder) {
    this.types = split.spanColumn(entityTypeColumn)
    this.ids = split.spanColumn(entityIdColumn)
  }

  newDocument(): void {
    this.document++
  }

  /** Takes the word that was just added to the split. */
  word(misc: string): void {
    const value = /(?:^|\|)Entity=([^|]+)/.exec(misc)?.[1]
    if (value === undefined) return
    const at = this.split.words - 1
    for (const [, opened, type, closedAtOnce, closed] of value.matchAll(bracket)) {
      if (opened !== undefined) {
        const mention = { id: opened, type: type ?? '', first: at }
        if (closedAtOnce) this.add(mention, at + 1)
        else this.open.push(mention)
        continue
      }
      const place = this.open.findLastIndex(({ id }) => id === closed)
      const [mention] = place < 0 ? [] : this.open.splice(place, 1)
      if (mention) this.add(mention, at + 1)
    }
  }

  endSentence(): void {
    this.open = []
  }

  private add({ id, type, first }: { id: string; type: string; first: number }, end: number): void {
    if (id.includes('[')) return
    this.types.add(type, [first, end])
    this.ids.add(`${this.document} ${id}`, [first, end])
  }
}
