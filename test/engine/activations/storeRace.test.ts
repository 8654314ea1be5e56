import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'vite'
import { expect, test } from 'vitest'

const rounds = 60

test('two processes that extract the same vectors at once read the right numbers, and neither fails', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-race-'))
  await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { alias: { '@shared': resolve('src/shared') } },
    build: {
      ssr: resolve('test/engine/activations/fixtures/storeWriter.ts'),
      outDir: join(folder, 'out'),
      rolldownOptions: { output: { entryFileNames: 'writer.mjs' } }
    }
  })
  const outcomes = await Promise.all(
    [1, 2].map(
      (seed) =>
        new Promise<string>((ended) => {
          const typed = [join(folder, 'out/writer.mjs'), join(folder, 'store'), String(rounds), String(seed)]
          const writer = spawn(process.execPath, typed, { stdio: ['ignore', 'pipe', 'pipe'] })
          let printed = ''
          for (const stream of [writer.stdout, writer.stderr]) stream.on('data', (text) => (printed += String(text)))
          writer.once('close', () => ended(printed))
        })
    )
  )
  expect(outcomes).toEqual([`${rounds} right, 0 wrong\n`, `${rounds} right, 0 wrong\n`])
  const sets = readdirSync(join(folder, 'store'))
  expect(sets.filter((name) => /^[0-9a-f]{24}$/.test(name))).toHaveLength(rounds)
  for (const set of sets.filter((name) => !name.endsWith('.building')))
    expect(JSON.parse(readFileSync(join(folder, 'store', set, 'manifest.json'), 'utf8'))).toMatchObject({
      complete: true
    })
  rmSync(folder, { recursive: true })
})
