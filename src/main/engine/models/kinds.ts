import { existsSync } from 'node:fs'
import type { ModelInfo } from '@shared/model'
import { UserError } from '@shared/userError'
import { refuseUnknown } from '../wordVectors/format'
import { modelAddress, usualReading } from './address'
import type { FoundModel, ModelKind } from './kind'
import { FoundInside } from './inside/foundInside'
import { recurrentKind } from './recurrent/recurrentKind'
import { staticKind } from './static/staticKind'
import { transformerKind } from './transformer/transformerKind'

/** Kinds of models, in the order in which they are tried on a path. */
const kinds: readonly ModelKind[] = [staticKind, recurrentKind, transformerKind]

/**
 * The model at an address: a folder, a file in it, or a file that is a model by itself; and how it is read.
 * @throws UserError where there is nothing, or no model; and whatever `ModelKind.recognise` throws
 */
export async function findModel(address: string): Promise<FoundModel> {
  const { path: full, reading: given } = modelAddress(address)
  const { values, ...others } = given
  const plain = { ...others, values: null }
  const reading = Object.values(plain).every((option) => option === null) ? usualReading : plain
  if (!existsSync(full)) throw new UserError(`There is nothing at ${full}. Check the path.`)
  for (const kind of kinds) {
    const model = await kind.recognise(full, reading)
    if (!model) continue
    if (reading === usualReading || kind === transformerKind)
      return values === null ? model : new FoundInside(model, values)
    model.close()
    throw new UserError(`${full} is read in one way only; open it without what is behind the #.`)
  }
  return refuseUnknown(full)
}

/** Paths of the files that a model is made of. */
export function filesOfModel(model: Pick<ModelInfo, 'kind' | 'path' | 'files'>): string[] {
  return kinds.find(({ id }) => id === model.kind)!.files(model)
}
