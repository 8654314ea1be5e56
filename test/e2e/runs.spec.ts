import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from './fixtures/app'

test.use({ appName: 'runs' })
test.describe.configure({ timeout: 240_000 })

test('a run of the command line appears with its units and logs, and is collected', async ({ page, app }) => {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-run-'))
  const data = (part: string): string => resolve(`resources/datasets/ud_english-ewt/en_ewt-ud-${part}.conllu.gz`)
  const sweep = {
    name: 'a tiny sweep',
    models: [resolve('resources/models/gpt2-ud-tiny')],
    data: [{ name: 'EWT', train: data('dev'), test: data('test') }],
    tasks: ['upos', 'no.such.task'],
    probes: ['linear'],
    seeds: [1, 2],
    layers: [1],
    maxTrainWords: 300,
    maxTestWords: 200
  }
  writeFileSync(join(folder, 'sweep.json'), JSON.stringify(sweep))
  const typed = ['sweep', join(folder, 'sweep.json'), '--on', 'local', '--workers', '1', '--run', join(folder, 'run')]
  const { stdout, stderr } = spawnSync(process.execPath, ['out/main/cli.js', ...typed], {
    encoding: 'utf8',
    env: { ...process.env, LAYERSCOPE_DATA: app.data }
  })
  expect(stdout, stderr).toContain('2 units: 2 kept\n')

  await page.getByRole('tab', { name: 'Runs' }).click()
  const units = page.getByRole('table', { name: 'Units' })
  await expect(units.getByRole('row', { name: /upos, linear, seed \d .* kept 1/ })).toHaveCount(2, { timeout: 60_000 })
  await expect(page.getByText('no.such.task').first()).toBeVisible()
  await units.getByRole('row', { name: /seed 2/ }).click()
  await expect(page.getByRole('region', { name: 'Chosen unit' })).toContainText('attempt 1')
  await page.getByRole('button', { name: 'Collect into the library' }).click()
  await expect(page.getByText('2 results added to the library.').first()).toBeVisible()
  await page.getByRole('tab', { name: 'Results' }).click()
  await expect(page.getByRole('table', { name: 'Kept results' }).getByText('a tiny sweep').first()).toBeVisible()
  rmSync(folder, { recursive: true, force: true })
})
