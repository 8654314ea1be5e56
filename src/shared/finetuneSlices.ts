import type { PairedTest } from './pairedTest'

/** Parts of the data that training can weigh and results are divided by; of classes there is one each. */
export const sliceTitles = {
  short: 'short inputs',
  middle: 'inputs of middle length',
  long: 'long inputs',
  unseen: 'words that training does not have',
  rare: 'rare words',
  frequent: 'frequent words',
  wrong: 'errors of the base',
  right: 'right answers of the base'
} as const

export type SliceId = keyof typeof sliceTitles
export const sliceIds = Object.keys(sliceTitles) as SliceId[]

/** Before the name of a class, in the id of its slice. */
export const classSlice = 'class:'

/** Slices that training examples are in: a word that training does not have is in none. */
export const trainingSlices: readonly SliceId[] = sliceIds.filter((id) => id !== 'unseen')

/** Scores on a part of the test items, of the unchanged model and of the adapted one. */
export interface SliceScore {
  /** 'long', or 'class:NOUN'. */
  id: string
  /** 'long inputs (over 24 tokens)' */
  title: string
  items: number
  /** Training items in it, and how much each of them weighed. */
  trainItems: number
  weight: number
  /** Accuracy of a linear classifier on the unchanged model, trained on the same items. */
  base: number
  adapted: number
  /** Of the adapted model against it; null where the base's answers decided what is in the slice. */
  test: PairedTest | null
}
