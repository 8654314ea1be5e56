import { leaks } from '@shared/dataCheck'
import type { ProbeResult } from '@shared/probe'
import { isOfSingleLayers, placeText } from '@shared/probeSetUp'

/** What the test part shares with the training part, and what that does to the best layer, as lines of text. */
export function dataCheckLines({
  dataCheck,
  layers,
  options
}: Pick<ProbeResult, 'dataCheck' | 'layers' | 'options'>): string[] {
  if (!dataCheck || !leaks(dataCheck)) return []
  const { exact, folded, documents, testItems } = dataCheck
  const lines: string[] = []
  if (folded.sentences > 0) {
    const best = layers.reduce((a, b) => (b.accuracy > a.accuracy ? b : a))
    const share = testItems > 0 ? `, ${((folded.items / testItems) * 100).toFixed(1)} % of the test items` : ''
    const without = best.unseen
      ? `; without them ${(best.unseen.accuracy * 100).toFixed(2)} instead of ${(best.accuracy * 100).toFixed(2)} ` +
        placeText(isOfSingleLayers(options), best.layer)
      : ''
    lines.push(
      `data check: ${folded.sentences.toLocaleString('en')} test sentences also occur in training ` +
        `(${exact.sentences.toLocaleString('en')} of them word for word)${share}${without}`
    )
  }
  if (documents && documents.inBoth > 0)
    lines.push(
      `data check: ${documents.inBoth} of ${documents.test} test documents also occur in training, with ` +
        `${documents.testSentences.toLocaleString('en')} test sentences`
    )
  return lines
}
