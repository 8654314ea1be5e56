import type { LabelledItem } from '@shared/finetune'
import { elementsOf } from '../../checkpoints/checkpoint'
import type { LateTensor } from '../../checkpoints/writeSafetensors'
import type { HeadRecord } from '../../models/lineage'
import type { HeadInput, HeadKind, HeadPooling } from '../recipe'
import type { TrainableTransformer } from '../trainableTransformer'
import { classesOf, type ClassHead } from './classes'
import { parameterTensor } from './trainedTensors'

/** What a stored head gives scores of, by what was labelled. */
export const headTasks: Readonly<Record<LabelledItem, HeadRecord['task']>> = {
  word: 'token',
  span: 'span',
  pair: 'span pair',
  sentence: 'sequence',
  'sentence pair': 'sequence'
}

/** A head that was trained on top of the model. */
export interface TaskHead {
  /** What it gives scores of. */
  task: HeadRecord['task']
  /** Its parameters are `heads.NAME.…`. */
  name: string
  /** What it reads of a sequence or a span; null where it reads every token. */
  pooling: HeadPooling | null
  kind: HeadKind
  hiddenState: HeadInput
  /** Names of the classes in their order; a single one, or none, for a regression. */
  labels: readonly string[]
}

/** Where the parameters of a head go. */
export interface PlacedHead {
  /** The class of transformers that computes it; null where there is none, and `reason` says why. */
  class: ClassHead | null
  reason: string
  /** Fields of config.json that make the class compute it. */
  config: Readonly<Record<string, unknown>>
  tensors: Readonly<Record<string, LateTensor>>
  /** Names of the tensors by their names in training, without `heads.NAME.`. */
  names: Readonly<Record<string, string>>
  outputs: number
}

/** Finds the class of transformers that computes exactly a head, and the names of its parameters there. */
export function placeHead(model: TrainableTransformer, head: TaskHead): PlacedHead {
  const { parameters } = model
  const own = ['weight', 'bias', 'dense.weight', 'dense.bias'].filter((name) =>
    parameters.has(`heads.${head.name}.${name}`)
  )
  const [outputs] = parameters.get(`heads.${head.name}.weight`).shape as [number]
  const tensorOf = (name: string): LateTensor => parameterTensor(model, `heads.${head.name}.${name}`)
  const classHead = classHeadOf(model.family.type, head)
  const reason = misfit(head, classHead, own.includes('bias'), model.family.title)
  if (classHead === null || reason !== null) {
    const mix = head.hiddenState === 'scalar mix' ? ['mix.weights', 'mix.gamma'] : []
    const tensors = {
      ...Object.fromEntries(own.map((name) => [name, tensorOf(name)])),
      ...Object.fromEntries(mix.map((name) => [name, parameterTensor(model, name)]))
    }
    const names = Object.fromEntries(Object.keys(tensors).map((name) => [name, name]))
    return { class: null, reason: reason ?? '', config: {}, tensors, names, outputs }
  }
  const names = Object.fromEntries(
    own.map((name) => [
      name,
      name.replace(/^dense\b/, classHead.dense ?? 'dense').replace(/^(weight|bias)$/, `${classHead.out}.$1`)
    ])
  )
  const tensors = Object.fromEntries(own.map((name) => [names[name]!, tensorOf(name)]))
  if (classHead.bias && !own.includes('bias')) tensors[`${classHead.out}.bias`] = zeros([outputs])
  const config = classHead.kinds.find(({ kind }) => kind === head.kind)!.config ?? {}
  return { class: classHead, reason: '', config, tensors, names, outputs }
}

/** The head of transformers' class for a task of a family; null where it has no such class. */
function classHeadOf(family: string, { task }: TaskHead): ClassHead | null {
  return task === 'sequence' || task === 'token' ? (classesOf(family)?.[task] ?? null) : null
}

/** Why a class does not compute a head; null where it does. */
function misfit(head: TaskHead, classHead: ClassHead | null, hasBias: boolean, family: string): string | null {
  if (head.task === 'span' || head.task === 'span pair') return 'transformers has no class for labels of spans'
  const of = head.task === 'sequence' ? 'sequence classification' : 'token classification'
  if (!classHead) return `transformers has no class for ${of} with the part of ${family} that Layerscope runs`
  if (head.hiddenState !== 'last') return `${classHead.name} reads the last layer, this head a mix of all layers`
  if (head.pooling !== classHead.pooling) {
    const reads = (pooling: HeadPooling | null): string =>
      pooling === null ? 'every token' : pooling === 'mean' ? 'the mean of all tokens' : `the ${pooling}`
    return `${classHead.name} reads ${reads(classHead.pooling)}, this head ${reads(head.pooling)}`
  }
  if (!classHead.kinds.some(({ kind }) => kind === head.kind))
    return `the head of ${classHead.name} is '${classHead.kinds[0]!.kind}', this one '${head.kind}'`
  if (hasBias && !classHead.bias) return `the head of ${classHead.name} has no bias`
  return null
}

function zeros(shape: readonly number[]): LateTensor {
  return { shape, data: () => new Float32Array(elementsOf(shape)) }
}
