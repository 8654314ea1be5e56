import type { ResultKindId } from '@shared/results'
import { UserError } from '@shared/userError'
import type { ResultKind } from './kind'
import { curveKind } from './kinds/curve'
import { pairsKind } from './kinds/pairs'
import { probeKind } from './kinds/probe'
import { regressionKind } from './kinds/regression'

/** Every kind of results, a line each. */
export const resultKinds: { readonly [K in ResultKindId]: ResultKind<K> } = {
  probe: probeKind,
  regression: regressionKind,
  curve: curveKind,
  pairs: pairsKind
}

/** @throws UserError for a kind that this version does not know */
export function kindOf<K extends ResultKindId>(id: K): ResultKind<K> {
  if (!Object.hasOwn(resultKinds, id))
    throw new UserError(`This version of Layerscope has no results of the kind '${id}'; open it with a newer one.`)
  return resultKinds[id]
}

/** The kind of a result as a file holds it; null for something else. Files of earlier versions do not name it. */
export function kindOfFile(result: unknown): ResultKindId | null {
  if (typeof result !== 'object' || result === null) return null
  if ('resultKind' in result)
    return typeof result.resultKind === 'string' && Object.hasOwn(resultKinds, result.resultKind)
      ? (result.resultKind as ResultKindId)
      : null
  const kinds = Object.values(resultKinds) as ResultKind<ResultKindId>[]
  return kinds.find(({ earlier }) => earlier && earlier.mark in result)?.id ?? null
}
