import type { ModelFamily } from '../family'
import { usualMixture } from '../mixture/config'
import { t5 } from './t5'

const block = 'encoder.block.{i}.layer'

/** The encoder of the Switch Transformer: T5 with one expert for each token in some layers. */
export const switchTransformers: ModelFamily = {
  ...t5,
  type: 'switch_transformers',
  title: 'Switch Transformer',
  source: 'Fedus et al. 2022, https://jmlr.org/papers/v23/21-0998.html',
  config(reader) {
    // Its MLPs have no gate, whatever `feed_forward_proj` says, and the activation of this field.
    const config = { ...t5.config(reader), gated: false, activation: reader.activation('dense_act_fn', 'relu') }
    reader.only('router_dtype', ['float32'])
    const mixture = {
      ...usualMixture,
      weights: 'probabilities',
      experts: reader.count('num_experts', 8),
      chosen: 1,
      width: config.mlpWidth,
      gated: false,
      activation: config.activation,
      capacity: reader.count('expert_capacity', 64),
      routerBias: reader.flag('router_bias', false)
    } as const
    const sparse = reader.number('num_sparse_encoder_layers', 3)
    const step = sparse > 0 ? Math.floor(config.layers / sparse) : config.layers
    const routes = (layer: number): boolean => step > 0 && (step === 1 || layer % step === 1)
    return {
      ...config,
      blocks: config.blocks.map((place, i) => (routes(i) ? { ...place, feedForward: mixture } : place))
    }
  },
  weights: {
    ...t5.weights,
    mlpIn: `${block}.1.mlp.wi`,
    mlpOut: `${block}.1.mlp.wo`,
    mixture: {
      router: `${block}.1.mlp.router.classifier`,
      experts: { up: `${block}.1.mlp.experts.expert_{e}.wi`, down: `${block}.1.mlp.experts.expert_{e}.wo` }
    }
  }
}
