import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** A folder that lasts as long as the tests of one file; `write` puts a file there and returns its path. */
export function temporaryFiles(): { folder: string; write(name: string, content: string | Uint8Array): string } {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-datasets-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return {
    folder,
    write(name, content) {
      const path = join(folder, name)
      writeFileSync(path, content)
      return path
    }
  }
}

/** A CoNLL-U word line; what is left out is `_`. */
export function wordLine(fields: {
  id: string | number
  form: string
  lemma?: string
  upos?: string
  xpos?: string
  feats?: string
  head?: string | number
  deprel?: string
  misc?: string
}): string {
  const { id, form, lemma, upos, xpos, feats, head, deprel, misc } = fields
  return [id, form, lemma, upos, xpos, feats, head, deprel, undefined, misc].map((field) => field ?? '_').join('\t')
}
