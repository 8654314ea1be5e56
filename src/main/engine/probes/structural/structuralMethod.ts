import { networkSeconds } from '../methods/cost'
import { optionsOf, type MethodFacts } from '../methods/method'
import { structuralGoals } from './structural'

/** Words of a sentence, more or less. */
const wordsPerSentence = 15

/** What is known of training the structural probe; `structuralRunner.ts` runs it. */
export const structuralMethod: MethodFacts = {
  kind: 'structural',
  solver: 'structural probe, Adam with early stopping',
  reads: 'layer',
  drawn: true,
  seconds(size, options) {
    const { ranks, ...training } = optionsOf('structural', options)
    return networkSeconds(size, ranks.slice(-1), training, size.trainWords / wordsPerSentence, structuralGoals.length)
  }
}
