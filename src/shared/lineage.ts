import type { Lineage } from './model'

/** Names of tensors that are listed; there may be hundreds. */
const listedTensors = 6

/** What is known of a model's lineage, a row a fact; for the command line and the window alike. */
export function lineageRows({
  base,
  teacher,
  recipe,
  data,
  seed,
  step,
  head,
  note,
  differences
}: Lineage): [string, string][] {
  const rows: [string, string | undefined][] = [
    ['base', sourceText(base)],
    ['teacher', teacher && sourceText(teacher)],
    ['recipe', settingsText(recipe)],
    ['data', settingsText(data)],
    ['seed', seed?.toString()],
    ['step', step?.toString()],
    ['head', head],
    ['saved', note],
    ['differs', differences && differencesText(differences)]
  ]
  return rows.filter((row): row is [string, string] => row[1] !== undefined)
}

function sourceText({ id, name, path }: Lineage['base']): string {
  return [name, path, id].filter(Boolean).join(', ')
}

function settingsText(settings: Lineage['recipe']): string | undefined {
  return settings === undefined || typeof settings === 'string' ? settings : JSON.stringify(settings)
}

function differencesText({ compared, changed, added, removed }: NonNullable<Lineage['differences']>): string {
  const names = changed.names.slice(0, listedTensors).join(', ')
  const counts = `${changed.count} of ${compared} tensors; ${added.count} added, ${removed.count} removed`
  return changed.count === 0 ? counts : `${counts}: ${names}${changed.count > listedTensors ? ', …' : ''}`
}
