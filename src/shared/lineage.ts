import type { Lineage } from './model'

/** Names of tensors that are listed; there may be hundreds. */
const listedTensors = 6

/** What is known of a model's lineage, a row a fact; for the command line and the window alike. */
export function lineageRows({ base, recipe, step, differences }: Lineage): [string, string][] {
  return [
    ['base', [base.name, base.path, base.id].filter(Boolean).join(', ')],
    ...(recipe === undefined ? [] : [['recipe', recipeText(recipe)] as [string, string]]),
    ...(step === undefined ? [] : [['step', String(step)] as [string, string]]),
    ...(differences ? [['differs', differencesText(differences)] as [string, string]] : [])
  ]
}

function recipeText(recipe: NonNullable<Lineage['recipe']>): string {
  return typeof recipe === 'string' ? recipe : JSON.stringify(recipe)
}

function differencesText({ compared, changed, added, removed }: NonNullable<Lineage['differences']>): string {
  const names = changed.names.slice(0, listedTensors).join(', ')
  const counts = `${changed.count} of ${compared} tensors; ${added.count} added, ${removed.count} removed`
  return changed.count === 0 ? counts : `${counts}: ${names}${changed.count > listedTensors ? ', …' : ''}`
}
