import * as v from 'valibot'
import { slices, type FinetuneOptions } from '@shared/finetuneRequests'
import { classSlice, trainingSlices } from '@shared/finetuneSlices'
import { UserError } from '@shared/userError'
import { flag, parsed, plainNumber } from './option'

/** The options of `layerscope finetune` about slices of the data. */
export const sliceFlagOptions = {
  slices: flag(
    'divide the test score by length, rare words, classes and errors of the base, each beside a linear classifier on ' +
      'the unchanged model'
  ),
  'slice-weights': parsed(
    'LIST',
    `how much training items of some slices weigh (${trainingSlices.join(', ')}, ${classSlice}NAME): ` +
      `wrong=3,rare=2,${classSlice}X=1.5`,
    '',
    readWeights
  )
} as const

/** @throws UserError for anything but slices with numbers */
function readWeights(given: string, name: string): FinetuneOptions['slices'] {
  const weights = given.split(',').map((part) => {
    const at = part.lastIndexOf('=')
    return { slice: part.slice(0, at).trim(), weight: at < 0 ? Number.NaN : plainNumber(part.slice(at + 1)) }
  })
  const read = v.safeParse(slices, { weights })
  if (read.success) return read.output
  throw new UserError(
    `--${name} is '${given}'; it takes slices with their weights, above 0 and up to 1,000: wrong=3,rare=2. Slices ` +
      `are ${trainingSlices.join(', ')}, and ${classSlice}NAME for a class.`
  )
}

/** The field of a request that they set. */
export function slicesOf(values: Readonly<Record<string, unknown>>): Pick<FinetuneOptions, 'slices'> {
  const weighted = values['slice-weights'] as FinetuneOptions['slices']
  return weighted ? { slices: weighted } : values['slices'] === true ? { slices: { weights: [] } } : {}
}
