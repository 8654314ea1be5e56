import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import { ModelService } from '../../../src/main/engine/services/modelService'

const fixtures = 'test/fixtures/parity'
const names = ['bert', 'gpt2', 'llama', 't5'] as const
let folder: string
beforeAll(async () => {
  await pickBackend()
  folder = mkdtempSync(join(tmpdir(), 'layerscope-models-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Layer 0 of two tokens: a model whose weights are gone cannot give it. */
function firstValues(model: LoadedModel): number[] {
  const { hiddenStates } = model.run(
    { lengths: [2], ids: Int32Array.of(1, 2), mask: null, segments: null },
    { hiddenStates: true, attentions: false }
  )
  const values = Array.from(hiddenStates[0]!.dataSync<'float32'>())
  hiddenStates.forEach((tensor) => tensor.dispose())
  return values
}

/** Little memory: room for one model that nobody uses. */
const short = { available: 200 * 2 ** 20, total: 60 * 2 ** 20, of: 'machine' } as const

async function opened(): Promise<{ models: ModelService; ids: string[] }> {
  const models = new ModelService(() => short)
  const ids: string[] = []
  for (const name of names) ids.push((await models.open(join(fixtures, name), silentJob())).id)
  return { models, ids }
}

test('a model that made room for others is opened again when it is used', async () => {
  const { models, ids } = await opened()
  expect(() => models.get(ids[0]!)).toThrow('This model is not open in the engine any more; open it again.')
  expect(models.info(ids[0]!).name).toBe('bert')
  const alone = new ModelService()
  const { id } = await alone.open(join(fixtures, 'bert'), silentJob())
  expect(await models.use(ids[0]!, firstValues)).toEqual(await alone.use(id, firstValues))
})

test('a model in use stays while others come and go, and asking twice opens it once', async () => {
  const { models, ids } = await opened()
  const [first, again] = await Promise.all([
    models.use(ids[0]!, (model) => model),
    models.use(ids[0]!, (model) => model)
  ])
  expect(again).toBe(first)
  await models.use(ids[0]!, async (model) => {
    for (const id of ids.slice(1)) await models.use(id, firstValues)
    expect(firstValues(model).length).toBeGreaterThan(0)
    expect(models.get(ids[0]!)).toBe(model)
  })
})

test('a model that was never opened, or whose files changed, is refused in a sentence', async () => {
  const { models, ids } = await opened()
  await expect(models.use('0123456789abcdef', firstValues)).rejects.toThrow(
    'This model is not open in the engine any more; open it again.'
  )
  const copy = join(folder, 'copied')
  cpSync(join(fixtures, 'bert'), copy, { recursive: true })
  const { id } = await models.open(copy, silentJob())
  expect(id).toBe(ids[0])
  for (const other of ids.slice(1)) await models.use(other, firstValues)
  cpSync(join(fixtures, 'llama'), copy, { recursive: true, force: true })
  await expect(models.use(id, firstValues)).rejects.toThrow(
    `The files of copied in ${copy} changed after it was opened; open the model again.`
  )
})
