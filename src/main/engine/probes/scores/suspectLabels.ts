import { suspectLayers, suspectProbability, type SuspectLabel } from '@shared/dataCheck'
import type { ProbeResult } from '@shared/probe'

type Place = Pick<SuspectLabel, 'sentence' | 'position' | 'form' | 'left' | 'right'>

/**
 * Test items whose label is doubtful: several layers give the same other answer, each with a probability of at least
 * 0.9. Most layers first, then the surest.
 * @param tensor `gold` [items], `predictions` and `probability` [layers, items]
 */
export function suspectLabels(
  result: Pick<ProbeResult, 'layers' | 'classes' | 'dataset'>,
  tensor: (name: string) => ArrayLike<number>,
  placeOf: (item: number) => Place
): SuspectLabel[] {
  const [gold, predictions, probability] = [tensor('gold'), tensor('predictions'), tensor('probability')]
  const found: { item: number; answer: number; layers: number[]; probability: number }[] = []
  for (let item = 0; item < gold.length; item++) {
    if (gold[item]! < 0) continue
    const votes = new Map<number, { layers: number[]; sum: number }>()
    result.layers.forEach(({ layer }, index) => {
      const at = index * gold.length + item
      const answer = predictions[at]!
      if (answer === gold[item] || probability[at]! < suspectProbability) return
      const vote = votes.get(answer) ?? { layers: [], sum: 0 }
      vote.layers.push(layer)
      vote.sum += probability[at]!
      votes.set(answer, vote)
    })
    for (const [answer, { layers, sum }] of votes)
      if (layers.length >= suspectLayers) found.push({ item, answer, layers, probability: sum / layers.length })
  }
  found.sort((a, b) => b.layers.length - a.layers.length || b.probability - a.probability || a.item - b.item)
  return found.map(({ item, answer, layers, probability: mean }) => ({
    ...placeOf(item),
    split: result.dataset.testSplit,
    gold: result.classes[gold[item]!]!,
    predicted: result.classes[answer]!,
    layers,
    probability: mean
  }))
}
