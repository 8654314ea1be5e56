import type { WeightSource } from '../weightSource'
import { loadBottleneck } from './bottleneck'
import type { MixerConfig } from './config'
import { loadDeltaRule } from './deltaRule'
import { loadExpertAttention } from './expertAttention'
import { loadFourier } from './fourier'
import { loadGatedRecurrence } from './gatedRecurrence'
import { loadMamba } from './mamba'
import { loadMamba2 } from './mamba2'
import type { Mixer } from './mixer'
import { MixerSource } from './parts'
import { loadShortConvolution } from './shortConvolution'
import { loadSpanConvolution } from './spanConvolution'
import { loadWeightedMean } from './weightedMean'

/** How each kind of mixer is read: a file beside this, and a line here. */
const loaders: {
  readonly [K in MixerConfig['kind']]: (
    source: MixerSource,
    config: Extract<MixerConfig, { kind: K }>,
    width: number
  ) => Mixer
} = {
  mamba: loadMamba,
  mamba2: loadMamba2,
  shortConvolution: loadShortConvolution,
  gatedRecurrence: loadGatedRecurrence,
  weightedMean: loadWeightedMean,
  deltaRule: loadDeltaRule,
  expertAttention: loadExpertAttention,
  bottleneck: loadBottleneck,
  spanConvolution: loadSpanConvolution,
  fourier: loadFourier
}

/**
 * @param stem what the names of the mixer's tensors begin with
 * @param width of the residual stream
 */
export function loadMixer(source: WeightSource, config: MixerConfig, width: number, stem: string): Mixer {
  const load = loaders[config.kind] as (source: MixerSource, config: MixerConfig, width: number) => Mixer
  return load(new MixerSource(source, stem), config, width)
}
