import type { Tensor } from '@tensorflow/tfjs-core'
import type { HookName } from '@shared/hookNames'
import type { Intervention } from '@shared/intervention'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { joinWindows } from '../activations/extract'
import type { Window } from '../activations/windows'
import { Hooks, type Hook } from '../models/transformer/hooks'
import type { LoadedModel } from '../models/model'
import { edits } from './edits'
import type { EditResources, HookStatistics } from './edits/edit'
import { measureHooks } from './statistics'

/** The seed of the draw of donors: an intervention's own seed says which of them it takes. */
const donorSeed = 1

/** The sources of what interventions need. */
export interface ResourceSources {
  /** Windows to take means from; null if no data set is open. */
  corpus: readonly Window[] | null
  /** Statistics already measured for this model and corpus; new ones are added. */
  known: Map<HookName, HookStatistics>
  /** A typed sentence as the model reads it. */
  encode: (text: string) => Promise<{ ids: Int32Array }>
}

/**
 * Everything that interventions need besides the values they change, measured before they run.
 */
export async function prepareResources(
  model: LoadedModel,
  interventions: readonly Intervention[],
  { corpus, known, encode }: ResourceSources,
  job: JobHandle
): Promise<EditResources> {
  const needed = interventions.flatMap(({ at, edit }) =>
    edit.kind !== 'skip' && edits[edit.kind].needs === 'corpus' && !known.has(at) ? [at] : []
  )
  if (needed.length) {
    if (!corpus?.length)
      throw new UserError('Means, noise and values of other tokens are taken from a corpus; open a data set first.')
    for (const [name, statistics] of await measureHooks(model, corpus, needed, donorSeed, job))
      known.set(name, statistics)
  }
  const values = new Map<string, Float32Array>()
  for (const text of new Set(interventions.flatMap(({ edit }) => (edit.kind === 'patch' ? [edit.text] : [])))) {
    const places = interventions.flatMap(({ at, edit }) => (edit.kind === 'patch' && edit.text === text ? [at] : []))
    const seen = captureValues(model, await encode(text), places)
    for (const [at, value] of seen) values.set(`${at} ${text}`, value)
  }
  return {
    statistics: (at) => known.get(at)!,
    valueIn: (text, at) => values.get(`${at} ${text}`)!
  }
}

/**
 * Named values of one sentence, each [tokens, columns].
 * @throws UserError naming a value that the model's blocks do not have
 */
export function captureValues(
  model: LoadedModel,
  input: Parameters<typeof joinWindows>[0][number],
  names: Iterable<HookName>
): Map<HookName, Float32Array> {
  const seen = new Map<HookName, Float32Array>()
  const hooks = [...new Set(names)].map((name): [HookName, Hook] => [
    name,
    (value: Tensor) => {
      seen.set(name, Float32Array.from(value.dataSync<'float32'>()))
      return value
    }
  ])
  model.run(joinWindows([input]), { hiddenStates: false, attentions: false }, { hooks: new Hooks(hooks) })
  const missing = hooks.find(([name]) => !seen.has(name))
  if (missing)
    throw new UserError(
      `${model.info.name} has no value '${missing[0]}': that block is made of other parts. ` +
        '`layerscope info` lists the values of a model.'
    )
  return seen
}
