import type { ModelFamily } from '../family'
import { mamba, mambaMixer, recurrentConfig } from './mamba'

export const falconMamba: ModelFamily = {
  ...mamba,
  type: 'falcon_mamba',
  title: 'Falcon Mamba',
  source: 'Zuo et al. 2024, https://arxiv.org/abs/2410.05355',
  config: (reader) => recurrentConfig(reader, mambaMixer(reader, 'plain'))
}
