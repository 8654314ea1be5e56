import { UserError } from '@shared/userError'

/**
 * A place in the user's files: a line or a row (from 1), or a part such as `"train" entry 12` of a JSON document.
 */
export interface Place {
  file: string
  line?: number
  part?: string
}

export function describePlace({ file, line, part }: Place): string {
  if (line !== undefined) return `${file}, ${hasRows(file) ? 'row' : 'line'} ${line}`
  return part === undefined ? file : `${file}, ${part}`
}

/** Whether a file is one of rows, by its name: Parquet or Arrow. */
function hasRows(file: string): boolean {
  return /\.(?:parquet|arrows?|feather)$/i.test(file)
}

/** Refuses a file in one sentence: `en_bad.conllu, line 7: 9 columns where CoNLL-U has 10; ...`. */
export function refuse(place: Place, reason: string): never {
  throw new UserError(`${describePlace(place)}: ${reason}`)
}

/** `1 word`, `25,147 words`. */
export function count(value: number, singular: string, plural = `${singular}s`): string {
  return `${value.toLocaleString('en-US')} ${value === 1 ? singular : plural}`
}
