import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cachedModels, findCached } from '../../../src/main/engine/hub/cached'

const [good, bad] = ['a'.repeat(40), 'b'.repeat(40)]
let cache = ''

/** A model that can be opened, with its branch. */
function keep(repo: string, commit: string): string {
  const root = join(cache, `models--${repo.replace('/', '--')}`)
  const snapshot = join(root, 'snapshots', commit)
  mkdirSync(snapshot, { recursive: true })
  mkdirSync(join(root, 'refs'), { recursive: true })
  writeFileSync(join(root, 'refs/main'), commit)
  writeFileSync(join(snapshot, 'config.json'), '{}')
  writeFileSync(join(snapshot, 'model.safetensors'), 'x'.repeat(10))
  return root
}

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'layerscope-hub-'))
  keep('org/whole', good)
})
afterEach(() => rmSync(cache, { recursive: true }))

const nowhere = (path: string): void => symlinkSync(join(cache, 'nowhere'), path)
const loop = (path: string): void => symlinkSync(path, path)
const pipe = (path: string): void => expect(spawnSync('mkfifo', [path]).status).toBe(0)

test.each<[string, (root: string) => void]>([
  ['ref that leads nowhere', (root) => nowhere(join(root, 'refs/tag'))],
  ['ref that leads to itself', (root) => loop(join(root, 'refs/tag'))],
  ['ref that is a pipe', (root) => pipe(join(root, 'refs/tag'))],
  ['snapshot that leads nowhere', (root) => nowhere(join(root, 'snapshots', bad))],
  ['snapshot that leads to itself', (root) => loop(join(root, 'snapshots', bad))],
  ['snapshot that is a file', (root) => writeFileSync(join(root, 'snapshots', bad), '')],
  ['folder that leads to its parent', (root) => symlinkSync('..', join(root, 'snapshots', good, 'up'))],
  ['file that leads nowhere', (root) => nowhere(join(root, 'snapshots', good, 'notes.md'))],
  ['file that leads to itself', (root) => loop(join(root, 'snapshots', good, 'notes.md'))],
  ['file that is a pipe', (root) => pipe(join(root, 'snapshots', good, 'notes.md'))],
  ['index that is a pipe', (root) => pipe(join(root, 'snapshots', good, 'model.safetensors.index.json'))]
])('a %s hides no model of the cache', (_, damage) => {
  damage(keep('org/other', good))
  const listed = cachedModels(cache)
  for (const repo of ['org/whole', 'org/other']) {
    const model = listed.find((entry) => entry.repo === repo && entry.commit === good)
    expect(model).toMatchObject({ revisions: ['main'], bytes: 12, lacks: null })
    expect(findCached(cache, { repo, revision: 'main' })).toEqual(model)
  }
  const others = listed.filter(({ commit }) => commit === bad)
  expect(others.map(({ lacks }) => lacks)).toEqual(others.map(() => 'its folder: the link to it leads nowhere'))
})
