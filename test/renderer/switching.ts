import { nextTick } from 'vue'
import type { seededRandom } from '@shared/random'
import { settle } from './engine'
import { datasetInfo } from './fixtures'

/** Two data sets to switch between. */
export const switchedData = ['data-a', 'data-b'].map((id) => datasetInfo({ id, name: id }))

/** Answers under way, in the order they were asked for. */
const underway: (() => void)[] = []

/** An answer that comes when the test lets it. */
export const slowly = <T>(answer: T): Promise<T> => new Promise((resolve) => underway.push(() => resolve(answer)))

/** Before each test: no answer is under way. */
export const forgetAnswers = (): void => void (underway.length = 0)

/** Lets every answer come, also those that are asked for meanwhile. */
export async function answerAll(check: (step: number) => void): Promise<void> {
  while (underway.length) {
    underway.shift()!()
    await settle()
    check(-1)
  }
}

/**
 * Switches at random while answers come in any order, and checks after every step what is drawn.
 * @param random decides which action is next, and which answer
 * @param answers how often an answer comes, as a number of actions
 * @param steps at least so many; a busy machine answers fewer requests before the next switch, so it goes on until
 *   enough was seen, for at most 900
 */
export async function switchAtRandom(
  random: ReturnType<typeof seededRandom>,
  switches: readonly (() => void)[],
  {
    answers,
    steps,
    check,
    enough
  }: {
    answers: number
    steps: number
    check: (step: number) => void
    enough: () => boolean
  }
): Promise<void> {
  const answer = (): void => underway.splice(random.integer(underway.length), 1)[0]?.()
  const actions = [...switches, ...Array.from({ length: answers }, () => answer)]
  for (let step = 0; step < steps || (!enough() && step < 900); step++) {
    actions[random.integer(actions.length)]!()
    for (const wait of [nextTick, settle]) {
      await wait()
      check(step)
    }
  }
}
