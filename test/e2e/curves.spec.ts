import { choose, expect, testWithModel as test } from './fixtures/app'
import { exportedData } from './fixtures/exported'

test.describe.configure({ mode: 'serial', timeout: 240_000 })
test.use({ appName: 'curves' })

test('layers are tested against one another and their controls, the twin at a click', async ({ page }) => {
  await page.getByRole('tab', { name: 'Probes' }).click()
  await page.getByRole('checkbox', { name: /Dependency relation/ }).uncheck()
  await choose(page, 'Words to train on', '2,000 words at random')
  await choose(page, 'Words to test on', '2,000 words at random')
  await page.getByRole('button', { name: 'Run probe' }).click()
  const finding = page.getByText(/^\s*That is \d+ points above always predicting /)
  await expect(finding).toContainText(
    /Signal at layer \d: beside the word type and layer 0 it makes the probe \d+\.\d points more accurate\. /,
    { timeout: 90_000 }
  )
  await expect(finding).toContainText(/ points more accurate\. The untrained twin has not been probed/)
  await expect(finding).toContainText('(paired tests, corrected)')

  await page.getByRole('button', { name: 'Probe the untrained twin too' }).click()
  await expect(finding).toContainText(
    /Signal at layer \d: beside the word type and layer 0 .* It also beats the untrained twin\./,
    { timeout: 90_000 }
  )
  const controls = page.getByRole('region', { name: /^Layer \d against its controls$/ })
  await expect(controls.getByText('Untrained twin', { exact: true })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Probe the untrained twin too' })).toHaveCount(0)
  // The last layer of a sentence encoder has less of it than the embeddings.
  await page.getByRole('slider', { name: 'Layer on the chart' }).focus()
  await page.keyboard.press('End')
  await expect(page.getByRole('region', { name: 'Layer 6 against its controls' })).toContainText('Layer 0')
})

test('a curve by training size is offered, drawn, kept and exported', async ({ page }) => {
  await page.getByRole('tab', { name: 'Probes' }).click()
  await page.getByRole('button', { name: 'Training size', exact: true }).click()
  const curve = page.getByRole('region', { name: 'Training size curve' })
  await curve.getByRole('textbox', { name: 'Shares' }).fill('1/8, 2')
  await expect(curve.getByText('These settings cannot be read.')).toBeVisible()
  await curve.getByRole('textbox', { name: 'Shares' }).fill('1/8, 1')
  await curve.getByRole('textbox', { name: 'Draws' }).fill('2')
  // Two draws of an eighth and one of all, on seven layers.
  await expect(curve.getByText(/ 21 probes: (about|under) /)).toBeVisible()
  await curve.getByRole('button', { name: 'Draw the curve' }).click()
  const chart = curve.getByRole('img', {
    name: /^Accuracy of Universal part of speech by training items, a line a layer$/
  })
  await expect(chart).toBeVisible({ timeout: 120_000 })
  await expect(chart.locator('[data-line]')).toHaveCount(8)

  const file = await exportedData(page, 'the curve')
  expect(file.name).toBe('upos-all-MiniLM-L6-v2-size.csv')
  const rows = file.text.trim().split('\r\n')
  expect(rows).toHaveLength(1 + 21)

  // Kept: there again in a window of its own.
  await page.reload()
  await page.getByRole('tab', { name: 'Probes' }).click()
  await expect(chart).toBeVisible({ timeout: 30_000 })
  await page.getByRole('button', { name: 'Languages', exact: true }).click()
  await expect(page.getByText(/Open one file a language as one data set/)).toBeVisible()
  await page.getByRole('button', { name: 'By layer', exact: true }).click()
})
