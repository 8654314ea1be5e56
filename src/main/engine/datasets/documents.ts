import type { SplitData } from './split'

/** The sentence column that holds the document of each sentence; no label layer shows it. */
export const documentColumn = '# newdoc'

/**
 * The id in a `# newdoc id = ...` line of CoNLL-U; null for one without (universaldependencies.org/format.html, section
 * "Paragraph and document boundaries").
 */
export function documentName(comment: string): string | null {
  return /^# newdoc id = (.*\S)/.exec(comment)?.[1] ?? null
}

/** The mark between documents in CoNLL files: `-DOCSTART-`, also with a name or other columns behind it. */
export function isDocumentMark(word: string): boolean {
  return /^-DOCSTART-(?:[ \t]|$)/i.test(word)
}

/** Document of every sentence, -1 for one before the first document; null where the data names none. */
export function documentsOf(split: Pick<SplitData, 'sentenceColumns'>): Int32Array | null {
  const documents = split.sentenceColumns.get(documentColumn)
  return documents?.some((document) => document >= 0) ? documents : null
}
