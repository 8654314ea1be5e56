import type { ColumnChoice, ColumnRole, ColumnValues, PreviewColumn } from '@shared/dataset'

export const roleTitles: Record<ColumnRole, string> = {
  word: 'Word',
  label: 'Label',
  text: 'Sentence text',
  sentenceId: 'Sentence id',
  document: 'Document',
  tokenIndex: 'Word number',
  ignore: 'Left out'
}

/** How a column is read and why: 'Label, by its name. 60 values, 3 different. Read as classes: ...'. */
export function columnSentence({ role, reason, values }: PreviewColumn): string {
  const head = `${[roleTitles[role], reason ?? 'as chosen'].join(', ')}.`
  return values === undefined ? head : `${head} ${values}`
}

type ChosenColumns = NonNullable<ColumnChoice['columns']>

/** A choice with one column changed: what was chosen before stays chosen, and the other columns stay guessed. */
export function withColumn(
  before: ChosenColumns,
  { index, name, role }: PreviewColumn,
  part: { role?: ColumnRole; as?: ColumnValues; name?: string }
): ChosenColumns {
  const chosen = before.find((candidate) => candidate.index === index)
  const { as, ...next } = { index, name, role, as: chosen?.as, ...part }
  return [
    ...before.filter((candidate) => candidate !== chosen),
    { ...next, ...(as && next.role === 'label' && { as }) }
  ]
}
