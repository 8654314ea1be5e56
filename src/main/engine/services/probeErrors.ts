import type { ProbeErrorRow, ProbeResult } from '@shared/probe'
import { UserError } from '@shared/userError'
import type { DatasetStore } from '../datasets/datasetStore'

/** Words shown on either side of a wrong one. */
const reach = 8

interface ErrorQuery {
  gold: string | null
  predicted: string | null
  offset: number
  limit: number
}

/**
 * A page of the words one layer's probe got wrong, the most confident mistakes first.
 * @param tensor `gold` [items], `predictions` and `probability` [layers, items]; items are the test split's words or sentences
 */
export function findErrors(result: ProbeResult, layerIndex: number, tensor: (name: string) => Float32Array, datasets: DatasetStore, query: ErrorQuery): { total: number; rows: ProbeErrorRow[] } {
  const gold = tensor('gold')
  const items = gold.length
  const predictions = tensor('predictions').subarray(layerIndex * items, (layerIndex + 1) * items)
  const probability = tensor('probability').subarray(layerIndex * items, (layerIndex + 1) * items)
  const wantedGold = classIndex(result, query.gold)
  const wantedPredicted = classIndex(result, query.predicted)
  const wrong: number[] = []
  for (let i = 0; i < items; i++) {
    if (gold[i]! < 0) continue
    // With a cell of the confusion matrix chosen, its diagonal may be asked for as well.
    if (wantedGold !== null && wantedPredicted !== null ? false : gold[i] === predictions[i]) continue
    if (wantedGold !== null && gold[i] !== wantedGold) continue
    if (wantedPredicted !== null && predictions[i] !== wantedPredicted) continue
    wrong.push(i)
  }
  wrong.sort((a, b) => probability[b]! - probability[a]! || a - b)
  const page = wrong.slice(query.offset, query.offset + query.limit)
  const place = placeOf(result, datasets)
  const rows = page.map((item) => ({
    ...place(item),
    split: result.dataset.testSplit,
    gold: result.classes[gold[item]!]!,
    predicted: result.classes[predictions[item]!]!,
    probability: probability[item]!
  }))
  return { total: wrong.length, rows }
}

function classIndex(result: ProbeResult, label: string | null): number | null {
  if (label === null) return null
  const index = result.classes.indexOf(label)
  if (index < 0) throw new UserError(`'${label}' is not a class of this run.`)
  return index
}

/** Where an item stands and what is around it. */
function placeOf(result: ProbeResult, datasets: DatasetStore): (item: number) => Pick<ProbeErrorRow, 'sentence' | 'position' | 'form' | 'left' | 'right'> {
  const { id, testSplit } = result.dataset
  if (result.task.unit === 'sentence') {
    return (item) => ({ sentence: item, position: 0, form: datasets.sentenceWords(id, testSplit, item).join(' '), left: '', right: '' })
  }
  const { sentence, position } = datasets.words(id, testSplit)
  return (item) => {
    const words = datasets.sentenceWords(id, testSplit, sentence[item]!)
    const at = position[item]!
    return {
      sentence: sentence[item]!,
      position: at,
      form: words[at]!,
      left: words.slice(Math.max(0, at - reach), at).join(' '),
      right: words.slice(at + 1, at + 1 + reach).join(' ')
    }
  }
}
