import type { Page } from '@playwright/test'
import { expect, test } from './fixtures/app'
import { exportedData, exportedFigure } from './fixtures/exported'

// An app of its own: the first start runs the probes that are the columns of the map.
test.use({ appName: 'sweeps' })
test.describe.configure({ mode: 'serial', timeout: 600_000 })

async function openPane(page: Page, name: string): Promise<void> {
  await page.getByRole('tab', { name: 'Ablation' }).click()
  await page.getByRole('group', { name: 'Analysis' }).getByText(name, { exact: true }).click({ timeout: 60_000 })
}
async function fewWords(page: Page): Promise<void> {
  await page.getByRole('combobox', { name: 'How many words' }).click()
  await page.getByRole('option', { name: '300', exact: true }).click()
}

test('every part by every task: the map is drawn, sorted, read and saved, and is there at once the second time', async ({
  page
}) => {
  await openPane(page, 'Map')
  await expect(page.getByRole('switch', { name: 'Universal part of speech' })).toBeVisible({ timeout: 180_000 })
  // The first start probes both tasks, one after the other; the map would share the processor with it.
  await expect(page.getByRole('switch', { name: 'Dependency relation' })).toBeVisible({ timeout: 240_000 })
  await fewWords(page)
  await page.getByRole('button', { name: 'Map every part' }).click()
  const table = page.getByRole('table', { name: 'Parts by task' })
  await expect(table.getByRole('row')).toHaveCount(1 + 72 + 18, { timeout: 240_000 })
  const map = page.getByRole('application', { name: /^Map of all parts/ })
  await expect(map.locator('[data-part="5 0"]').first()).toBeVisible()

  await map.locator('[data-part="3 5"]').first().click()
  await expect(page.getByText('Layer 4, head 6 off')).toBeVisible()
  await expect(page.getByText(/against random directions/).first()).toBeVisible()
  await map.press('ArrowRight')
  await expect(page.getByText('Layer 4, head 7 off')).toBeVisible()
  await page.getByRole('button', { name: 'Switch off on the board' }).click()
  await expect(
    page.getByRole('group', { name: 'Parts of the model' }).getByRole('button', { name: /^Layer 4, head 7/ })
  ).toHaveAttribute('aria-pressed', 'true')

  await table.getByRole('button', { name: 'Universal part of speech' }).click()
  const values = (await table.locator('tbody tr td:nth-child(2)').allTextContents()).map((text) =>
    Number(text.trim().replace('−', '-'))
  )
  expect(values).toEqual([...values].sort((a, b) => a - b))

  const csv = (await exportedData(page, 'the map')).text
  expect(csv.trim().split('\r\n')[0]).toBe(
    'kind,block,head,measure,title,plain,value,difference,low,high,beyondRandom,beyondLow,beyondHigh,corrected'
  )
  expect((await exportedFigure(page, 'the map')).text).toContain('Importance of every part of the model for every task')

  await page.getByRole('button', { name: 'Map every part' }).click()
  await expect(page.getByText(/100 % came from earlier runs/)).toBeVisible({ timeout: 240_000 })

  await map.locator('[data-part="3 5"]').first().click()
  await page.getByRole('button', { name: 'Show in Attention' }).click()
  await expect(page.getByRole('heading', { name: 'Layer 4, head 6' })).toBeVisible()
  await page.getByRole('switch', { name: 'Gold tree' }).click()
  await expect(page.getByText(/^\s*Gives the head/)).toBeVisible()
})

test('neurons are ranked and taken away', async ({ page }) => {
  await openPane(page, 'Neurons')
  await fewWords(page)
  await page.getByRole('button', { name: 'Rank and prune' }).click()
  const table = page.getByRole('table', { name: 'Neurons of each class' })
  await expect(table.getByRole('row').nth(1)).toContainText(/\d+ \(\d+\.\d\)/, { timeout: 240_000 })
  await expect(page.getByRole('img', { name: /ranking probe of layer 3 as neurons are removed/ })).toBeVisible()
  const csv = (await exportedData(page, 'the neurons')).text
  const rows = csv
    .trim()
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(','))
  // Accuracy of the ranking probe with a tenth of its neurons gone: the most important cost more than the least.
  const accuracy = (order: string): number =>
    Number(rows.find((row) => row[0] === 'probe' && row.includes(order) && row.includes('38'))!.at(-4))
  expect(accuracy('top')).toBeLessThan(accuracy('bottom') - 0.05)
})
