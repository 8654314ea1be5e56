import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import * as v from 'valibot'
import { UserError } from '@shared/userError'
import type { Checkpoint } from '../../checkpoints/checkpoint'
import { openSafetensors } from '../../checkpoints/safetensors'
import { openModelFolder } from '../../models/adapted/modelFolder'
import { headFile, readTrainingRecord, type HeadRecord } from '../../models/lineage'
import type { LoadedModel } from '../../models/model'
import { readConfig } from '../../models/readConfig'
import { statesForHead, type TokenBatch } from '../../models/transformer/transformer'
import { headScores, type HeadBatch, type HeadObjective } from '../heads'
import { Parameters } from '../parameters'
import { headKind } from '../recipe'
import type { BatchSpans } from '../spanVectors'
import type { TrainablePass } from '../trainable'
import { classesOf } from './classes'

/** The head that was trained with a model, ready to give its scores. */
export interface OwnHead {
  readonly task: HeadRecord['task']
  /** How it reads hidden states, and its layers. */
  readonly form: Pick<HeadObjective, 'head' | 'hidden_state'> & { pooling: HeadRecord['pooling'] }
  /** Its parameters by their names in training, without `heads.NAME.`. */
  values(): ReadonlyMap<string, Float32Array>
  /** Names of the classes in their order; a single one, or none, for a regression. */
  readonly labels: readonly string[]
  /** Scores of a sentence or, of every token: one row in the first case. */
  readonly outputs: number
  /**
   * The scores before softmax of one sequence, [outputs], or [tokens, outputs] where every token has its own, or
   * [spans, outputs].
   * @param input one sequence, with its special tokens
   * @param spans its tokens that are labelled, for a head that reads spans
   */
  scores(model: LoadedModel, input: TokenBatch, spans?: BatchSpans): Float32Array
  /**
   * The same of a pass over a batch, so that it can be differentiated: [sequences, outputs], [spans, outputs], or
   * [rows, outputs] where every token has its own. Within `tf.tidy` or a gradient.
   */
  read(pass: Pick<TrainablePass, 'hiddenStates'>, batch: HeadBatch): Tensor2D
  dispose(): void
}

const prefix = 'heads.own'

/**
 * The head that layerscope.json of a model's folder describes; null where there is none.
 * @throws UserError where the record or the file with its parameters is damaged
 */
export function openOwnHead(folder: string): OwnHead | null {
  const record = recordOf(folder)
  if (!record) return null
  return headOfRecord(record, readParameters(folder, record))
}

/**
 * The head that a folder has: the one it was trained with here, or that of transformers' class for a task, which
 * config.json names; null where there is none.
 * @throws UserError where it is damaged, or is not one that Layerscope computes
 */
export function openHead(folder: string): OwnHead | null {
  const own = openOwnHead(folder)
  if (own) return own
  const { family, configFolder, checkpoint } = openModelFolder(folder)
  try {
    const record = classHeadRecord(family.type, readConfig(configFolder), checkpoint)
    return record && headOfRecord(record, parametersIn(checkpoint, record.tensors))
  } finally {
    checkpoint.close()
  }
}

/** What transformers' class for a task computes, as a record; null where config.json names none. */
function classHeadRecord(
  family: string,
  config: Readonly<Record<string, unknown>>,
  checkpoint: Checkpoint
): HeadRecord | null {
  const { architectures, id2label, problem_type: problem } = config
  const classes = classesOf(family)
  const named = Array.isArray(architectures) ? (architectures as unknown[]) : []
  const task = (['sequence', 'token'] as const).find((each) => named.includes(classes?.[each]?.name))
  const head = task && classes?.[task]
  if (!head) return null
  if (problem === 'multi_label_classification')
    throw new UserError(`${head.name} was trained for several labels at once, which is not computed here.`)
  const { kind } =
    head.kinds.find(({ config: fields = {} }) =>
      Object.entries(fields).every(([field, value]) => config[field] === value)
    ) ?? head.kinds[0]!
  const layers = {
    ...(kind === 'linear' || head.dense === undefined ? {} : { dense: head.dense }),
    out: head.out
  }
  const tensors = Object.fromEntries(
    Object.entries(layers).flatMap(([layer, name]) =>
      ['weight', 'bias']
        .filter((part) => checkpoint.has(`${name}.${part}`))
        .map((part) => [layer === 'out' ? part : `dense.${part}`, `${name}.${part}`])
    )
  )
  if (tensors['weight'] === undefined) return null
  const labels = Object.entries((id2label ?? {}) as Record<string, unknown>)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, label]) => String(label))
  return {
    task,
    pooling: head.pooling,
    kind,
    hiddenState: 'last',
    labels,
    class: head.name,
    file: 'model.safetensors',
    tensors
  }
}

function headOfRecord(record: HeadRecord, parameters: Parameters): OwnHead {
  const objective = objectiveOf(record)
  const [outputs] = parameters.get(`${prefix}.weight`).shape as [number]
  const read: OwnHead['read'] = (pass, batch) => headScores(objective, prefix, pass, batch, parameters)
  const { head, hidden_state } = objective
  return {
    task: record.task,
    form: { head, hidden_state, pooling: record.pooling },
    values: () =>
      new Map(
        parameters.names.map((name) => [
          name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : name,
          parameters.get(name).dataSync<'float32'>().slice()
        ])
      ),
    labels: record.labels,
    outputs,
    read,
    scores: (model, input, spans) => {
      const [length = 0] = input.lengths
      if (input.lengths.length !== 1) throw new Error('A head of its own reads one sequence at a time.')
      const batch = { tokens: input, sequences: 1, length, lengths: [length], spans: spans ?? null }
      const { hiddenStates, projected } = model.run(input, { hiddenStates: true, attentions: false })
      const states = statesForHead({ hiddenStates, projected })
      try {
        return tf.tidy(() => read({ hiddenStates: states }, batch).dataSync<'float32'>())
      } finally {
        tf.dispose(projected ? [...hiddenStates, projected] : hiddenStates)
      }
    },
    dispose: () => parameters.dispose()
  }
}

function recordOf(folder: string): HeadRecord | null {
  try {
    return readTrainingRecord(folder)?.head ?? null
  } catch (error) {
    throw new UserError(`The head of the model cannot be read: ${(error as Error).message}.`)
  }
}

function objectiveOf({ task, pooling, kind, hiddenState }: HeadRecord): HeadObjective {
  const head = v.safeParse(headKind, kind)
  if (!head.success)
    throw new UserError(`The head of the model is '${kind}', which this version of Layerscope does not know.`)
  const shared = { head: head.output, hidden_state: hiddenState, classes: 1 }
  return task === 'token'
    ? { kind: 'word tagging', ...shared }
    : {
        kind: task === 'sequence' ? 'sentence classification' : 'span classification',
        pooling: pooling ?? 'first token',
        ...shared
      }
}

/** @throws UserError naming the tensor that is missing or has another form */
function readParameters(folder: string, { file, tensors, kind, hiddenState }: HeadRecord): Parameters {
  if (file !== 'model.safetensors' && file !== headFile)
    throw new UserError(`The head of the model is in '${file}'; expected model.safetensors or ${headFile}.`)
  const needed = [
    'weight',
    ...(kind === 'linear' ? [] : ['dense.weight', 'dense.bias']),
    ...(hiddenState === 'scalar mix' ? ['mix.weights', 'mix.gamma'] : [])
  ]
  const missing = needed.find((name) => !Object.hasOwn(tensors, name))
  if (missing !== undefined) throw new UserError(`layerscope.json does not say where '${missing}' of the head is.`)
  const stored = openSafetensors(join(folder, file))
  try {
    return parametersIn(stored, tensors)
  } finally {
    stored.close()
  }
}

function parametersIn(stored: Checkpoint, tensors: HeadRecord['tensors']): Parameters {
  const parameters = new Parameters()
  try {
    for (const [name, tensor] of Object.entries(tensors))
      tf.tidy(() => {
        const value = tf.tensor(stored.read(tensor), stored.describe(tensor).shape)
        parameters.add(name.startsWith('mix.') ? name : `${prefix}.${name}`, value)
      })
    return parameters
  } catch (error) {
    parameters.dispose()
    throw error
  }
}
