import type { Page } from '@playwright/test'
import { expect, test } from './fixtures/app'
import { exportedData, exportedFigure } from './fixtures/exported'

/** Few words keep the story short; the work is the same code. */
async function takeFewWords(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings', exact: true }).click()
  for (const part of ['Words to train on', 'Words to test on']) {
    await page.getByRole('combobox', { name: part }).click()
    await page.getByRole('option', { name: '2,000 words at random' }).click()
  }
  await page.keyboard.press('Escape')
}

test('an encoder and a decoder stand side by side: curves, similarity, size, and the decoder in the other views', async ({
  page
}) => {
  await page.getByRole('tab', { name: 'Compare' }).click()
  const chips = page.getByRole('list', { name: 'Models compared' })
  await expect(chips.getByText('all-MiniLM-L6-v2')).toBeVisible({ timeout: 60_000 })
  // While it is opened its name is there too.
  await expect(chips.getByRole('button', { name: 'Take gpt2-ud-tiny away' })).toBeVisible({ timeout: 60_000 })

  await takeFewWords(page)
  const run = page.getByRole('button', { name: /^Run the (2 )?missing probes?$/ })
  await expect(run).toBeEnabled({ timeout: 60_000 })
  await run.click()
  const curves = page.getByRole('img', { name: /by relative depth: all-MiniLM-L6-v2, gpt2-ud-tiny$/ })
  await expect(curves).toBeVisible({ timeout: 120_000 })
  await expect(page.getByRole('table', { name: 'Best layer of each model' }).getByRole('row')).toHaveCount(3)
  // Which is behind, and by how much: a figure with its interval.
  await expect(page.getByRole('table', { name: 'Best layer of each model' })).toContainText(
    /[−+]\d+\.\d [−+]\d+\.\d to [−+]\d+\.\d/
  )

  const map = page.getByRole('application', { name: /^CKA of all-MiniLM-L6-v2 and gpt2-ud-tiny over [\d,]+ words/ })
  await expect(map).toBeVisible({ timeout: 60_000 })
  const cka = await exportedData(page, 'the similarity map')
  const rows = cka.text.trim().split('\r\n')
  expect(cka.name).toBe('cka-all-MiniLM-L6-v2-gpt2-ud-tiny.csv')
  expect(rows).toHaveLength(1 + 7 * 5)
  for (const row of rows.slice(1)) expect(Math.abs(Number(row.split(',')[6]))).toBeLessThanOrEqual(1)
  expect((await exportedFigure(page, 'the curves')).text).toContain('gpt2-ud-tiny')

  // The keyboard reads the map out; choosing a cell chooses the layer of the open model.
  await map.focus()
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('slider', { name: /layer/i }).first()).toHaveAttribute('aria-valuenow', '1')

  await page.getByRole('button', { name: 'Measure speed' }).click()
  await expect(
    page.getByRole('region', { name: 'Models in numbers' }).getByText(/words, median of \d passes/)
  ).toBeVisible({ timeout: 60_000 })

  // A click on the decoder's name makes it the open model, for every view.
  await chips.getByRole('button', { name: 'gpt2-ud-tiny', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Model: gpt2-ud-tiny' })).toBeVisible()
  await page.getByRole('tab', { name: 'Attention' }).click()
  await expect(page.getByRole('gridcell')).toHaveCount(4 * 4, { timeout: 60_000 })
  await page.getByRole('tab', { name: 'Compare' }).click()
  await chips.getByRole('button', { name: 'all-MiniLM-L6-v2', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Model: all-MiniLM-L6-v2' })).toBeVisible()
})
