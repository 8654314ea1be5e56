import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BackendName } from '@shared/backend'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { loadModel } from '../../src/main/engine/models/loadModel'
import { compareModel } from '../../src/main/engine/models/parity'
import { endsAsStated, parityCases, undamagedBeside } from '../../src/main/engine/models/parityCases'

/**
 * Recurrent systems in the layouts in which they were published, against their authors' code (AllenNLP, fastai, flair,
 * torch.nn.LSTM, transformers 4.30). Committed are the cases of test/fixtures/recurrent; the whole set is read from
 * ../shared/parity-recurrent when it is there.
 */
const committed = 'test/fixtures/recurrent'
const shared = '../shared/parity-recurrent'
const systems = /^(elmo|awd_lstm|cove|infersent|flair|transfo-xl)\//

const known = parityCases(committed)
const cases = [
  ...known,
  ...(existsSync(shared) ? parityCases(shared) : []).filter(
    ({ name }) => systems.test(name) && !known.some((one) => one.name === name)
  )
]

describe.each<BackendName>(['tensorflow', 'wasm'])('on %s', (backend) => {
  let available = true
  beforeAll(async () => {
    const report = await pickBackend({ prefer: backend })
    available = report.name === backend
    if (!available) console.warn(`Recurrent systems on ${backend} were not checked: ${report.tried[0]?.reason}`)
  })
  afterAll(async () => void (await pickBackend()))

  test.for(cases)('$name', async (one, context) => {
    if (!available) return context.skip(`${backend} is not available on this machine`)
    const compare = async (reference: string): Promise<void> => {
      const model = await loadModel(one.folder)
      try {
        expect(await compareModel(model, reference)).toMatchObject({ ok: true })
      } finally {
        model.dispose()
      }
    }
    if (one.outcome === null) return compare(one.folder)
    await endsAsStated(one.outcome, () => compare(undamagedBeside(one)!))
  })
})
