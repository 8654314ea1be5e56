import { leaks } from '@shared/dataCheck'
import type { ProbeResult } from '@shared/probe'
import { formatCount, percent } from '@/plots/format'

type Checked = Pick<ProbeResult, 'dataCheck' | 'dataset' | 'layers'>

/** What a reader of the accuracy has to know of the data, in one line. */
export function dataCheckHeadline({ dataCheck, dataset, layers }: Checked): string {
  if (!dataCheck) return ''
  if (!leaks(dataCheck))
    return `${dataset.trainSplit} and ${dataset.testSplit} share no sentence${dataCheck.documents ? ' and no document' : ''}.`
  const { folded, documents } = dataCheck
  const parts: string[] = []
  if (folded.sentences > 0) {
    const best = bestOf(layers)
    parts.push(
      `${counted(folded.sentences, 'test sentence')} also ${folded.sentences === 1 ? 'stands' : 'stand'} in ${dataset.trainSplit}${best?.unseen ? `; without ${folded.sentences === 1 ? 'it' : 'them'} ${percent(best.unseen.accuracy)} instead of ${percent(best.accuracy)}` : ''}.`
    )
  }
  if (documents && documents.inBoth > 0)
    parts.push(`${counted(documents.inBoth, 'document')} ${documents.inBoth === 1 ? 'lies' : 'lie'} in both parts.`)
  return parts.join(' ')
}

/** The whole of it, a sentence each. */
export function dataCheckSentences({ dataCheck, dataset, layers }: Checked): string[] {
  if (!dataCheck) return []
  const { exact, folded, documents, trainSentences, testSentences, testItems } = dataCheck
  const best = bestOf(layers)
  const share =
    testItems > 0 && folded.sentences > 0 ? `, with ${percent(folded.items / testItems)} of the test items` : ''
  return [
    `${counted(trainSentences, 'sentence')} of ${dataset.trainSplit} and ${counted(testSentences, 'sentence')} of ${dataset.testSplit} were used.`,
    `Of the test sentences ${formatCount(exact.sentences)} stand in ${dataset.trainSplit} word for word, ${formatCount(folded.sentences)} case and punctuation apart${share}.`,
    ...(best?.unseen
      ? [
          `Layer ${best.layer}, the best one, has ${percent(best.accuracy)} right of all items, and ${percent(best.unseen.accuracy)} of the ${formatCount(best.unseen.items)} in other sentences.`
        ]
      : []),
    documents
      ? `Of ${counted(documents.test, 'test document')} ${formatCount(documents.inBoth)} lie in ${dataset.trainSplit} as well${documents.inBoth > 0 ? ` (${documents.examples.join(', ')}${documents.inBoth > documents.examples.length ? ', …' : ''})` : ''}.`
      : 'The data names no documents.'
  ]
}

function bestOf(layers: ProbeResult['layers']): ProbeResult['layers'][number] | null {
  return layers.reduce<ProbeResult['layers'][number] | null>(
    (best, layer) => (best === null || layer.accuracy > best.accuracy ? layer : best),
    null
  )
}

function counted(amount: number, noun: string): string {
  return `${formatCount(amount)} ${noun}${amount === 1 ? '' : 's'}`
}
