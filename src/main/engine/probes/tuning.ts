import type { JobHandle } from '@shared/jobs'
import type { ProbeMethodOptions } from '@shared/probeMethods'
import { meanOf } from '@shared/spread'
import { settingsToTry, settingText, withSetting, type Tuning, type TuneRequest } from '@shared/tuning'
import { UserError } from '@shared/userError'
import { partOfJob } from '../jobs/partOfJob'
import { assignFolds } from './folds'
import { labelledItems, runProbe, type ProbeItems, type ProbeRunInput } from './probeRunner'
import { holdOut } from './solvers/minibatches'

/** Of the training sentences, what settings are compared on where there are no folds. */
export const heldOutShare = 0.1

/** Inner folds of a cross-validation, where none are requested. */
export const usualInnerFolds = 5

/** What is tuned, and on what. */
interface TuningPlan {
  tune: TuneRequest
  /** Folds that each item of the training part is scored in once; a tenth of its sentences is held out without. */
  folds?: number
}

/** Items of a part to learn, and others of it to be scored on, as places among all of them. */
interface Division {
  learnt: Int32Array
  scored: Int32Array
}

/**
 * Options of a probe, chosen without a look at the test part: for every setting a probe of every layer learns some of
 * the training items and is scored on the rest, and the setting with the highest mean over the layers is taken, the
 * first of equal ones. One setting for all layers, so that they stay comparable. Over folds, a setting's accuracy is
 * the mean of its folds', as in scikit-learn's `GridSearchCV`.
 * @param input of the run that follows, without its test part
 * @returns the probe to run, and how it came about
 * @throws UserError for options that the probe does not have, and where the training part has too few sentences
 */
export async function tuneProbe(
  { train, ...input }: Omit<ProbeRunInput, 'test' | 'options' | 'job'>,
  probe: ProbeMethodOptions,
  { tune, folds }: TuningPlan,
  seed: number,
  job: JobHandle
): Promise<{ probe: ProbeMethodOptions; tuning: Tuning }> {
  const settings = settingsToTry(probe, tune)
  const probes = settings.map((setting) => withSetting(probe, setting))
  const labelled = labelledItems(train)
  const divisions = folds === undefined ? [heldOutOf(train, labelled, seed)] : foldsOf(train, labelled, folds, seed)
  const tried: Tuning['tried'] = []
  for (const [index, setting] of settings.entries()) {
    const scores: number[][] = []
    for (const [fold, { learnt, scored }] of divisions.entries()) {
      const from = index + fold / divisions.length
      const { summary } = await runProbe({
        ...input,
        train: onlyItems(train, learnt),
        test: onlyItems(train, scored),
        options: { probe: probes[index]!, control: false, seed },
        job: partOfJob(
          job,
          from / settings.length,
          (from + 1 / divisions.length) / settings.length,
          `Tuning, ${settingText(probe.kind, setting)}`
        )
      })
      scores.push(summary.layers.map(({ accuracy }) => accuracy))
    }
    tried.push({ setting, accuracy: input.layers.map((_, layer) => meanOf(scores.map((fold) => fold[layer]!))) })
  }
  const chosen = tried.reduce((best, next) => (meanOf(next.accuracy) > meanOf(best.accuracy) ? next : best)).setting
  const scored = divisions.flatMap((division) => [...division.scored])
  return {
    probe: withSetting(probe, chosen),
    tuning: {
      heldOutSentences: new Set(scored.map((item) => train.sentences[item]!)).size,
      heldOutItems: scored.length,
      ...(folds === undefined ? {} : { folds }),
      tried,
      chosen
    }
  }
}

function heldOutOf(train: ProbeItems, labelled: Int32Array, seed: number): Division {
  const { train: learnt, heldOut } = holdOut(
    labelled.map((item) => train.sentences[item]!),
    heldOutShare,
    seed
  )
  if (heldOut.length === 0)
    throw new UserError(
      'Options are tuned on sentences that are held out of training, and there is only one. Train on more ' +
        'sentences, or give them one value.'
    )
  return { learnt: learnt.map((place) => labelled[place]!), scored: heldOut.map((place) => labelled[place]!) }
}

/** Every fold of some items, with the others to learn from. */
export function foldsOf(train: ProbeItems, labelled: Int32Array, folds: number, seed: number): Division[] {
  const clusters = train.clusters?.of ?? train.sentences
  const fold = assignFolds(
    labelled.map((item) => clusters[item]!),
    folds,
    seed
  )
  return Array.from({ length: folds }, (_, scored) => ({
    learnt: labelled.filter((_, place) => fold[place] !== scored),
    scored: labelled.filter((_, place) => fold[place] === scored)
  }))
}

/** A part with the labels of some items alone. */
export function onlyItems(part: ProbeItems, items: Int32Array): ProbeItems {
  const classes = new Int32Array(part.classes.length).fill(-1)
  for (const item of items) classes[item] = part.classes[item]!
  return { ...part, classes }
}
