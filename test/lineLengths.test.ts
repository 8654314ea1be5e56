import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** Lint checks the lines of TypeScript and Vue; those of other languages are formatted by tools that npm does not have. */
const endings = /\.(cc|h|py|sh|css|html)$/
const folders = ['src', 'bench', 'test', 'scripts', 'packaging', 'resources/native', 'resources/models']

test('no line of C++, Python, shell or CSS is longer than 120 columns', () => {
  const long = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => endings.test(name))
      .flatMap((name) =>
        readFileSync(join(folder, name), 'utf8')
          .split('\n')
          .flatMap((line, index) => ([...line].length > 120 ? `${join(folder, name)}:${index + 1}` : []))
      )
  )
  expect(long).toEqual([])
})
