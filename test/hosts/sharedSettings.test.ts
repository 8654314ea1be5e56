import { spawn } from 'node:child_process'
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { build } from 'vite'
import { openStateFile } from '../../src/main/hosts/services/stateFile'
import { temporaryFolder } from './fixtures/testHost'

test('two hosts that save a hundred settings each keep all of them', async () => {
  const folder = await temporaryFolder()
  const writer = join(folder, 'writer.ts')
  await writeFile(
    writer,
    `import { openStateFile } from ${JSON.stringify(resolve('src/main/hosts/services/stateFile.ts'))}
     const state = openStateFile(process.argv[3])
     for (let i = 0; i < 100; i++) await state.save(process.argv[2] + i, i)`
  )
  await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { alias: { '@shared': resolve('src/shared') } },
    build: { ssr: writer, outDir: join(folder, 'out'), rolldownOptions: { output: { entryFileNames: 'writer.mjs' } } }
  })
  const path = join(folder, 'data/state.json')
  const codes = await Promise.all(
    ['a', 'b'].map(
      (name) =>
        new Promise((ended) =>
          spawn(process.execPath, [join(folder, 'out/writer.mjs'), name, path]).once('exit', (code) => ended(code))
        )
    )
  )
  expect(codes).toEqual([0, 0])
  expect(Object.keys(await openStateFile(path).load())).toHaveLength(200)
  expect(await readdir(join(folder, 'data'))).toEqual(['state.json'])
})

test('a lock that a dead host left behind is taken, though its number is in use', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'state.json')
  await writeFile(`${path}.lock`, '1')
  const longAgo = Date.now() / 1000 - 60
  await utimes(`${path}.lock`, longAgo, longAgo)
  await openStateFile(path).save('theme', 'dark')
  expect(await openStateFile(path).load()).toEqual({ theme: 'dark' })
})

test('a settings folder that cannot be written is named, and nothing is left', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'data'), 'a file')
  const path = join(folder, 'data/state.json')
  await expect(openStateFile(path).save('theme', 'dark')).rejects.toThrow(
    `The setting 'theme' could not be kept in ${path}: a file is where a folder has to be.`
  )
})

test('settings have a limit together', async () => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'data'))
  const path = join(folder, 'data/state.json')
  const kept = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`view-${index}`, 'x'.repeat(1_000_000)]))
  await writeFile(path, JSON.stringify(kept))
  await expect(openStateFile(path).save('theme', 'dark')).rejects.toThrow(
    `With 'theme' the settings would take 17.0 MB; 16.8 MB are kept in all. Forget saved views or delete ${path}.`
  )
})
