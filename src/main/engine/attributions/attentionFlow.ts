import type { JobHandle } from '@shared/jobs'
import { longestFlow } from '@shared/attentionWays'
import { UserError } from '@shared/userError'
import type { LoadedModel } from '../models/model'
import { eachLayerMap } from './layerMaps'
import { FlowGraph } from './maximumFlow'
import { withResidual } from './rollout'
import type { SentenceInput } from './sentenceInput'

/**
 * Attention flow (Abnar & Zuidema 2020, section 3): the maximum flow from every token of a layer to every input token,
 * where each layer's map with the residual connection says how wide the pipes between its tokens are.
 * @param layers counted from 1
 * @returns [tokens, tokens]: from the token of the row to the input token of the column
 * @throws UserError for a sentence that is too long
 */
export async function attentionFlow(
  model: LoadedModel,
  sentence: SentenceInput,
  layers: number,
  job: JobHandle
): Promise<Float32Array> {
  const tokens = sentence.ids.length
  if (tokens > longestFlow)
    throw new UserError(
      `Attention flow is computed for at most ${longestFlow} tokens, and this sentence has ${tokens}; its work grows ` +
        'with their fourth power. Use rollout, or a shorter sentence.'
    )
  const maps: Float32Array[] = []
  eachLayerMap(model, sentence, layers, 'mean', (map) => {
    const mixed = withResidual(map)
    maps.push(mixed.dataSync<'float32'>())
    mixed.dispose()
  })
  const top = maps.length
  const graph = new FlowGraph((top + 1) * tokens)
  maps.forEach((map, layer) => {
    for (let query = 0; query < tokens; query++)
      for (let key = 0; key < tokens; key++)
        graph.addPipe((layer + 1) * tokens + query, layer * tokens + key, map[query * tokens + key]!)
  })
  const flows = new Float32Array(tokens * tokens)
  for (let query = 0; query < tokens; query++) {
    job.progress(query, tokens, 'Computing flows')
    await job.yield()
    for (let key = 0; key < tokens; key++) flows[query * tokens + key] = graph.between(top * tokens + query, key)
  }
  return flows
}
