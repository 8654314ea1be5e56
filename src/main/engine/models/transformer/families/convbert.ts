import { everyBlock, scaledAttention } from '../config'
import type { ModelFamily } from '../family'
import { electra } from './electra'

/** ELECTRA's generator with half as wide heads, beside which a convolution has the other half. */
export const convbert: ModelFamily = {
  ...electra,
  type: 'convbert',
  title: 'ConvBERT',
  source: 'Jiang et al. 2020, https://proceedings.neurips.cc/paper/2020/hash/96da2f590cd7246bbde0051047b0d6f7',
  config(reader) {
    const config = electra.config(reader)
    const { layers, width, mlpWidth } = config
    const heads = Math.max(1, Math.floor(config.heads / reader.count('head_ratio', 2)))
    const headWidth = width / heads / 2
    const kernel = reader.count('conv_kernel_size', 9)
    if (kernel % 2 === 0)
      throw reader.refusal('conv_kernel_size', 'but a convolution with as many tokens on either side has an odd number')
    const groups = reader.count('num_groups', 1)
    if (width % groups !== 0 || mlpWidth % groups !== 0)
      throw reader.refusal('num_groups', `which does not divide a matrix of ${width} inputs and ${mlpWidth} outputs`)
    return {
      ...config,
      heads,
      keyValueHeads: heads,
      headWidth,
      blocks: everyBlock(layers, {
        ...scaledAttention(headWidth),
        beside: { kind: 'spanConvolution', heads, headWidth, kernel }
      }),
      ...(groups > 1 && {
        groups: { query: 1, key: 1, value: 1, attentionOut: 1, mlpIn: groups, mlpOut: groups },
        groupsInOut: true
      })
    }
  },
  weights: { ...electra.weights, mixer: 'encoder.layer.{i}.attention' },
  prefixes: ['', 'convbert.'],
  ignored: [...electra.ignored, /^sequence_summary\./]
}
