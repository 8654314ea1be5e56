import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PairSet } from '@shared/minimalPairs'
import * as v from 'valibot'
import { resourcePath } from '../paths'

const manifestName = 'pairs.json'
const manifest = v.strictObject({
  name: v.string(),
  description: v.string(),
  licence: v.string(),
  source: v.string(),
  citation: v.string(),
  file: v.string()
})

/** The bundled sets: folders of resources/pairs with a pairs.json. */
export async function bundledPairSets(root = resourcePath('pairs')): Promise<PairSet[]> {
  const sets: PairSet[] = []
  for (const folder of (await readdir(root)).sort()) {
    const path = join(root, folder, manifestName)
    if (!existsSync(path)) continue
    const { name, description, licence, source, file } = v.parse(manifest, JSON.parse(await readFile(path, 'utf8')))
    sets.push({ name, description, licence, source, path: join(root, folder, file) })
  }
  return sets
}
