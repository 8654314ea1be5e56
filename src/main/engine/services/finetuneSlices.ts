import type { FinetuneOptions } from '@shared/finetuneRequests'
import { classSlice, sliceTitles, type SliceId, type SliceScore } from '@shared/finetuneSlices'
import type { JobHandle } from '@shared/jobs'
import { correctedTogether, type PairedTest } from '@shared/pairedTest'
import { UserError } from '@shared/userError'
import type { LoadedModel } from '../models/model'
import { pairedTests } from '../probes/scores/pairedTests'
import { baseAnswers } from '../training/task/baseAnswers'
import { labelsTokens } from '../training/task/examples'
import type { FinetuneSettings } from '../training/task/settings'
import { sliceBounds, slicesOfItems, weightedExamples, type SliceBounds, type Slices } from '../training/task/slices'
import type { FinetuneData } from './finetuneData'

/** Slices of classes with fewer test items are left out, as are classes beyond the most frequent ones. */
const [fewestItems, mostClasses] = [10, 30]

/**
 * Divides training and test items into slices; the base is a linear classifier on the unchanged model.
 * @throws UserError for the weight of a class that the task does not have
 */
export async function slicesOf(
  model: LoadedModel,
  { task, train, test, wordsOf }: FinetuneData,
  { weights: wanted }: NonNullable<FinetuneOptions['slices']>,
  { pooling, seed }: FinetuneSettings,
  job: JobHandle
): Promise<Slices> {
  const { classes } = task
  const unknown = wanted.find(
    ({ slice }) => slice.startsWith(classSlice) && !classes.includes(slice.slice(classSlice.length))
  )
  if (unknown)
    throw new UserError(
      `'${task.title}' has no class '${unknown.slice.slice(classSlice.length)}' to weigh; it has ` +
        `${classes.slice(0, 10).join(', ')}${classes.length > 10 ? ', …' : ''}.`
    )
  const weights = new Map(wanted.map(({ slice, weight }) => [slice, weight]))
  const perToken = labelsTokens(task)
  const base = await baseAnswers(model, { train, test }, { perToken, pooling, seed }, job)
  const bounds = sliceBounds({ examples: train, wordsOf: wordsOf.train })
  const ofTrain = slicesOfItems({ examples: train, wordsOf: wordsOf.train }, bounds, classes, base.train)
  const ofTest = slicesOfItems({ examples: test, wordsOf: wordsOf.test }, bounds, classes, base.test)
  const gold = test.flatMap(({ labels }) => labels.filter((label) => label >= 0))
  return {
    train: weights.size > 0 ? weightedExamples(train, ofTrain, weights) : train,
    async scores(predicted, clusters, within) {
      const right = (answers: ArrayLike<number>, item: number): number => (answers[item] === gold[item] ? 1 : 0)
      const found: Omit<SliceScore, 'test'>[] = []
      const tests: (PairedTest | null)[] = []
      for (const id of listed(ofTest, classes)) {
        const items = ofTest.flatMap((slices, item) => (slices.includes(id) ? [item] : []))
        const share = (answers: ArrayLike<number>): number =>
          items.reduce((sum, item) => sum + right(answers, item), 0) / items.length
        found.push({
          id,
          title: titleOf(id, bounds),
          items: items.length,
          trainItems: ofTrain.filter((slices) => slices.includes(id)).length,
          weight: weights.get(id) ?? 1,
          base: share(base.test),
          adapted: share(predicted)
        })
        const ahead = Int8Array.from(items, (item) => right(predicted, item) - right(base.test, item))
        const isChosen = id === 'wrong' || id === 'right'
        const [tested] = isChosen
          ? []
          : await pairedTests(
              Int32Array.from(items, (item) => clusters[item]!),
              [ahead],
              seed,
              within
            )
        tests.push(tested ?? null)
      }
      const corrected = correctedTogether(tests.filter((one) => one !== null))
      return found.map((score, i) => ({ ...score, test: tests[i] ? corrected.shift()! : null }))
    }
  }
}

/** Slices with items, in the order of their titles; of classes the most frequent ones. */
function listed(slices: readonly (readonly string[])[], classes: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const id of slices.flat()) counts.set(id, (counts.get(id) ?? 0) + 1)
  const ofClasses = classes
    .map((name) => `${classSlice}${name}`)
    .filter((id) => (counts.get(id) ?? 0) >= fewestItems)
    .sort((a, b) => counts.get(b)! - counts.get(a)!)
    .slice(0, mostClasses)
  return [...Object.keys(sliceTitles).filter((id) => counts.has(id)), ...ofClasses]
}

function titleOf(id: string, { lengths: [short, middle] }: SliceBounds): string {
  if (id.startsWith(classSlice)) return id.slice(classSlice.length)
  const tokens = { short: ` (up to ${short} tokens)`, middle: ` (up to ${middle} tokens)`, long: ` (over ${middle})` }
  return `${sliceTitles[id as SliceId]}${tokens[id as keyof typeof tokens] ?? ''}`
}
