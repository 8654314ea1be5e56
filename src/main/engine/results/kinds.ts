import type { ResultKindId } from '@shared/results'
import { UserError } from '@shared/userError'
import type { ResultKind } from './kind'
import { scanKind } from './kinds/scan'
import { ablationSetKind } from './kinds/ablationSet'
import { changeKind } from './kinds/change'
import { retrainedKind } from './kinds/retrained'
import { setPairsKind } from './kinds/setPairs'
import { similarityKind } from './kinds/similarity'
import { eraserKind } from './kinds/eraser'
import { pruningKind } from './kinds/pruning'
import { taskMapKind } from './kinds/taskMap'
import { neuronsKind } from './kinds/neurons'
import { headsKind } from './kinds/heads'
import { expertsKind } from './kinds/experts'
import { patchKind } from './kinds/patch'
import { directKind } from './kinds/direct'
import { lensKind } from './kinds/lens'
import { tunedLensKind } from './kinds/tunedLens'
import { sentenceKind } from './kinds/sentence'
import { attributionKind } from './kinds/attribution'
import { adaptedKind } from './kinds/adapted'
import { alignmentKind } from './kinds/alignment'
import { ckaKind } from './kinds/cka'
import { speedKind } from './kinds/speed'
import { factsKind } from './kinds/facts'
import { testsKind } from './kinds/tests'
import { differencesKind } from './kinds/differences'
import { projectionKind } from './kinds/projection'
import { finetuneKind } from './kinds/finetune'
import { geometryKind } from './kinds/geometry'
import { curveKind } from './kinds/curve'
import { pairsKind } from './kinds/pairs'
import { pretrainKind } from './kinds/pretrain'
import { probeKind } from './kinds/probe'
import { regressionKind } from './kinds/regression'

/** Every kind of results, a line each. */
export const resultKinds: { readonly [K in ResultKindId]: ResultKind<K> } = {
  probe: probeKind,
  regression: regressionKind,
  curve: curveKind,
  pairs: pairsKind,
  scan: scanKind,
  ablationSet: ablationSetKind,
  change: changeKind,
  retrained: retrainedKind,
  setPairs: setPairsKind,
  similarity: similarityKind,
  eraser: eraserKind,
  pruning: pruningKind,
  taskMap: taskMapKind,
  neurons: neuronsKind,
  heads: headsKind,
  experts: expertsKind,
  patch: patchKind,
  direct: directKind,
  lens: lensKind,
  tunedLens: tunedLensKind,
  sentence: sentenceKind,
  attribution: attributionKind,
  cka: ckaKind,
  adapted: adaptedKind,
  alignment: alignmentKind,
  speed: speedKind,
  facts: factsKind,
  tests: testsKind,
  differences: differencesKind,
  projection: projectionKind,
  geometry: geometryKind,
  pretrain: pretrainKind,
  finetune: finetuneKind
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
