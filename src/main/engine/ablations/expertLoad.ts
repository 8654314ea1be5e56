import { parseHookName, type HookName } from '@shared/hookNames'
import type { LayerLoad } from '@shared/expertLoad'
import type { JobHandle } from '@shared/jobs'
import { seededRandom, shuffle } from '@shared/random'
import { UserError } from '@shared/userError'
import { joinWindows, tokenBudget } from '../activations/extract'
import { batchesOf, type Window } from '../activations/windows'
import type { LoadedModel } from '../models/model'
import { Hooks, type Hook } from '../models/transformer/hooks'

/** The experts that words go through in one layer: word, expert and how much it counts for the word, side by side. */
interface Uses {
  site: string
  layer: number
  experts: number
  words: number[]
  chosen: number[]
  counts: number[]
}

/** Labels are shuffled between words so many times: of a class without a preference, 1 in 21 has a cell beyond all. */
export const loadShuffles = 20

/**
 * Runs a model over windows and adds up which experts the labelled words go through.
 * @param classOf the class of a sentence's word; -1: it has none
 * @returns words of each class, and the load of every layer that has a router
 * @throws UserError for a model without routers, and for words without labels
 */
export async function expertLoad(
  model: LoadedModel,
  windows: readonly Window[],
  classOf: (sentence: number, word: number) => number,
  { classes, seed }: { classes: number; seed: number },
  job: JobHandle
): Promise<{ words: number[]; layers: LayerLoad[] }> {
  const routers = model.info.values.filter(({ kind }) => kind === 'router')
  if (routers.length === 0)
    throw new UserError(`${model.info.name} has no experts; open a mixture of experts, such as Mixtral.`)
  const classOfWord: number[] = []
  const uses = routers.map(({ name, layer, shape }): Uses => ({
    site: parseHookName(name)!.site,
    layer,
    experts: Number(shape.at(-1)),
    words: [],
    chosen: [],
    counts: []
  }))
  const batches = batchesOf(windows, tokenBudget())
  for (const [i, batch] of batches.entries()) {
    job.progress(i, batches.length, 'Running the model')
    await job.yield()
    const words = labelledWords(batch, classOf, classOfWord)
    const hooks = routers.map(({ name }, r): [HookName, Hook] => [
      name as HookName,
      (value) => {
        addUses(uses[r]!, value.dataSync<'float32'>(), words)
        return value
      }
    ])
    model.run(joinWindows(batch), { hiddenStates: false, attentions: false }, { hooks: new Hooks(hooks) })
  }
  if (classOfWord.length === 0) throw new UserError('No word of this text has the label; choose another label or text.')
  const random = seededRandom(seed)
  const shuffled = Array.from({ length: loadShuffles }, () => {
    const labels = [...classOfWord]
    shuffle(labels, random)
    return labels
  })
  const words = new Array<number>(classes).fill(0)
  for (const label of classOfWord) words[label]!++
  return { words, layers: uses.map((ofLayer) => loadOf(ofLayer, classOfWord, shuffled, words)) }
}

/**
 * The labelled words of a batch, by token: a number for the word, counted over all batches, and the tokens it has;
 * word -1 is none.
 */
function labelledWords(
  batch: readonly Window[],
  classOf: (sentence: number, word: number) => number,
  classOfWord: number[]
): { word: Int32Array; tokens: Int32Array } {
  const rows = batch.reduce((sum, { ids }) => sum + ids.length, 0)
  const word = new Int32Array(rows).fill(-1)
  const tokens = new Int32Array(rows)
  let row = 0
  for (const { sentence, ids, wordOfToken, from, to } of batch) {
    const numbers = new Map<number, number>()
    const tokensOf = new Map<number, number>()
    for (const w of wordOfToken) tokensOf.set(w, (tokensOf.get(w) ?? 0) + 1)
    for (let t = 0; t < ids.length; t++, row++) {
      const w = wordOfToken[t]!
      if (w < from || w >= to) continue
      const label = classOf(sentence, w)
      if (label < 0) continue
      if (!numbers.has(w)) numbers.set(w, classOfWord.push(label) - 1)
      word[row] = numbers.get(w)!
      tokens[row] = tokensOf.get(w)!
    }
  }
  return { word, tokens }
}

function addUses(uses: Uses, weights: Float32Array, { word, tokens }: { word: Int32Array; tokens: Int32Array }): void {
  const { experts } = uses
  for (let row = 0; row < word.length; row++) {
    if (word[row] === -1) continue
    const chosen: number[] = []
    for (let e = 0; e < experts; e++) if (weights[row * experts + e] !== 0) chosen.push(e)
    for (const expert of chosen) {
      uses.words.push(word[row]!)
      uses.chosen.push(expert)
      uses.counts.push(1 / (chosen.length * tokens[row]!))
    }
  }
}

function loadOf(uses: Uses, classOfWord: readonly number[], shuffled: readonly number[][], words: number[]): LayerLoad {
  const { site, layer, experts } = uses
  const table = (labels: readonly number[]): Float64Array => {
    const sums = new Float64Array(words.length * experts)
    uses.words.forEach((word, i) => (sums[labels[word]! * experts + uses.chosen[i]!]! += uses.counts[i]!))
    return sums
  }
  const sums = table(classOfWord)
  const total = sums.reduce((sum, value) => sum + value, 0)
  const expected = Array.from({ length: experts }, (_, e) =>
    words.reduce((sum, _count, c) => sum + sums[c * experts + e]! / total, 0)
  )
  const sharesOf = (counts: Float64Array): number[][] =>
    words.map((_, c) => {
      const row = counts.subarray(c * experts, (c + 1) * experts)
      const all = row.reduce((sum, value) => sum + value, 0)
      return Array.from(row, (value) => (all === 0 ? 0 : value / all))
    })
  const chance = shuffled.map(table)
  const tables = chance.map(sharesOf)
  const farthest = words.map((_, c) =>
    Math.max(...tables.flatMap((shares) => shares[c]!.map((share, e) => Math.abs(share - expected[e]!))))
  )
  return {
    site,
    layer,
    experts,
    shares: sharesOf(sums),
    expected,
    farthestByChance: farthest,
    information: information(sums, experts),
    informationByChance: chance.reduce((sum, counts) => sum + information(counts, experts), 0) / chance.length
  }
}

/** Mutual information in bits of the rows and columns of a table of counts. */
function information(counts: Float64Array, columns: number): number {
  const rows = counts.length / columns
  const total = counts.reduce((sum, value) => sum + value, 0)
  const ofRow = new Float64Array(rows)
  const ofColumn = new Float64Array(columns)
  counts.forEach((value, i) => {
    ofRow[Math.floor(i / columns)]! += value
    ofColumn[i % columns]! += value
  })
  return counts.reduce(
    (sum, value, i) =>
      value === 0
        ? sum
        : sum +
          (value / total) * Math.log2((value * total) / (ofRow[Math.floor(i / columns)]! * ofColumn[i % columns]!)),
    0
  )
}
