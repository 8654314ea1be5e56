import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { quoted, UserError } from '@shared/userError'

/** How a folder is read that can be read in more than one way. */
export interface Reading {
  /** Which function the word "gelu" in a released config means; null where the usual one is meant (docs/models.md). */
  gelu: 'authors' | null
  /** Which of the models in a checkpoint, where it holds several; null for the usual one. */
  part: string | null
  /** Which of the checkpoints in a folder; null for the only one, or the newest. */
  checkpoint: string | null
  /** Whether a sentence encoder's own vector is one more layer. */
  vector: 'sentence' | null
  /** A value inside the blocks that is read in place of the hidden states, as 'mlp.router_probs'; null for these. */
  values: string | null
}

export const usualReading: Reading = { gelu: null, part: null, checkpoint: null, vector: null, values: null }

/**
 * A model's path and how it is read, from an address: `FOLDER#gelu=authors`, `FOLDER#part=generator&checkpoint=NAME`.
 * A path that exists is always a path, whatever characters it has.
 * @throws UserError for an option that there is not
 */
export function modelAddress(address: string): { path: string; reading: Reading } {
  const at = address.lastIndexOf('#')
  if (at <= 0 || existsSync(resolve(address)) || !existsSync(resolve(address.slice(0, at))))
    return { path: resolve(address), reading: usualReading }
  const reading: Reading = { ...usualReading }
  for (const [option, value] of new URLSearchParams(address.slice(at + 1))) {
    if (option === 'gelu' && value === 'authors') reading.gelu = value
    else if (option === 'vector' && value === 'sentence') reading.vector = value
    else if ((option === 'part' || option === 'checkpoint' || option === 'values') && value) reading[option] = value
    else
      throw new UserError(
        `Behind the # of a model's path, ${quoted(`${option}=${value}`, 80)} is not known; there are gelu=authors, ` +
          'part=NAME, checkpoint=NAME, values=NAME and vector=sentence.'
      )
  }
  return { path: resolve(address.slice(0, at)), reading }
}

/** The address of a path that is read in a certain way: what `modelAddress` takes apart. */
export function addressOf(path: string, reading: Reading): string {
  const options = Object.entries(reading).flatMap(([option, value]) => {
    // A file's name, as legible as an address allows.
    return value === null ? [] : [`${option}=${encodeURIComponent(value as string)}`]
  })
  return options.length ? `${path}#${options.join('&')}` : path
}
