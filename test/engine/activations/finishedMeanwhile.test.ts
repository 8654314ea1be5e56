import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { StoreKey } from '../../../src/main/engine/activations/manifest'
import { ActivationStore } from '../../../src/main/engine/activations/store'

/** What another process does while this one looks whether a path is there. */
const meanwhile: { act: (() => void) | null } = { act: null }

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>()
  return {
    ...fs,
    existsSync: (path: string) => {
      const { act } = meanwhile
      meanwhile.act = null
      act?.()
      return fs.existsSync(path)
    }
  }
})

const key: StoreKey = { model: 'm', words: 'w', pooling: 'first', sentences: 1, compute: 'c' }
const shape = { layers: 0, width: 2, rows: 1 }

test('a set that another process finishes while this one begins is used, and not taken for a damaged one', async () => {
  const root = mkdtempSync(join(tmpdir(), 'layerscope-meanwhile-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const theirs = ActivationStore.open(root, key, shape)
  const chunk = { first: 0, last: 1, row: 0, words: 1 }
  await theirs.write({ chunk, layers: [Float32Array.of(1, 2)], missing: [], subwords: 1 })
  meanwhile.act = () => theirs.finish()
  const ours = ActivationStore.open(root, key, shape)
  expect(ours.complete).toBe(true)
  expect([...ours.read(0)]).toEqual([1, 2])
  expect([...theirs.read(0)]).toEqual([1, 2])
})
