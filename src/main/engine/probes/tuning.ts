import type { JobHandle } from '@shared/jobs'
import type { Tuning } from '@shared/probe'
import { probeKinds, type OptionsOf, type ProbeMethodOptions } from '@shared/probeMethods'
import { meanOf } from '@shared/spread'
import { UserError } from '@shared/userError'
import { partOfJob } from '../jobs/partOfJob'
import { holdOut } from './solvers/minibatches'
import { runProbe, type ProbeRunInput } from './probeRunner'

/** Of the training sentences, what the values are compared on. */
export const heldOutShare = 0.1

/**
 * The strength of a linear probe's penalty, chosen without a look at the test part: for every value a probe of every
 * layer learns nine tenths of the training sentences and is scored on the rest, and the value with the highest mean
 * over the layers is taken, the smaller (stronger penalty) of two that are equal. One value for all layers, so that
 * they stay comparable.
 * @param input of the run that follows, without its test part
 * @returns the probe to run, and how it came about
 * @throws UserError for a probe without C, and where the training part has a single sentence
 */
export async function tuneRegularisation(
  { train, ...input }: Omit<ProbeRunInput, 'test' | 'options' | 'method'>,
  probe: ProbeMethodOptions,
  values: readonly number[],
  seed: number,
  job: JobHandle
): Promise<{ probe: OptionsOf<'linear'>; tuning: Tuning }> {
  if (probe.kind !== 'linear')
    throw new UserError(
      'Only the C of the linear probe is tuned, and this one is of the kind ' +
        `'${probeKinds[probe.kind].title}': leave tuning out.`
    )
  const labelled = Int32Array.from(train.classes.keys()).filter((item) => train.classes[item]! >= 0)
  const { train: learnt, heldOut } = holdOut(
    labelled.map((item) => train.sentences[item]!),
    heldOutShare,
    seed
  )
  if (heldOut.length === 0)
    throw new UserError(
      'C is tuned on sentences that are held out of training, and there is only one. Train on more ' +
        'sentences, or give C one value.'
    )
  const only = (places: Int32Array): Int32Array => {
    const classes = new Int32Array(train.classes.length).fill(-1)
    for (const place of places) classes[labelled[place]!] = train.classes[labelled[place]!]!
    return classes
  }
  const parts = { train: { ...train, classes: only(learnt) }, test: { ...train, classes: only(heldOut) } }
  const ascending = [...new Set(values)].sort((a, b) => a - b)
  const tried: Tuning['tried'] = []
  for (const [index, value] of ascending.entries()) {
    const one = { ...probe, inverseRegularisation: value }
    const { summary } = await runProbe({
      ...input,
      ...parts,
      options: { probe: one, control: false, seed },
      job: partOfJob(job, index / ascending.length, (index + 1) / ascending.length, `Tuning, C = ${value}`)
    })
    tried.push({ value, accuracy: summary.layers.map(({ accuracy }) => accuracy) })
  }
  const chosen = tried.reduce((best, one) => (meanOf(one.accuracy) > meanOf(best.accuracy) ? one : best)).value
  const heldOutSentences = new Set(heldOut.map((place) => train.sentences[labelled[place]!]!)).size
  return {
    probe: { ...probe, inverseRegularisation: chosen },
    tuning: { option: 'inverseRegularisation', heldOutSentences, heldOutItems: heldOut.length, tried, chosen }
  }
}
