import { basename } from 'node:path'
import { isUserError } from '@shared/userError'
import { refuse } from '../readers/refuse'

/** Names of the classes of numbered columns, by dotted path: `ner_tags`, `answers.kind`. */
export type ClassNames = ReadonlyMap<string, readonly string[]>

/** Some rows of a file, in the order of the file. */
export interface RowBlock {
  /** Where they are, as a person finds it: `row group 3`. */
  part: string
  rows: readonly Readonly<Record<string, unknown>>[]
  classNames: ClassNames
  /** Bytes of the file up to the end of these rows, about. */
  bytesRead: number
}

/** A binary file of rows, read some rows at a time. Adding a kind is a file like `parquet.ts` and a line in
 * `rowFiles.ts`. */
export interface RowFileKind {
  title: string
  /** With the dot, lower case. */
  extensions: readonly string[]
  /** Whether a file begins as this kind does. */
  begins(start: Buffer): boolean
  /**
   * All rows in their order. Memory holds a few thousand of them, whatever the size of the file.
   * @throws UserError for a file that is damaged or uses what cannot be read
   */
  blocks(path: string): AsyncGenerator<RowBlock>
}

/**
 * Reads the next block, and says what a library's error means.
 * @param next what reads it @param part where in the file that is
 * @throws UserError naming the file and the place in it
 */
export async function readPart<Result>(path: string, part: string, next: () => Promise<Result>): Promise<Result> {
  try {
    return await next()
  } catch (error) {
    if (isUserError(error)) throw error
    const reason = error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
    refuse(
      { file: basename(path), part },
      `this cannot be read (${reason}). The file is damaged or incomplete; copy or download it again.`
    )
  }
}
