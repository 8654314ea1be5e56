import { expect, test } from 'vitest'
import type { ColumnChoice } from '@shared/dataset'
import { isUserError } from '@shared/userError'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { temporaryFiles, wordLine } from './temporaryFiles'

export interface BadFile {
  file: string
  content: string | Uint8Array
  choice?: ColumnChoice
  /** The whole message. */
  refused: string
}

/** A sentence of two words in CoNLL-U, in three lines. */
export const goodSentence =
  `${wordLine({ id: 1, form: 'Go', upos: 'VERB', head: 0, deprel: 'root' })}\n` +
  `${wordLine({ id: 2, form: 'on', upos: 'ADP', head: 1, deprel: 'compound:prt' })}\n\n`

/** A line of CoNLL-U for the word "x". */
export const word = (id: string | number, head: string | number = 0): string =>
  `${wordLine({ id, form: 'x', upos: 'X', head, deprel: 'dep' })}\n`

/** A test for each file: opening it fails with the whole message. */
export function testRefusals(badFiles: BadFile[], files = temporaryFiles()): void {
  test.each(badFiles)('$file is refused: $refused', async ({ file, content, choice, refused }) => {
    const path = files.write(file, content)
    const error: unknown = await new DatasetStore().open({ paths: [path], choice }).then(
      () => 'opened',
      (reason: unknown) => reason
    )
    expect(isUserError(error) ? error.message : error).toBe(refused)
  })
}
