import type { AttentionWay } from '@shared/attentionWays'
import type { JobHandle } from '@shared/jobs'
import { hasValues } from '@shared/model'
import type { QueryKey } from '@shared/queryKey'
import type { SentenceRef } from '@shared/sentence'
import { tensorData, type FloatTensor } from '@shared/tensorData'
import { UserError } from '@shared/userError'
import { attentionFlow } from '../attributions/attentionFlow'
import { queryKey } from '../attributions/queryKey'
import { overLayers, rollout } from '../attributions/rollout'
import type { SentenceInput } from '../attributions/sentenceInput'
import { headNorms, layerNorms } from '../attributions/valueNorms'
import { valueZeroing } from '../attributions/valueZeroing'
import type { LoadedModel } from '../models/model'
import { needTransformer } from '../models/transformer/transformerModel'
import type { AblationInputs } from './ablationInputs'
import type { ModelService } from './modelService'

/** A place in a model whose attention is asked about. */
export interface AttentionPlace {
  /** From 1, and the head from 0. */
  layer: number
  head: number
}

/** What attention is made of in one sentence, and what becomes of it beyond one head. */
export class AttentionService {
  constructor(
    private readonly models: ModelService,
    private readonly inputs: AblationInputs
  ) {}

  /**
   * A map over the tokens of a sentence that is not the weights of one head (src/shared/attentionWays.ts).
   * @returns [tokens, tokens], rows are queries
   * @throws UserError for a model or layer without such a map, with the reason
   */
  combined(
    modelId: string,
    sentence: SentenceRef,
    { layer, head }: AttentionPlace,
    way: AttentionWay,
    job: JobHandle
  ): Promise<FloatTensor> {
    return this.models.use(modelId, async (model) => {
      requireAttention(model, layer, head)
      const input = await this.inputs.encode(model, sentence)
      const map = await combinedMap(model, input, { layer, head }, way, job)
      return tensorData([input.ids.length, input.ids.length], map)
    })
  }

  /**
   * How the scores of one query come about in a head.
   * @param token whose query it is, from 0
   * @throws UserError for a model or layer whose scores cannot be taken apart, with the reason
   */
  queryKey(modelId: string, sentence: SentenceRef, { layer, head }: AttentionPlace, token: number): Promise<QueryKey> {
    return this.models.use(modelId, async (model) => {
      requireAttention(model, layer, head)
      const input = await this.inputs.encode(model, sentence)
      return queryKey(needTransformer(model), input, layer - 1, head, token)
    })
  }
}

async function combinedMap(
  model: LoadedModel,
  input: SentenceInput,
  { layer, head }: AttentionPlace,
  way: AttentionWay,
  job: JobHandle
): Promise<Float32Array> {
  switch (way) {
    case 'rollout':
      return rollout(model, input, layer)
    case 'flow':
      return attentionFlow(model, input, layer, job)
    case 'mean':
    case 'max':
      return overLayers(model, input, layer, way)
    case 'valueNorms':
      return headNorms(needTransformer(model), input, layer - 1, head)
    case 'layerNorms':
    case 'residualNorms':
      return layerNorms(needTransformer(model), input, layer - 1, way === 'residualNorms')
    case 'valueZeroing':
      return valueZeroing(needTransformer(model), input, layer - 1, job)
  }
}

/** @throws UserError where the layer or the head does not exist, or attends to nothing */
function requireAttention({ info, shape }: LoadedModel, layer: number, head: number): void {
  if (!hasValues(info, 'attention')) throw new UserError(`${info.name} has no attention maps.`)
  if (layer < 1 || layer > shape.layers)
    throw new UserError(`There is no layer ${layer}; the layers of ${info.name} are 1 to ${shape.layers}.`)
  if (head >= shape.heads)
    throw new UserError(`Head ${head + 1} does not exist; the model has ${shape.heads} heads a layer.`)
  if (!info.values.some((value) => value.kind === 'attention' && value.layer === layer))
    throw new UserError(`Layer ${layer} of ${info.name} has no attention, so it has no map.`)
}
