import type { Locator, Page } from '@playwright/test'
import { choose, expect, testWithModel as test } from './fixtures/app'
import { exportedData, exportedFigure, exportedTable } from './fixtures/exported'

// One story: what the first test has run, the others look at.
test.describe.configure({ mode: 'serial', timeout: 240_000 })
test.use({ appName: 'probes' })

const plain = (text: string | null): string => (text ?? '').replace(/\s/g, ' ')

async function openProbes(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Probes' }).click()
}
/** Rows of a CSV file without quoted fields. */
function rowsOf(csv: string): Record<string, string>[] {
  const [header = '', ...lines] = csv.trim().split('\r\n')
  const names = header.split(',')
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, index) => [names[index] ?? '', value])))
}
const chart = (page: Page): Locator => page.getByRole('slider', { name: 'Layer on the chart' }).locator('svg')
const mistakes = (page: Page): Locator => page.getByRole('listbox', { name: 'words the probe got wrong' })

test('a probe is set up, its cost shown, run, and read from chart to sentence', async ({ page }) => {
  await openProbes(page)
  await expect(page.getByRole('heading', { name: 'What does each layer encode?' })).toBeVisible()
  await page.getByRole('checkbox', { name: /Dependency relation/ }).uncheck()
  await choose(page, 'Words to train on', '2,000 words at random')
  await choose(page, 'Words to test on', '2,000 words at random')
  await expect(page.getByText(/^\s*4,\d{3} words.*: (about|under)/)).toBeVisible()
  await page.getByRole('button', { name: 'Run probe' }).click()

  await expect(page.getByText(/Universal part of speech is decoded best at layer \d: \d\d\.\d\s%/)).toBeVisible({
    timeout: 90_000
  })
  await expect(chart(page).locator('[data-line] [data-layer]')).toHaveCount(7)

  await chart(page).locator('[data-layer="5"]').click()
  await expect(page.getByRole('heading', { name: 'Layer 5', exact: true })).toBeVisible()
  await expect(page.getByRole('slider', { name: 'Layer on the chart' })).toHaveAttribute('aria-valuenow', '5')

  // The matrix of the layer before stays until that of this one is there, under its own name.
  const matrix = page.getByRole('application', { name: /^Confusion matrix .* at layer 5\b/ })
  const wrong = matrix.locator('rect[data-cell][fill="var(--mark)"]').first()
  const [row = 0, column = 0] = ((await wrong.getAttribute('data-cell')) ?? '').split(',').map(Number)
  const gold = (await matrix.locator('[data-gold]').nth(row).getAttribute('data-gold')) ?? ''
  const predicted = (await matrix.locator('[data-predicted]').nth(column).getAttribute('data-predicted')) ?? ''
  await wrong.click()
  await expect(page.getByRole('combobox', { name: 'Which mistakes' })).toHaveText(`${gold} → ${predicted}`)
  const first = mistakes(page).getByRole('option').first()
  await expect(first).toContainText(predicted)
  const form = await first.locator('mark').innerText()
  await first.click()
  await expect(first).toHaveAttribute('aria-selected', 'true')
  await expect(page.getByRole('tab', { name: 'Probes' })).toHaveAttribute('aria-selected', 'true')
  await expect(page.getByLabel('Word', { exact: true })).toContainText(form)
  await expect(page.getByLabel('Word', { exact: true })).toContainText(gold)
})

test('the exported table holds the numbers on screen', async ({ page }) => {
  await openProbes(page)
  await page.getByRole('button', { name: 'As a table' }).click()
  const { name, text } = await exportedTable(page, 'the chart')
  expect(name).toBe('upos-all-MiniLM-L6-v2-accuracy.csv')
  const rows = rowsOf(text)
  expect(rows).toHaveLength(7)
  const table = page.getByRole('table', { name: 'Accuracy by layer' })
  for (const [index, row] of rows.entries()) {
    const cells = (await table.locator('tbody tr').nth(index).locator('td').allInnerTexts()).map(plain)
    const share = (value: string | undefined): string => (Number(value) * 100).toFixed(1)
    expect(cells).toEqual([
      row.layer,
      row.hook,
      `${share(row.accuracy)} % ${share(row.accuracy_low)}–${share(row.accuracy_high)} %`
    ])
    expect(row).toMatchObject({ task: 'upos', train_split: 'train', test_split: 'test', converged: 'true' })
    expect(Number(row.accuracy)).toBeGreaterThan(Number(row.majority_accuracy))
  }
  await page.getByRole('button', { name: 'As a table' }).click()

  const figure = await exportedFigure(page, 'the chart')
  expect(figure.text).toContain('<title>Accuracy by layer of Universal part of speech</title>')
  expect(figure.text).not.toContain('var(--')

  // The class chosen in the test before is still chosen: the selection outlives the window.
  await choose(page, 'Which mistakes', 'All mistakes')
  const matrix = await exportedData(page, 'the confusion matrix')
  const shown = Number(
    (
      await page
        .getByLabel('words the probe got wrong')
        .getByText(/^[\d,]+ words?\s*$/)
        .innerText()
    ).replace(/\D/g, '')
  )
  const wrong = rowsOf(matrix.text).filter((row) => row.gold !== row.predicted)
  expect(wrong.reduce((sum, row) => sum + Number(row.count), 0)).toBe(shown)
})

test('a class is followed through scores, mistakes and layers; keys do what the pointer does', async ({ page }) => {
  await openProbes(page)
  const slider = page.getByRole('slider', { name: 'Layer on the chart' })
  await slider.focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('heading', { name: 'Layer 1', exact: true })).toBeVisible()

  await page.getByRole('button', { name: 'Classes', exact: true }).click()
  await page.getByRole('row', { name: /^ADJ/ }).click()
  await page.getByRole('button', { name: 'Mistakes', exact: true }).click()
  await expect(page.getByRole('combobox', { name: 'Which mistakes' })).toHaveText('all of ADJ')
  await mistakes(page).focus()
  await page.keyboard.press('End')
  await expect(mistakes(page).getByRole('option', { selected: true })).toBeVisible()
  await page.getByRole('button', { name: 'Show all mistakes' }).click()
  await expect(page.getByRole('combobox', { name: 'Which mistakes' })).toHaveText('All mistakes')

  await page.getByRole('application', { name: /^Confusion matrix/ }).focus()
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key)
  await expect(page.getByRole('combobox', { name: 'Which mistakes' })).toHaveText(/^\S+ → \S+$/)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('combobox', { name: 'Which mistakes' })).toHaveText('All mistakes')

  await page.getByRole('button', { name: 'Selectivity', exact: true }).click()
  await expect(page.getByText(/is most selective at layer \d: -?\d+\.\d points/)).toBeVisible()
})

test('a running probe is cancelled', async ({ page }) => {
  await openProbes(page)
  await page.getByRole('button', { name: 'New probe' }).click()
  const dialog = page.getByRole('dialog', { name: 'New probe' })
  for (const box of await dialog.getByRole('checkbox').all()) await box.uncheck()
  await dialog.getByRole('checkbox', { name: /Dependency relation/ }).check()
  await choose(page, 'Part to train on', /^train/)
  await choose(page, 'Words to train on', /^all/)
  await dialog.getByRole('button', { name: 'Run probe' }).click()
  const underWay = page.getByRole('list', { name: 'Running probes' })
  await expect(underWay).toContainText('Probing Dependency relation')
  await page.getByRole('button', { name: 'Cancel probing Dependency relation' }).click()
  await expect(underWay).toHaveCount(0)
  await expect(page.getByRole('group', { name: 'Probed tasks' })).not.toContainText('Dependency relation')
})

test('a kept run is there after the window is reloaded, and gone once deleted', async ({ page }) => {
  await page.reload()
  await openProbes(page)
  // The measure that was shown last is shown again.
  await page.getByRole('button', { name: 'Accuracy', exact: true }).click()
  await expect(page.getByText(/Universal part of speech is decoded best/)).toBeVisible()
  await page.getByRole('button', { name: /^Runs/ }).click()
  await page.getByRole('button', { name: /^Delete the run/ }).click()
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'What does each layer encode?' })).toBeVisible()
})
