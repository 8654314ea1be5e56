import type { ProbeErrorRow, ProbeResult } from '@shared/probe'
import { drawnSplit } from '@shared/drawing'
import { UserError } from '@shared/userError'
import type { DatasetStore } from '../datasets/datasetStore'
import { findTask } from './tasks'
import type { TaskTexts } from './taskTexts'

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
 * @param tensor `gold` [items], `predictions` and `probability` [layers, items]; items are those of the task in the
 * test split
 */
export function findErrors(
  result: ProbeResult,
  layerIndex: number,
  tensor: (name: string) => Float32Array,
  datasets: DatasetStore,
  texts: TaskTexts,
  query: ErrorQuery
): { total: number; rows: ProbeErrorRow[] } {
  const gold = tensor('gold')
  const items = gold.length
  const predictions = tensor('predictions').subarray(layerIndex * items, (layerIndex + 1) * items)
  const probability = tensor('probability').subarray(layerIndex * items, (layerIndex + 1) * items)
  const wantedGold = classIndex(result, query.gold)
  const wantedPredicted = classIndex(result, query.predicted)
  const wrong: number[] = []
  for (let i = 0; i < items; i++) {
    if (gold[i]! < 0) continue
    // With a cell of the confusion matrix chosen, its diagonal may be requested as well.
    if (wantedGold !== null && wantedPredicted !== null ? false : gold[i] === predictions[i]) continue
    if (wantedGold !== null && gold[i] !== wantedGold) continue
    if (wantedPredicted !== null && predictions[i] !== wantedPredicted) continue
    wrong.push(i)
  }
  wrong.sort((a, b) => probability[b]! - probability[a]! || a - b)
  const page = wrong.slice(query.offset, query.offset + query.limit)
  const place = placeOf(result, datasets, texts)
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

/** A run of any kind, as far as its test items follow from it. */
interface TestedItems {
  dataset: Pick<ProbeResult['dataset'], 'id' | 'testSplit'>
  task: Pick<ProbeResult['task'], 'id'>
  options: Pick<ProbeResult['options'], 'seed' | 'maxTestWords' | 'draw'>
}

/** The split that the items of a run are numbered in: its test split, or what was drawn of it. */
export function testedSplit({ dataset, options }: Pick<TestedItems, 'dataset' | 'options'>): string {
  return drawnSplit({ split: dataset.testSplit, maxWords: options.maxTestWords, draw: options.draw }).split
}

/** An item's position in the test split, its text, and its context. */
export function placeOf(
  result: TestedItems,
  datasets: DatasetStore,
  texts: TaskTexts
): (item: number) => Pick<ProbeErrorRow, 'sentence' | 'position' | 'form' | 'left' | 'right'> {
  const { id } = result.dataset
  const testSplit = testedSplit(result)
  const dataset = datasets.get(id)
  const task = findTask(dataset, result.task.id)
  const { first, end, second } = task.items(testSplit, result.options.seed)
  const { sentence, starts } = datasets.words(id, testSplit)
  const text = texts.find(id, texts.splitOf(task, testSplit, result.options.seed)) ?? datasets.text(id, testSplit)
  return (item) => {
    const at = sentence[first[item]!]!
    const words = text.sentences[at]!
    const start = starts[at]!
    const form = (from: number, to: number): string => words.slice(from - start, to - start).join(' ')
    const [from, to] = [first[item]!, end[item]!]
    const place = dataset.sentenceInSplit(testSplit, at)
    if (task.unit === 'sentence') return { sentence: place, position: 0, form: form(from, to), left: '', right: '' }
    const around = (left: number, right: number, shown: string) => ({
      sentence: place,
      position: from - start,
      form: shown,
      left: words.slice(Math.max(0, left - start - reach), left - start).join(' '),
      right: words.slice(right - start, right - start + reach).join(' ')
    })
    if (!second) return around(from, to, form(from, to))
    const [otherFrom, otherTo] = [second.first[item]!, second.end[item]!]
    const other = sentence[otherFrom]!
    if (other !== at)
      return around(
        from,
        to,
        `${form(from, to)} / ` +
          `${text.sentences[other]!.slice(otherFrom - starts[other]!, otherTo - starts[other]!).join(' ')}`
      )
    return around(Math.min(from, otherFrom), Math.max(to, otherTo), `${form(from, to)} → ${form(otherFrom, otherTo)}`)
  }
}
