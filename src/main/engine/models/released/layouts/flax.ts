import type { ReleaseLayout } from '../layout'
import type { Checkpoint } from '../../../checkpoints/checkpoint'
import { transposed, type NameRule } from '../nameTable'

/**
 * Flax' names as PyTorch's: the parts of a name with dots between them; tables, kernels and scales of norms are all
 * called weight (transformers, modeling_flax_pytorch_utils.py). This holds for every family that transformers has in
 * Flax.
 */
function flaxRules(stored: Checkpoint): NameRule[] {
  return stored.names().map((name) => {
    const parts = name.split('/')
    const last = parts.pop()!
    const to = [...parts, ['kernel', 'scale', 'embedding'].includes(last) ? 'weight' : last].join('.')
    return { from: name, to, ...(last === 'kernel' && { view: transposed() }) }
  })
}

/** A model of any family as transformers' Flax classes save it, beside a config.json. */
export const flaxLayout: ReleaseLayout = {
  title: "flax_model.msgpack of transformers' Flax classes",
  recognises: () => true,
  configNames: ['config.json'],
  config: ({ config }) => ({ ...config }),
  rules: (_, stored) => flaxRules(stored),
  tokenizer: { config: {}, settings: {} },
  geluField: null
}
