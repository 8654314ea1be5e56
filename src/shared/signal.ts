import { isAbove, type PairedTest } from './pairedTest'

/**
 * What a layer is compared with, in the order in which it is named: by conditional probing with the word type and layer
 * 0 (`conditional`; layer 0 with the word type), by the accuracy of its own probe with the rest.
 */
export const controlNames = ['conditional', 'majority', 'memoriser', 'twin', 'embedding'] as const
export type ControlName = (typeof controlNames)[number]

/** Names of controls in headings. */
export const controlTitles: Readonly<Record<ControlName, string>> = {
  conditional: 'conditional',
  majority: 'the majority class',
  memoriser: 'the memoriser',
  twin: 'the untrained twin',
  embedding: 'layer 0'
}

/**
 * Accuracy of one layer minus that of one of its controls; of `conditional`: accuracy of a probe of the layer and its
 * baseline minus that of a probe of the baseline alone.
 */
export interface ControlTest extends PairedTest {
  layer: number
  control: ControlName
}

/** Accuracy of one layer minus that of the best one. */
export interface LayerTest extends PairedTest {
  layer: number
}

/** The tests of one probing run; each of the two lists is corrected by itself. */
export interface ProbeTests {
  runId: string
  /**
   * By what signal is claimed. Absent in tests of earlier versions, which compared accuracy with that on the control
   * task, another task of another difficulty.
   */
  rule?: 'conditional'
  /** The kept run of the untrained twin that was used; null if there is none. */
  twinRunId: string | null
  /** Accuracies of the twin by layer, where there is one. */
  twin: { layer: number; accuracy: number }[]
  /** The layer of highest accuracy, which the others are compared with. */
  best: number
  againstBest: LayerTest[]
  controls: ControlTest[]
  /** Controls that this run should be compared with but cannot be yet. */
  missing: ControlName[]
  /** What was exchanged and resampled as a whole; sentences in tests of earlier versions. */
  clusters?: 'document' | 'sentence'
  /** Random sign changes and resamples drawn, and the seed of the draws. */
  permutations: number
  resamples: number
  seed: number
}

/**
 * What may be claimed of a layer. `signal`: of layer 0, that it adds something usable to the word type; `contextual`:
 * of a layer above it, that it adds something usable to the word type and layer 0.
 */
export interface Signal {
  layer: number
  claim: 'none' | 'signal' | 'contextual'
  /** What the layer adds to its baseline, in accuracy; null where that was not measured. */
  added: number | null
  /** Whether layer 0 adds to the word type; null where it was not measured. */
  embedding: boolean | null
  /** Whether the layer's probe beats the untrained twin's; null where the twin was not probed or there is none. */
  twin: boolean | null
  /** Whether the model has a twin that was not probed. */
  twinMissing: boolean
}

/**
 * The one rule by which signal is claimed, in the window and on the command line: conditional probing (Hewitt et al.
 * 2021). A probe that reads the layer beside a baseline is significantly more accurate, after correction, than one of
 * the baseline alone. The baseline is the word type, for layers above 0 also layer 0.
 */
export function signalOf({ controls, missing }: Pick<ProbeTests, 'controls' | 'missing'>, layer: number): Signal {
  const find = (control: ControlName, at: number): ControlTest | undefined =>
    controls.find((test) => test.layer === at && test.control === control)
  const test = find('conditional', layer)
  const [first, twin] = [find('conditional', 0), find('twin', layer)]
  return {
    layer,
    claim: !test || !isAbove(test) ? 'none' : layer === 0 ? 'signal' : 'contextual',
    added: test?.difference ?? null,
    embedding: first ? isAbove(first) : null,
    twin: twin ? isAbove(twin) : null,
    twinMissing: missing.includes('twin')
  }
}

/** The claim, or the reason why none can be made, in a sentence or two. */
export function signalSentence({ layer, claim, added, embedding, twin, twinMissing }: Signal): string {
  if (added === null)
    return (
      `Signal at layer ${layer} cannot be judged: the run has no conditional probes. Run it again with them; linear, ` +
      'MLP and low-rank probes of a single layer have them.'
    )
  const baseline = layer === 0 ? 'the word type' : 'the word type and layer 0'
  const points = `${Math.abs(added * 100).toFixed(1)} points`
  if (claim === 'none') {
    const change = Number((added * 100).toFixed(1))
    const amount = change === 0 ? 'no more accurate' : `${points} ${change > 0 ? 'more' : 'less'} accurate`
    const doubt = change > 0 ? ', which may be chance' : ''
    const already = layer > 0 && embedding ? ' Layer 0 does add to the word type.' : ''
    return (
      `No signal can be claimed at layer ${layer}: beside ${baseline} it makes the probe ` +
      `${amount}${doubt}.${already}`
    )
  }
  const at = layer === 0 ? 'layer 0, the embedding output' : `layer ${layer}`
  const trained =
    twin === true
      ? ' It also beats the untrained twin.'
      : twin === false
        ? ' The untrained twin is as accurate, so the architecture alone may explain it.'
        : twinMissing
          ? ' The untrained twin has not been probed, so the architecture alone may explain it.'
          : ''
  return `Signal at ${at}: beside ${baseline} it makes the probe ${points} more accurate.${trained}`
}
