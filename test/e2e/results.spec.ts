import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { choose, expect, testWithModel as test } from './fixtures/app'
import { saved } from './fixtures/exported'

// One story: the runs of the first test are looked at by the others.
test.describe.configure({ mode: 'serial', timeout: 240_000 })
test.use({ appName: 'results' })

async function exported(page: Page, item: string | RegExp): Promise<string> {
  await page.getByRole('button', { name: 'Export the chosen results' }).click()
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: item }).click()])
  return readFile(await file.path(), 'utf8')
}

test('C is tuned on held-out sentences, and the finding says so', async ({ page }) => {
  await page.getByRole('tab', { name: 'Probes' }).click()
  await expect(page.getByRole('heading', { name: 'What does each layer encode?' })).toBeVisible()
  await choose(page, 'Words to train on', '2,000 words at random')
  await choose(page, 'Words to test on', '2,000 words at random')
  const typed = page.getByRole('textbox', { name: /^C: / })
  await expect(typed).toBeVisible()
  await page.getByRole('switch', { name: 'C on held-out sentences' }).click()
  await expect(typed).toBeHidden()
  await page.getByRole('button', { name: 'Run 2 probes' }).click()
  await expect(
    page.getByText(/C = [\d.]+ was the best of 0\.001, 0\.01, 0\.1, 1, 10 on \d+ training sentences held out for it\./)
  ).toBeVisible({ timeout: 180_000 })
})

test('doubtful labels of a run are listed, and lead to their sentence', async ({ page }) => {
  await page.getByRole('tab', { name: 'Probes' }).click()
  await page.getByRole('button', { name: 'Data check' }).click({ timeout: 120_000 })
  const dialog = page.getByRole('dialog', { name: 'Data check' })
  const rows = dialog.getByRole('table', { name: 'Doubtful labels' }).locator('tbody').getByRole('row')
  await expect(rows.first()).toBeVisible()
  const form = await rows.first().locator('strong').textContent()
  const [file] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'CSV' }).click()])
  expect(await readFile(await file.path(), 'utf8')).toContain(form!)
  await rows.first().click()
  await expect(dialog).toBeHidden()
  await expect(page.getByRole('region', { name: 'Inspector' }).getByText(form!, { exact: true }).first()).toBeVisible()
})

test('kept results are named, filtered, compared, exported, deleted and taken back', async ({ page }) => {
  await page.getByRole('tab', { name: 'Results' }).click()
  const list = page.getByRole('table', { name: 'Kept results' })
  const rows = list.locator('tbody').getByRole('row')
  await expect(rows).toHaveCount(2, { timeout: 180_000 })
  const upos = rows.filter({ hasText: 'Universal part of speech' })
  await upos.getByRole('button', { name: 'Name it' }).click()
  await page.getByRole('textbox', { name: 'Name of the result' }).fill('Tuned, first try')
  await page.keyboard.press('Enter')
  await expect(upos.getByRole('button', { name: 'Tuned, first try' })).toBeVisible()

  await page.getByRole('textbox', { name: 'Filter' }).fill('first try')
  await expect(page.getByText('1 of 2')).toBeVisible()
  await expect(rows).toHaveCount(1)
  await page.getByRole('textbox', { name: 'Filter' }).fill('no such run')
  await expect(page.getByText('No result has all of these words.')).toBeVisible()
  await page.getByRole('textbox', { name: 'Filter' }).fill('')

  const chosen = page.getByRole('region', { name: 'Chosen results' })
  await rows.filter({ hasText: 'Universal' }).getByRole('checkbox').check()
  await expect(chosen.getByRole('heading', { name: /Tuned, first try/ })).toBeVisible()
  await rows.filter({ hasText: 'Dependency relation' }).getByRole('checkbox').check()
  await expect(chosen.getByRole('heading', { name: '2 results' })).toBeVisible()
  await expect(
    chosen.getByRole('table', { name: 'Best layer of each chosen result' }).locator('tbody').getByRole('row')
  ).toHaveCount(2)

  expect(await exported(page, /Table as LaTeX/)).toMatch(/\\begin\{tabular\}[\s\S]*Tuned, first try/)
  expect(await exported(page, /Methods paragraph/)).toMatch(
    /C = [\d.]+ was chosen \(C from 0\.001, 0\.01, 0\.1, 1, 10\) by the mean accuracy of the layers on /
  )
  expect(await exported(page, /Sources as BibTeX/)).toContain('@article{liuNocedal1989')
  await page.getByRole('button', { name: 'Export the chosen results' }).click()
  await page.getByRole('menuitem', { name: /Figure/ }).click()
  expect((await saved(page, page.getByRole('button', { name: 'Save SVG' }))).text).toContain('<svg')

  await chosen.getByRole('button', { name: 'Delete' }).click()
  await expect(page.getByText('No results yet')).toBeVisible()
  await page.getByRole('status').filter({ hasText: 'Deleted 2 results.' }).getByRole('button', { name: 'Undo' }).click()
  await expect(rows).toHaveCount(2)
  await expect(list.getByRole('button', { name: 'Tuned, first try' })).toBeVisible()

  // What was kept is there after a reload.
  await page.reload()
  await page.getByRole('tab', { name: 'Results' }).click()
  await expect(list.getByRole('button', { name: 'Tuned, first try' })).toBeVisible({ timeout: 60_000 })
})
