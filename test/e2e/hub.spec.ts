import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { noise, startHub, testCommit, type HubServer } from '../engine/hub/hubServer'
import { expect, startApp, test, watchConsole } from './fixtures/app'

// A model by name: looked up, downloaded and opened from a hub on this machine; then the hub is gone, and it opens
// again.

const bundled = 'resources/models/all-MiniLM-L6-v2'
let home: string
let hub: HubServer

test.beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'layerscope-hub-'))
  const names = [
    'config.json',
    'model.safetensors',
    'tokenizer.json',
    'tokenizer_config.json',
    'special_tokens_map.json',
    'vocab.txt',
    'README.md'
  ]
  const files = Object.fromEntries(
    await Promise.all(
      names.map(
        async (name) =>
          [name, { content: await readFile(join(bundled, name)), lfs: name.endsWith('.safetensors') }] as const
      )
    )
  )
  hub = await startHub({
    repo: 'sentence-transformers/minilm',
    files: {
      ...files,
      'onnx/model.onnx': { content: noise(90_000), lfs: true },
      'tf_model.h5': { content: noise(91_000), lfs: true }
    }
  })
})
test.afterEach(async () => {
  await hub.close()
  await rm(home, { recursive: true, force: true })
})

const environment = (): Record<string, string> => ({
  HF_ENDPOINT: hub.url,
  HF_HOME: join(home, 'hf'),
  HF_TOKEN: '',
  LAYERSCOPE_DATA: join(home, 'data')
})

async function openHubDialog(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Model:/ }).click()
  await page.getByRole('menuitem', { name: 'From the hub…' }).click()
}

test('a model is looked up, downloaded and opened; without the hub it opens again', async ({ browser, host }) => {
  test.skip(
    host === 'electron',
    'The hub is asked by the engine, which is the same program under both hosts; the environment of the desktop fixture is fixed.'
  )
  test.setTimeout(300_000)
  const app = await startApp([], environment())
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  const errors = watchConsole(page)
  await page.goto(app.url)
  await expect(page.getByRole('button', { name: 'Model: all-MiniLM-L6-v2' })).toBeVisible({ timeout: 60_000 })
  await openHubDialog(page)
  const dialog = page.getByRole('dialog', { name: 'Open a model' })
  await expect(dialog).toContainText(`Asks ${hub.host}, when you press the button and not before.`)
  await expect(dialog).toContainText('No model has been downloaded yet.')
  expect(hub.requests, 'nothing is asked before the button is pressed').toEqual([])

  const field = dialog.getByRole('textbox', { name: 'Name of a model' })
  await field.fill('sentence-transformers/nothing')
  await field.press('Enter')
  await expect(dialog.getByRole('alert')).toContainText(
    `There is no model 'sentence-transformers/nothing' at ${hub.host}, or it is private.`
  )

  await field.fill(`${hub.url}/sentence-transformers/minilm/tree/main`)
  await dialog.getByRole('button', { name: 'Look up' }).click()
  await expect(dialog.getByRole('heading', { name: 'sentence-transformers/minilm' })).toBeVisible()
  await expect(dialog).toContainText('BERT, 6 layers of 12 heads, 384 wide · licence apache-2.0')
  await expect(dialog.getByRole('row', { name: /^model\.safetensors weights 45\.4 MB to download$/ })).toBeVisible()
  await expect(dialog.getByRole('row', { name: /^tf_model\.h5 91\.0 kB left out$/ })).toBeVisible()
  await expect(dialog).toContainText('2 files of 181 kB left out')
  expect(readdirSync(home)).not.toContain('hf')

  hub.faults.set('model.safetensors', [{ holdAfter: 20_000_000 }])
  await dialog.getByRole('button', { name: 'Download and open' }).click()
  await expect(dialog).toContainText(/\d+\.\d MB of 46\.\d MB/, { timeout: 60_000 })
  // Behind the open dialog nothing has a role.
  await expect(page.locator('footer.bar')).toContainText('Downloading sentence-transformers/minilm')
  await dialog.getByRole('button', { name: 'Stop' }).click()
  await expect(dialog.getByRole('button', { name: 'Download and open' })).toBeVisible()
  await dialog.getByRole('button', { name: 'Download and open' }).click()
  await expect(page.getByRole('button', { name: 'Model: sentence-transformers/minilm' })).toBeVisible({
    timeout: 120_000
  })
  await expect(dialog).toBeHidden()
  expect(hub.requests.filter(({ server }) => server === 'storage').at(-1)!.range).toMatch(/^bytes=\d{7,}-$/)

  await hub.close()
  await page.getByRole('button', { name: /^Model:/ }).click()
  await page.getByRole('menuitem', { name: 'all-MiniLM-L6-v2' }).click()
  await expect(page.getByRole('button', { name: 'Model: all-MiniLM-L6-v2' })).toBeVisible()
  await openHubDialog(page)
  const entry = dialog.getByRole('button', { name: /^sentence-transformers\/minilm/ })
  await expect(entry).toContainText(`main · ${testCommit.slice(0, 12)}`)
  await entry.click()
  await dialog.getByRole('button', { name: 'Open', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Model: sentence-transformers/minilm' })).toBeVisible({
    timeout: 60_000
  })
  await openHubDialog(page)
  await field.fill('sentence-transformers/minilm')
  await field.press('Enter')
  await expect(dialog).toContainText('This is sentence-transformers/minilm as it was downloaded before')
  await expect(dialog.getByRole('button', { name: 'Open', exact: true })).toBeEnabled()
  expect(errors).toEqual([])
  await page.close()
  expect(await app.stop()).toBe(0)
})

test('a data set is looked up, downloaded, shown and opened by its name', async ({ browser, host }) => {
  test.skip(host === 'electron', 'The environment of the desktop fixture is fixed, as above.')
  test.setTimeout(300_000)
  const rows = 'test/fixtures/datasets/rows'
  const data = await startHub({
    repo: 'datasets/tiny/ner',
    files: {
      'data/train-00000-of-00001.parquet': { content: await readFile(join(rows, 'snappy.parquet')), lfs: true },
      'data/test-00000-of-00001.parquet': { content: await readFile(join(rows, 'zstd.parquet')), lfs: true },
      'ner.py': { content: noise(100) }
    }
  })
  const app = await startApp([], { ...environment(), HF_ENDPOINT: data.url })
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  const errors = watchConsole(page)
  await page.goto(app.url)
  await expect(page.getByRole('button', { name: 'Model: all-MiniLM-L6-v2' })).toBeVisible({ timeout: 60_000 })
  await page.getByRole('button', { name: /^Data:/ }).click()
  await page.getByRole('menuitem', { name: 'Data from the hub…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Open a data set' })
  await dialog.getByRole('textbox', { name: 'Name of a data set' }).fill('tiny/ner')
  await dialog.getByRole('button', { name: 'Look up' }).click()
  await expect(dialog.getByRole('heading', { name: 'datasets/tiny/ner' })).toBeVisible()
  await expect(dialog.getByRole('row', { name: /^data\/train-00000-of-00001\.parquet data/ })).toBeVisible()
  await expect(dialog.getByRole('row', { name: /^ner\.py 100 B left out$/ })).toBeVisible()
  await dialog.getByRole('button', { name: 'Download and open' }).click()
  const preview = page.getByRole('dialog', { name: 'Open data' })
  await expect(preview).toContainText('ner_tags')
  await preview.getByRole('button', { name: /^Open/ }).click()
  await expect(page.getByRole('button', { name: /^Data:/ })).toContainText('80 sentences', { timeout: 60_000 })
  expect(errors).toEqual([])
  await page.close()
  expect(await app.stop()).toBe(0)
  await data.close()
})
