import type { Outputs, WeightSource, Linear } from '../weightSource'
import { wholeMatrix } from '../weightSource'
import type { MixtureConfig } from './config'
import { Mixture, type ExpertWeights } from './mixture'

/** Where a checkpoint keeps the MLP of an expert; gate and up of one name are one matrix. */
export interface ExpertNames {
  /** Of a gated MLP. */
  gate?: string
  up: string
  down: string
}

/** Where a checkpoint keeps a mixture, as in `WeightNames`: {i} is the block, {e} the expert. */
export interface MixtureNames {
  router: string
  /** In full. */
  correction?: string
  experts: ExpertNames
  /** All experts are one tensor: [experts, out, in] as PyTorch's linear layers, or [experts, in, out]. */
  stacked?: 'outIn' | 'inOut'
  /** Outputs of gate and up take turns, the gate first; otherwise the gate is above. */
  alternating?: boolean
  shared?: ExpertNames
  sharedGate?: string
  /** Projections to what experts read, and back. */
  latent?: { into: string; out: string }
  /** In full. */
  bias?: string
}

/**
 * @param at a name in full, of a name with {i}
 * @param width of the residual stream
 * @param bias of the shared expert's layers
 */
export function loadMixture(
  source: WeightSource,
  names: MixtureNames,
  config: MixtureConfig,
  width: number,
  at: (name: string) => string,
  bias = false
): Mixture {
  const { experts, routerBias, shared, latent } = config
  const expert = (e: number): ExpertWeights => {
    const stack = names.stacked ? { index: e, of: experts } : undefined
    const inOut = names.stacked === 'inOut'
    const linear = (part: Outputs, inputs: number): Linear =>
      source.linear([{ ...part, ...(stack && { stack }) }], inputs, { bias: config.expertBias, inOut })
    return expertWith(names.experts, config, (name) => at(name.replace('{e}', String(e))), latent ?? width, {
      width: config.width,
      alternating: names.alternating ?? false,
      linear
    })
  }
  return new Mixture(config, {
    router: source.linear([wholeMatrix(at(names.router), experts)], width, { bias: routerBias }),
    correction: config.correction ? source.vector(at(names.correction!), experts) : null,
    experts: Array.from({ length: experts }, (_, e) => expert(e)),
    shared:
      shared &&
      expertWith(names.shared!, config, at, width, {
        width: shared.width,
        alternating: false,
        linear: (part, inputs) => source.linear([part], inputs, { bias })
      }),
    bias: config.outputBias ? source.vector(at(names.bias!), width) : null,
    latent:
      latent === null
        ? null
        : {
            into: source.linear([wholeMatrix(at(names.latent!.into), latent)], width, { bias }),
            out: source.linear([wholeMatrix(at(names.latent!.out), width)], latent, { bias })
          },
    sharedGate: shared?.weighed ? source.linear([wholeMatrix(at(names.sharedGate!), 1)], width, { bias: false }) : null
  })
}

function expertWith(
  names: ExpertNames,
  { gated }: MixtureConfig,
  at: (name: string) => string,
  width: number,
  inside: { width: number; alternating: boolean; linear: (part: Outputs, inputs: number) => Linear }
): ExpertWeights {
  const middle = inside.width
  const half = (name: string, which: 0 | 1): Outputs =>
    names.gate === names.up
      ? {
          name: at(name),
          stored: 2 * middle,
          count: middle,
          row: (output) => (inside.alternating ? 2 * output + which : which * middle + output)
        }
      : wholeMatrix(at(name), middle)
  return {
    gate: gated ? inside.linear(half(names.gate!, 0), width) : null,
    up: inside.linear(half(names.up, 1), width),
    down: inside.linear(wholeMatrix(at(names.down), width), middle)
  }
}
