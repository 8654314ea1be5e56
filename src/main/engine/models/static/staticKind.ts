import { basename } from 'node:path'
import { UserError } from '@shared/userError'
import { recogniseVectors } from '../../wordVectors/format'
import { vectorsId } from '../identity'
import type { ModelKind } from '../kind'
import { loadStaticModel } from './staticModel'

/** A file of word vectors, recognised by its first bytes. */
export const staticKind: ModelKind = {
  id: 'static',

  async recognise(path) {
    const head = await recogniseVectors(path)
    if (!head) return null
    return {
      path,
      name: basename(path),
      // As many words are read as fit.
      plan: () => null,
      tensors: null,
      async identify(untrained) {
        refuseTwin(path, untrained)
        return vectorsId(path, null)
      },
      async load({ bundled, untrained, job }) {
        refuseTwin(path, untrained)
        return loadStaticModel(path, head, job, bundled)
      },
      close: () => undefined
    }
  },

  files: ({ path }) => [path]
}

function refuseTwin(path: string, untrained: number | null): void {
  if (untrained !== null)
    throw new UserError(`${basename(path)} holds word vectors; only a transformer has an untrained twin.`)
}
