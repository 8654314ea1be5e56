import { isAbove, type PairedTest } from './pairedTest'

/** The controls that a layer's accuracy is compared with, in the order in which they are named. */
export const controlNames = ['majority', 'memoriser', 'controlTask', 'twin', 'embedding'] as const
export type ControlName = (typeof controlNames)[number]

/** Names of controls in sentences: 'it does not beat ...'. */
export const controlTitles: Readonly<Record<ControlName, string>> = {
  majority: 'the majority class',
  memoriser: 'the memoriser',
  controlTask: 'its control task',
  twin: 'the untrained twin',
  embedding: 'layer 0'
}

/** Accuracy of one layer minus that of one of its controls; of `controlTask`: its selectivity. */
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
  /** Random sign changes and resamples drawn, and the seed of the draws. */
  permutations: number
  resamples: number
  seed: number
}

/**
 * What may be claimed of a layer. `signal`: it beats every control but layer 0; `contextual`: layer 0 as well, so that
 * the layers above the embeddings added it. Both only where no control is missing.
 */
export interface Signal {
  layer: number
  claim: 'none' | 'signal' | 'contextual'
  beaten: ControlName[]
  notBeaten: ControlName[]
  /** Controls without which nothing is claimed; without layer 0, only nothing beyond it. */
  missing: ControlName[]
}

/**
 * The one rule by which signal is claimed, in the window and on the command line: significantly above each control
 * after Holm's correction.
 */
export function signalOf({ controls, missing }: Pick<ProbeTests, 'controls' | 'missing'>, layer: number): Signal {
  const mine = controls.filter((test) => test.layer === layer)
  const beaten = mine.filter(isAbove).map(({ control }) => control)
  const notBeaten = mine.filter((test) => !isAbove(test)).map(({ control }) => control)
  const lacking = missing.filter((control) => control !== 'embedding')
  const holds = lacking.length === 0 && notBeaten.every((control) => control === 'embedding')
  const contextual = holds && beaten.includes('embedding')
  return { layer, claim: contextual ? 'contextual' : holds ? 'signal' : 'none', beaten, notBeaten, missing: lacking }
}

const missingSentences: Readonly<Partial<Record<ControlName, string>>> = {
  memoriser: 'the run predates stored memoriser answers and has to be run again',
  controlTask: 'it was run without a control task',
  twin: 'the untrained twin has not been probed'
}

/** The claim, or the reason why none can be made, as one sentence. */
export function signalSentence({ layer, claim, beaten, notBeaten, missing }: Signal): string {
  if (notBeaten.some((control) => control !== 'embedding')) {
    return `No signal can be claimed at layer ${layer}: it does not beat ${list(
      notBeaten.map((control) => controlTitles[control]),
      'or'
    )}.`
  }
  if (missing.length > 0)
    return `Signal at layer ${layer} cannot be claimed yet: ${list(
      missing.map((control) => missingSentences[control] ?? `${controlTitles[control]} is missing`),
      'and'
    )}.`
  if (claim === 'contextual')
    return `Signal at layer ${layer}: it beats ${list(
      beaten.map((control) => controlTitles[control]),
      'and'
    )}.`
  if (layer === 0)
    return `Signal at layer 0, the embedding output: it beats ${list(
      beaten.map((control) => controlTitles[control]),
      'and'
    )}.`
  if (!notBeaten.includes('embedding'))
    return `Signal at layer ${layer}; layer 0 was not probed, so the embeddings may already have it.`
  return `Signal at layer ${layer}, though not beyond layer 0: the embeddings already hold what is read there.`
}

function list(parts: readonly string[], word: 'and' | 'or'): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} ${word} ${parts.at(-1)}`
}
