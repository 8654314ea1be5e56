import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isUserError } from '@shared/userError'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { loadModel } from '../../src/main/engine/models/loadModel'
import { casesIn, compareWithReference } from '../../src/main/engine/models/parity'
import { hasReference } from '../../src/main/engine/models/parityFiles'
import { families } from '../../src/main/engine/models/transformer/families'
import { interpretConfig } from '../../src/main/engine/models/transformer/interpretConfig'

/**
 * A checkpoint whose model_type is changed to that of any other family is refused, or it is the same model: config.json
 * and weights say what the family does not do.
 */
const shared = '../shared/parity-more'
const scratch = mkdtempSync(join(tmpdir(), 'layerscope-alias-'))
afterAll(() => rmSync(scratch, { recursive: true }))
beforeAll(async () => {
  await pickBackend()
})
if (!existsSync(shared)) console.warn(`Changed families were not checked: ${shared} is not there.`)

const cases = existsSync(shared) ? casesIn(shared, hasReference, '') : []

/** A folder like a case's, whose config.json is changed. */
function changed(
  name: string,
  as: string,
  change: (config: Record<string, unknown>) => Record<string, unknown>
): string {
  const folder = mkdtempSync(join(scratch, `${name}-${as}-`))
  for (const file of readdirSync(join(shared, name)))
    if (file !== 'config.json') symlinkSync(resolve(shared, name, file), join(folder, file))
  const config = JSON.parse(readFileSync(join(shared, name, 'config.json'), 'utf8')) as Record<string, unknown>
  writeFileSync(join(folder, 'config.json'), JSON.stringify(change(config)))
  return folder
}

test.skipIf(!existsSync(shared)).each(['clip', 'siglip'])('the text part of %s opens from the whole', async (type) => {
  const text = `${type}_text_model`
  const model = await loadModel(changed(text, type, (config) => ({ model_type: type, text_config: config })))
  try {
    expect(compareWithReference(model, join(shared, text))).toMatchObject({ ok: true })
    expect(model.info.notes.join(' ')).toContain('the text part is run')
  } finally {
    model.dispose()
  }
})

test.skipIf(!cases.length).each(cases)('$name is refused as any other family, or right', async ({ name }) => {
  const config = JSON.parse(readFileSync(join(shared, name, 'config.json'), 'utf8')) as Record<string, unknown>
  for (const { type } of families) {
    let model
    let folder = ''
    try {
      // Most are refused by their config already.
      interpretConfig({ ...config, model_type: type })
      folder = changed(name, type, () => ({ ...config, model_type: type }))
      model = await loadModel(folder)
    } catch (error) {
      expect(isUserError(error), `as ${type}: ${String(error)}`).toBe(true)
      continue
    }
    try {
      expect(compareWithReference(model, folder), `as ${type}`).toMatchObject({ ok: true })
    } finally {
      model.dispose()
    }
  }
})
