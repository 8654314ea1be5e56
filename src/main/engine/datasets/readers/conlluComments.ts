import type { SplitBuilder } from '../builder'

/**
 * Labels of whole sentences given in comments, by the column they fill: of the sentence they precede, or of the
 * whole document.
 */
const comments: Readonly<Record<string, { column: string; of: 'sentence' | 'document' }>> = {
  '# s_type = ': { column: 's_type', of: 'sentence' },
  '# meta::genre = ': { column: 'genre', of: 'document' }
}

/** Names of the sentence labels given in comments. */
export const commentLayers = [
  {
    id: 's_type',
    title: 'Sentence type',
    description: 'Comment s_type: declarative, imperative, question, fragment, ...'
  },
  { id: 'genre', title: 'Genre', description: 'Comment meta::genre of the document.' }
] as const

/** Sentence labels in comments, as GUM has them. */
export class SentenceComments {
  private readonly values = new Map<string, string>()

  constructor(private readonly split: SplitBuilder) {}

  comment(text: string): void {
    for (const [start, { column }] of Object.entries(comments))
      if (text.startsWith(start)) this.values.set(column, text.slice(start.length).trim())
  }

  newDocument(): void {
    this.values.clear()
  }

  /** To be called before the sentence ends. */
  endSentence(): void {
    for (const { column, of } of Object.values(comments)) {
      this.split.sentenceColumn(column).add(this.values.get(column) ?? null)
      if (of === 'sentence') this.values.delete(column)
    }
  }
}
