import { leaks } from '@shared/dataCheck'
import type { ProbeResult } from '@shared/probe'
import { isOfSingleLayers } from '@shared/probeSetUp'
import { formatCount, percent } from '@/plots/format'

type Checked = Pick<ProbeResult, 'dataCheck' | 'dataset' | 'layers' | 'options'>

/** What a reader of the accuracy has to know of the data, in one line. */
export function dataCheckHeadline({ dataCheck, dataset, layers }: Checked): string {
  if (!dataCheck) return ''
  if (!leaks(dataCheck))
    return (
      `${dataset.trainSplit} and ${dataset.testSplit} share no ` +
      `sentence${dataCheck.documents ? ' and no document' : ''}.`
    )
  const { folded, documents } = dataCheck
  const parts: string[] = []
  if (folded.sentences > 0) {
    const best = bestOf(layers)
    const them = folded.sentences === 1 ? 'it' : 'them'
    const without = best?.unseen
      ? `; without ${them} ${percent(best.unseen.accuracy)} instead of ${percent(best.accuracy)}`
      : ''
    parts.push(
      `${counted(folded.sentences, 'test sentence')} also ${folded.sentences === 1 ? 'occurs' : 'occur'} ` +
        `in ${dataset.trainSplit}${without}.`
    )
  }
  if (documents && documents.inBoth > 0)
    parts.push(`${counted(documents.inBoth, 'document')} ${documents.inBoth === 1 ? 'is' : 'are'} in both parts.`)
  return parts.join(' ')
}

/** The whole of it, a sentence each. */
export function dataCheckSentences({ dataCheck, dataset, layers, options }: Checked): string[] {
  if (!dataCheck) return []
  const { exact, folded, documents, trainSentences, testSentences, testItems } = dataCheck
  const best = bestOf(layers)
  const share =
    testItems > 0 && folded.sentences > 0 ? `, with ${percent(folded.items / testItems)} of the test items` : ''
  return [
    `${counted(trainSentences, 'sentence')} of ${dataset.trainSplit} and ` +
      `${counted(testSentences, 'sentence')} of ${dataset.testSplit} were used.`,
    `Test sentences also in ${dataset.trainSplit}: ${formatCount(exact.sentences)} verbatim, ` +
      `${formatCount(folded.sentences)} ignoring case and punctuation${share}.`,
    ...(best?.unseen
      ? [
          (isOfSingleLayers(options)
            ? `The best layer, ${best.layer}, `
            : `The best mix, of layers 0 to ${best.layer}, `) +
            `is right on ${percent(best.accuracy)} of all items and on ` +
            `${percent(best.unseen.accuracy)} of the ${formatCount(best.unseen.items)} in other sentences.`
        ]
      : []),
    documents
      ? `Test documents also in ${dataset.trainSplit}: ${formatCount(documents.inBoth)} of ` +
        `${formatCount(documents.test)}${examplesOf(documents)}.`
      : 'The data does not name documents.'
  ]
}

function examplesOf({ inBoth, examples }: { inBoth: number; examples: readonly string[] }): string {
  return inBoth > 0 ? ` (${examples.join(', ')}${inBoth > examples.length ? ', …' : ''})` : ''
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
