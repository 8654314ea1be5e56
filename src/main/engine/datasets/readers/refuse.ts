import { UserError } from '@shared/userError'

/**
 * A place in the user's files: a line (from 1), or a part such as `"train" entry 12` of a JSON document.
 */
export interface Place {
  file: string
  line?: number
  part?: string
}

export function describePlace({ file, line, part }: Place): string {
  if (line !== undefined) return `${file}, line ${line}`
  return part === undefined ? file : `${file}, ${part}`
}

/** Refuses a file in one sentence: `en_bad.conllu, line 7: 9 columns where CoNLL-U has 10; ...`. */
export function refuse(place: Place, reason: string): never {
  throw new UserError(`${describePlace(place)}: ${reason}`)
}

/** `1 word`, `25,147 words`. */
export function count(value: number, singular: string, plural = `${singular}s`): string {
  return `${value.toLocaleString('en-US')} ${value === 1 ? singular : plural}`
}
