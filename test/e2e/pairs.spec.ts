import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from './fixtures/app'
import { exportedTable } from './fixtures/exported'

test.use({ appName: 'pairs' })

test('minimal pairs are run on a model with a head, looked into, exported and kept', async ({ page }) => {
  await page.getByRole('tab', { name: 'Minimal pairs' }).click()
  await expect(page.getByText('all-MiniLM-L6-v2 has no language-model head')).toBeVisible({ timeout: 60_000 })
  await expect(page.getByRole('button', { name: 'Run', exact: true })).toBeDisabled()
  await page.getByRole('button', { name: 'Open gpt2-ud-tiny' }).click()
  await expect(page.getByText('Which sentence is better?')).toBeVisible({ timeout: 60_000 })

  await page.getByRole('combobox', { name: 'How many pairs of each paradigm' }).click()
  await page.getByRole('option', { name: /first 20 pairs/ }).click()
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(page.getByText(/of pairs right/)).toBeVisible({ timeout: 120_000 })
  const chart = page.getByRole('img', { name: 'Accuracy by paradigm of gpt2-ud-tiny on BLiMP, 100 pairs each' })
  await expect(chart.locator('[data-row]')).toHaveCount(47)
  await expect(page.getByRole('heading', { name: 'adjunct island' })).toBeVisible()
  await expect(page.getByRole('img', { name: /^Log-probabilities token by token/ })).toBeVisible()

  // The table sorts, and a paradigm shows its pairs, the most wrong first.
  await page.getByRole('button', { name: 'As a table' }).click()
  const table = page.getByRole('table', { name: 'Accuracy by paradigm' })
  await table.getByRole('button', { name: 'Accuracy' }).click()
  await table.getByRole('row').nth(47).click()
  const detail = page.getByRole('region', { name: 'Pairs of the paradigm' })
  await expect(detail.getByRole('listitem')).toHaveCount(20)
  const differences = await detail.locator('.margin').allTextContents()
  const numbers = differences.map((text) => Number(text.replace('−', '-')))
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b))

  expect((await exportedTable(page, 'the accuracies')).text.trim().split('\r\n')).toHaveLength(48)

  // Kept: there again in a new window.
  await page.reload()
  await expect(page.getByText(/of pairs right/)).toBeVisible({ timeout: 60_000 })
})

test('columns of a table of one’s own are chosen in a dialog; a cloze test says how often the expected word leads', async ({
  page
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'layerscope-pairs-'))
  try {
    await writeFile(join(folder, 'mine.tsv'), 'right\twrong\nShe sleeps.\tShe sleep.\nThey sleep.\tThey sleeps.\n')
    await page.getByRole('tab', { name: 'Minimal pairs' }).click()
    await page.getByRole('button', { name: 'Open pairs…' }).click()
    await page.getByRole('textbox', { name: 'Folder or file' }).fill(join(folder, 'mine.tsv'))
    await page.getByRole('textbox', { name: 'Folder or file' }).press('Enter')
    await expect(page.getByText(/no column is called "sentence_good".* Choose the columns above\./)).toBeVisible()
    await page.getByRole('combobox', { name: 'Column: Acceptable' }).click()
    await page.getByRole('option', { name: 'right' }).click()
    await page.getByRole('combobox', { name: 'Column: Unacceptable' }).click()
    await page.getByRole('option', { name: 'wrong' }).click()
    await expect(page.getByText('2 pairs in 1 paradigm.')).toBeVisible()
    await page.getByRole('button', { name: 'Use these pairs' }).click()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await expect(page.getByRole('heading', { name: 'mine' })).toBeVisible({ timeout: 60_000 })

    await page.getByRole('combobox', { name: 'Minimal pairs', exact: true }).click()
    await page.getByRole('option', { name: /Psycholinguistic diagnostics/ }).click()
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await expect(page.getByRole('table', { name: 'Cloze tests by condition' }).getByRole('row')).toHaveCount(7, {
      timeout: 60_000
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
