import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { attentionFlow } from '../../../src/main/engine/attributions/attentionFlow'
import { FlowGraph } from '../../../src/main/engine/attributions/maximumFlow'
import { queryKey, softmaxOf } from '../../../src/main/engine/attributions/queryKey'
import { rollout } from '../../../src/main/engine/attributions/rollout'
import { headNorms, layerNorms } from '../../../src/main/engine/attributions/valueNorms'
import { valueZeroing } from '../../../src/main/engine/attributions/valueZeroing'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { needTransformer } from '../../../src/main/engine/models/transformer/transformerModel'

/** Each with something of its own: relative positions, rotary ones, shared keys, squeezed scores, norms. */
const folders = [
  'bert',
  'bloom',
  'cohere2',
  'deberta',
  'deberta-v2',
  'falcon--40b',
  'gemma2',
  'gptj-interleaved',
  'gpt_neox-serial',
  'llama-yarn',
  'mixtral',
  'mobilebert',
  'modernbert-biases',
  'opt-post',
  't5',
  'xlnet-segments'
]

beforeAll(async () => void (await pickBackend()))

describe.each(folders)('%s', (name) => {
  test('its maps and scores come apart, or a sentence says why not', async () => {
    const folder = join('test/fixtures/parity', name)
    const model = needTransformer(await loadModel(folder))
    const { input_ids } = JSON.parse(readFileSync(join(folder, 'inputs.json'), 'utf8')) as { input_ids: number[][] }
    const input = { ids: Int32Array.from(input_ids[0]!.slice(0, 7)) }
    const tokens = input.ids.length
    const { layers, heads } = model.config

    const rolled = rollout(model, input, layers)
    for (let row = 0; row < tokens; row++)
      expect(rolled.subarray(row * tokens, (row + 1) * tokens).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4)
    const flows = await attentionFlow(model, input, 1, silentJob())
    // Of one layer the pipes themselves carry the flow: it is the map with the residual connection, as is rollout.
    rollout(model, input, 1).forEach((value, i) => expect(flows[i]).toBeCloseTo(value, 5))

    // The softmax of the sums is the map, which is held to PyTorch's elsewhere; the function refuses where it is not.
    const apart = queryKey(model, input, layers - 1, heads - 1, 4)
    const sum = softmaxOf(apart)
    apart.weights.data.forEach((weight, key) => expect(weight).toBeCloseTo(sum[key]!, 4))
    expect(apart.rotary).toBe(/llama|gptj|neox|gemma|cohere|mixtral|falcon|modernbert/.test(name))
    if (/bloom|^t5|deberta|xlnet/.test(name)) expect(apart.position).not.toBeNull()

    const refused: string[] = []
    const ways = {
      headNorms: () => headNorms(model, input, 0, 0),
      layerNorms: () => layerNorms(model, input, 0, false),
      residualNorms: () => layerNorms(model, input, 0, true),
      valueZeroing: () => valueZeroing(model, input, 0, silentJob())
    }
    for (const [way, compute] of Object.entries(ways)) {
      try {
        const map = await compute()
        expect(map).toHaveLength(tokens ** 2)
        expect(map.every((value) => value >= 0 && Number.isFinite(value))).toBe(true)
        if (model.config.causal) expect(map[1]).toBe(0)
      } catch (error) {
        expect(error).toBeInstanceOf(UserError)
        refused.push(way)
      }
    }
    // A norm of the attention's output makes it no sum of values; value zeroing needs no sum.
    // A bottleneck hides what its heads add.
    const noSum = ['gemma2', 'mobilebert'].includes(name)
    expect(refused).toEqual(noSum ? ['headNorms', 'layerNorms', 'residualNorms'] : [])
    model.dispose()
  })
})

test('a flow is as wide as its narrowest cut', () => {
  const graph = new FlowGraph(6)
  // The example of Cormen et al., 26.1: the maximum flow is 23.
  const pipes = [
    [0, 1, 16],
    [0, 2, 13],
    [1, 3, 12],
    [2, 1, 4],
    [2, 4, 14],
    [3, 2, 9],
    [3, 5, 20],
    [4, 3, 7],
    [4, 5, 4]
  ] as const
  for (const [from, to, width] of pipes) graph.addPipe(from, to, width)
  expect(graph.between(0, 5)).toBe(23)
  expect(graph.between(0, 5), 'pipes are empty again').toBe(23)
  expect(graph.between(5, 0)).toBe(0)
})
