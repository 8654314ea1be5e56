import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { compareModel } from '../../../src/main/engine/models/parity'

const released = 'test/fixtures/released/openai-gpt'
const root = mkdtempSync(join(tmpdir(), 'layerscope-gpt-'))
beforeAll(() => pickBackend())
afterAll(() => rmSync(root, { recursive: true }))

test("GPT's ten arrays are a model that equals PyTorch and reads text", async () => {
  const model = await loadModel(released)
  expect(await compareModel(model, released)).toMatchObject({ ok: true })
  expect(model.info).toMatchObject({
    family: 'openai-gpt',
    layers: 3,
    heads: 4,
    width: 36,
    vocabulary: 420,
    head: true
  })
  const { ids } = await model.needTokenizer().encodeText('The keys')
  expect([...ids]).toEqual([124, 341, 59, 64])
  model.dispose()
})

async function refusal(name: string, change: (folder: string) => void): Promise<string> {
  const folder = join(root, name)
  cpSync(released, folder, { recursive: true })
  change(folder)
  return loadModel(folder).then(
    () => 'It opened.',
    (error: Error) => error.message
  )
}

test('an array that is cut, missing or of another type is refused by name', async () => {
  const array = readFileSync(join(released, 'params_3.npy'))
  const put = (bytes: Buffer) => (folder: string) => writeFileSync(join(folder, 'params_3.npy'), bytes)
  expect(await refusal('cut', put(array.subarray(0, 200)))).toContain('params_3.npy')
  const double = Buffer.from(array.toString('latin1').replace("'<f4'", "'<f8'"), 'latin1')
  expect(await refusal('double', put(double))).toContain('params_3.npy is not an array that is read: its numbers')
  expect(await refusal('missing', (folder) => rmSync(join(folder, 'params_9.npy')))).toMatch(
    /hold \d+ numbers, and the shapes beside them need \d+/
  )
  const shapes = (text: string) => (folder: string) => writeFileSync(join(folder, 'params_shapes.json'), text)
  expect(await refusal('shapes', shapes('[[40, 36], [420]]'))).not.toBe('It opened.')
  expect(await refusal('strange', shapes('{}'))).toContain("does not list the shapes of a GPT's tensors")
})
