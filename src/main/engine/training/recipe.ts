import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { headKinds, headPoolings, type HeadKind, type HeadPooling } from '@shared/finetuneRequests'
import { UserError } from '@shared/userError'
import { jsonFault } from '../files/pythonJson'

const number = v.number()
const steps = v.pipe(v.number(), v.integer(), v.minValue(0))
const name = v.string()

const optimizer = v.variant('kind', [
  v.object({ kind: v.picklist(['AdamW', 'Adam']), beta1: number, beta2: number, epsilon: number }),
  v.object({ kind: v.literal('SGD'), momentum: number, nesterov: v.boolean() }),
  v.object({ kind: v.literal('Adadelta'), rho: number, epsilon: number })
])

const schedule = v.variant('kind', [
  v.object({ kind: v.literal('constant') }),
  v.object({ kind: v.literal('linear warm-up and decay'), warmup_steps: steps, total_steps: steps }),
  v.object({ kind: v.literal('slanted triangular'), cut_fraction: number, ratio: number, total_steps: steps })
])

/**
 * Layers of a head: `dense` is as wide as the hidden state. Between them is what the classes of transformers have.
 */
export const headKind = v.picklist(headKinds)
const hiddenState = v.picklist(['last', 'scalar mix'])
/** `both ends`: of a bidirectional LSTM the last state of each direction. */
const pooling = v.picklist([...headPoolings, 'both ends'])
const spanPooling = v.picklist(headPoolings)
const classes = v.pipe(v.number(), v.integer(), v.minValue(1))
const onStates = {
  head: headKind,
  hidden_state: hiddenState,
  classes,
  /** Weight of the items of each class in the loss; 1 where it is left out. */
  class_weights: v.optional(v.array(number))
}

/** What is learned: a loss by its kind. */
const objective = v.variant('kind', [
  v.object({ kind: v.literal('sentence classification'), pooling, ...onStates }),
  v.object({ kind: v.literal('sentence regression'), pooling, ...onStates }),
  v.object({ kind: v.literal('word tagging'), ...onStates }),
  v.object({ kind: v.literal('span classification'), pooling: spanPooling, ...onStates }),
  v.object({ kind: v.literal('span regression'), pooling: spanPooling, ...onStates }),
  v.object({ kind: v.literal('language model') }),
  v.object({
    kind: v.literal('distillation'),
    student: name,
    temperature: number,
    soft_weight: number,
    hard_weight: number,
    /** How far scores are from the teacher's: as probabilities, or squared, where the temperature has no part. */
    distance: v.optional(v.picklist(['divergence', 'squared']), 'divergence')
  }),
  v.object({
    kind: v.literal('consistency'),
    head: name,
    /** On the embeddings; without it a batch has `perturbed_input_ids`. */
    noise: v.optional(
      v.variant('kind', [
        v.object({ kind: v.literal('random'), size: number }),
        v.object({ kind: v.literal('adversarial'), size: number, step: number })
      ])
    )
  })
])

const group = v.object({
  name,
  parameters: v.array(name),
  learning_rate: number,
  weight_decay: number,
  /** Stretches [from, to) of steps of the stage in which the group trains. */
  trains: v.array(v.tuple([steps, steps]))
})

const regulariser = v.variant('kind', [
  v.object({ kind: v.literal('L2-SP'), alpha: number, beta: number, pretrained: v.array(name), new: v.array(name) }),
  v.object({ kind: v.literal('EWC'), lambda: number, parameters: v.array(name) }),
  /** Of the parameters the matrices are mixed with their values at the start of the stage (mixout.ts). */
  v.object({ kind: v.literal('mixout'), probability: number, seed: v.number(), pretrained: v.array(name) })
])

const part = v.object({ objective: name, batch: steps, weight: number })

const stage = v.object({
  name,
  optimizer,
  schedule,
  clip_norm: v.nullable(number),
  groups: v.array(group),
  steps: v.array(v.array(part)),
  fresh_optimizer_at: v.optional(v.array(steps), []),
  regulariser: v.optional(regulariser)
})

const ids = v.array(v.array(v.pipe(v.number(), v.integer())))
/** A label a sentence, a label a span, or a label a token. */
const labels = v.union([v.array(v.number()), v.array(v.array(v.number()))])

const span = v.tuple([steps, steps, steps])
/** Sequence, first token and the one after the last; of pairs one such list for each half. */
const spans = v.object({ first: v.array(span), second: v.optional(v.array(span)) })

const batch = v.object({
  input_ids: ids,
  attention_mask: v.optional(ids),
  token_type_ids: v.optional(ids),
  perturbed_input_ids: v.optional(ids),
  /** Of each token of each sequence: the direction of its noise, whose length does not count. */
  embedding_noise: v.optional(v.array(v.array(v.array(number)))),
  spans: v.optional(spans),
  labels: v.record(name, labels)
})

const adaptation = v.variant('kind', [
  v.object({
    kind: v.literal('adapters'),
    size: classes,
    activation: v.picklist(['gelu', 'relu', 'tanh', 'silu']),
    places: v.array(v.picklist(['attention', 'mlp'])),
    /** What the linear layer before it gives, or its sum with the residual, normed where the model norms it. */
    reads: v.optional(v.picklist(['output', 'sum']), 'output')
  }),
  v.object({
    kind: v.literal('lora'),
    rank: classes,
    alpha: number,
    parts: v.array(v.picklist(['query', 'key', 'value']))
  })
])

const tolerance = v.object({ loss: number, gradient_norm: number, final: number, evaluation: number })

const recipeSchema = v.object({
  name,
  /** Folder of the pretrained checkpoint, relative to the recipe's. */
  model: name,
  adaptation: v.optional(adaptation),
  objectives: v.record(name, objective),
  stages: v.array(stage),
  batches: v.array(batch),
  evaluation: v.array(v.object({ objective: name, batch: steps })),
  teacher: v.optional(v.object({ model: name, objective })),
  tolerance,
  undetermined: v.optional(v.record(name, v.object({ elements: v.array(v.tuple([steps, steps])), within: number })), {})
})

const ensembleSchema = v.object({
  name,
  members: v.array(name),
  evaluation: name,
  tolerance: v.object({ probabilities: number })
})

/** A training run in full: model, objectives, stages, groups of parameters and batches in order. */
export type Recipe = v.InferOutput<typeof recipeSchema>
export type EnsembleRecipe = v.InferOutput<typeof ensembleSchema>
export type Objective = v.InferOutput<typeof objective>
export type { HeadKind, HeadPooling }
export type Pooling = v.InferOutput<typeof pooling>
export type HeadInput = v.InferOutput<typeof hiddenState>
export type Stage = v.InferOutput<typeof stage>
export type RecipeBatch = v.InferOutput<typeof batch>
export type Adaptation = v.InferOutput<typeof adaptation>
export type Regulariser = v.InferOutput<typeof regulariser>

/** @throws UserError naming the field that is missing or wrong */
export function readRecipe(path: string): Recipe | EnsembleRecipe {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new UserError(`${path} cannot be read as JSON: ${jsonFault(error)}.`)
  }
  const isEnsemble = typeof json === 'object' && json !== null && 'members' in json
  const result = v.safeParse(isEnsemble ? ensembleSchema : recipeSchema, json)
  if (result.success) return result.output
  const [issue] = result.issues
  throw new UserError(`${path} is not a training recipe: ${v.getDotPath(issue) ?? 'its top level'}: ${issue.message}.`)
}
