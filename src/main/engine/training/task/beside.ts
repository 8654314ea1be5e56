import { seededRandom, shuffle } from '@shared/random'
import { epochBatches } from './batches'
import { besideObjective, languageObjective, type FinetuneInput } from './input'
import { drawnSource, examplesSource, type Source } from './sources'
import type { Epochs, MadeBatches, Update } from './stages'

/** Of the exponent by which sizes count in an annealed draw: in the first epoch and in the last. */
const [firstExponent, lastExponent] = [1, 0.2]

/** How much of its weight an annealed loss has left after the last update: exp(-3). */
const annealedBy = 3

function sourceOf({ settings, languageModel, beside }: FinetuneInput): Source {
  if (settings.beside.kind === 'language model') return drawnSource(languageObjective, languageModel!, true)
  return beside && 'train' in beside
    ? examplesSource(besideObjective, beside.train, beside.perToken)
    : drawnSource(besideObjective, beside!, false)
}

/**
 * Adds to the updates of a stage what is trained beside the task: a further part of each update, its weight perhaps
 * falling exponentially (Chronopoulou et al. 2019, section 3.2); or updates of its own between them (Liu et al. 2019),
 * as many as its share of all sentences, of their square roots, or of a power that falls from 1 to 0.2 with the epochs
 * (Stickland & Murray 2019, section 3.3).
 * @param epochs updates of the task
 */
export function withBeside(input: FinetuneInput, epochs: Epochs, batches: MadeBatches, stage: number): Epochs {
  const { settings, seed, train } = input
  const { beside, batch } = settings
  if (beside.kind === 'nothing') return epochs
  const { objective, lengths, make } = sourceOf(input)
  const waiting: number[] = []
  let passes = 0
  /** The next batch, in passes over all of them in a new order each. */
  const next = (): number => {
    if (waiting.length === 0) {
      const pass = passes++
      waiting.push(
        ...epochBatches(lengths, batch, seed + 104_729 * (stage + 1) + 7919 * pass).map((some) =>
          batches.add(() => make(some, pass))
        )
      )
    }
    return waiting.shift()!
  }
  const total = epochs.reduce((sum, updates) => sum + updates.length, 0)
  const annealed = 'annealed' in beside && beside.annealed
  const weightOf = (update: number): number => beside.weight * (annealed ? Math.exp((-annealedBy * update) / total) : 1)
  const sampling = beside.kind === 'task' ? beside.sampling : 'beside'
  let update = 0
  return epochs.map((updates, epoch) => {
    if (sampling === 'beside')
      return updates.map((parts) => [...parts, { objective, batch: next(), weight: weightOf(update++) }])
    const exponent = { proportional: 1, sqrt: 0.5, annealed: exponentOf(epoch, epochs.length) }[sampling]
    const further = Math.max(1, Math.round(updates.length * (lengths.length / train.length) ** exponent))
    const mixed: Update[] = [
      ...updates,
      ...Array.from({ length: further }, () => [{ objective, batch: next(), weight: beside.weight }])
    ]
    shuffle(mixed, seededRandom(seed + 15_485_863 + 31 * stage + epoch))
    return mixed
  })
}

function exponentOf(epoch: number, epochs: number): number {
  return epochs === 1 ? firstExponent : firstExponent + ((lastExponent - firstExponent) * epoch) / (epochs - 1)
}
