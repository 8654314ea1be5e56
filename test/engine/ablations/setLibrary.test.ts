import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { InterventionSet } from '@shared/intervention'
import { requireFitted } from '../../../src/main/engine/ablations/eraser'
import { SetLibrary } from '../../../src/main/engine/ablations/setLibrary'

const folder = mkdtempSync(join(tmpdir(), 'layerscope-sets-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const eraser: InterventionSet = {
  name: 'UPOS / erased: “layer 3”',
  interventions: [
    {
      at: 'blocks.2.resid_post',
      edit: { kind: 'erase', mean: [0.1, 0], left: [[1, 2]], right: [[0.5, 0.25]] },
      fitted: {
        model: { id: 'abc', name: 'all-MiniLM-L6-v2' },
        data: 'UD EWT',
        split: 'train',
        task: 'UPOS',
        layer: 3,
        method: 'leace',
        items: 9,
        rank: 1
      }
    }
  ]
}

test('kept sets are there again in another process, under whatever name, and replaced under the same', () => {
  const library = new SetLibrary(folder)
  expect(library.list()).toEqual([])
  library.keep(eraser)
  library.keep({ name: 'A', interventions: [] })
  library.keep({ ...eraser, interventions: [...eraser.interventions, { at: 'embed', edit: { kind: 'zero' } }] })
  writeFileSync(join(folder, 'damaged.json'), '{"name":')
  const again = new SetLibrary(folder)
  expect(again.list()).toEqual([
    { name: 'A', interventions: 0 },
    { name: eraser.name, interventions: 2 }
  ])
  expect(again.load(eraser.name).interventions[0]).toEqual(eraser.interventions[0])
  again.forget('A')
  expect(() => library.load('A')).toThrow("There is no set called 'A'; it may have been deleted meanwhile.")
})

test('what was fitted to one model is refused on another', () => {
  requireFitted(eraser.interventions, { id: 'abc', name: 'renamed' })
  expect(() => requireFitted(eraser.interventions, { id: 'def', name: 'gpt2-ud-tiny' })).toThrow(
    "The eraser of 'UPOS' at layer 3 was fitted to all-MiniLM-L6-v2, but the model is gpt2-ud-tiny; open all-MiniLM-L6-v2, or fit the eraser again."
  )
})

test('a folder that cannot be written is named', () => {
  writeFileSync(join(folder, 'file'), '')
  const blocked = join(folder, 'file/sets')
  expect(() => new SetLibrary(blocked).keep(eraser)).toThrow(
    `The set '${eraser.name}' could not be kept in ${blocked}: a file is where a folder has to be.`
  )
})
