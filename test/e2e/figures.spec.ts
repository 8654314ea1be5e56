import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { expect, test } from './fixtures/app'
import { exportedData, exportedFigure, openProof, saved } from './fixtures/exported'

// One window: what leaves it, and what comes back.
test.describe.configure({ mode: 'serial', timeout: 240_000 })
test.use({ appName: 'figures', colorScheme: 'dark' })

const text = 'The keys to the old cabinet are on the table .'

async function typed(page: Page): Promise<void> {
  // Until model and data are open a figure has no view that could be opened again.
  await expect(page.getByRole('button', { name: 'Copy a link to this view' })).toBeEnabled({ timeout: 120_000 })
  await page.getByRole('tab', { name: 'Attention' }).click()
  await page.getByRole('textbox', { name: 'Type a sentence' }).fill(text)
  await page.keyboard.press('Enter')
  await expect(page.getByText('Typed sentence').first()).toBeVisible({ timeout: 120_000 })
  await page.getByRole('gridcell', { name: /^Layer 5, head 3,/ }).click()
  await expect(page.getByRole('heading', { name: 'Layer 5, head 3' })).toBeVisible()
}

test('every figure fits 3.25 inches: light, with fonts, no text under 6 points, none cut or over other text', async ({
  page
}) => {
  await typed(page)
  // Three clicks from launch: the view, Export, Save.
  expect((await exportedFigure(page, 'the lines')).name).toBe('attention-layer-5-head-3-lines.svg')
  await exportedFigure(page, 'all heads')
  await page.getByText('Matrix', { exact: true }).first().click()
  await exportedFigure(page, 'the matrix')

  await page.getByRole('tab', { name: 'Ablation' }).click()
  await page
    .getByRole('group', { name: 'Parts of the model' })
    .getByRole('button', { name: /^Layer 4, head 6/ })
    .click({ timeout: 60_000 })
  await exportedFigure(page, 'the change of hidden states')
  await exportedFigure(page, "the sentence's curves")

  await page.getByRole('tab', { name: 'Projection' }).click()
  await expect(page.getByRole('button', { name: 'Export the projection' })).toBeEnabled({ timeout: 180_000 })
  const projection = await exportedFigure(page, 'the projection')
  // A path a class, and not one a point.
  expect(projection.text.match(/<path/g)!.length).toBeLessThan(60)
})

test('width, numbers from 0, legend and caption are as chosen', async ({ page }) => {
  await typed(page)
  const what = 'the matrix'
  await page.getByText('Matrix', { exact: true }).first().click()
  const proof = await openProof(page, what)
  await proof.getByText('6.75 in', { exact: true }).click()
  await proof.getByText('from 0', { exact: true }).click()
  await proof.getByRole('switch', { name: 'Legend' }).click()
  await proof.getByRole('switch', { name: 'Caption under the figure' }).click()
  await proof.getByRole('textbox', { name: 'Caption' }).fill('Attention of one head, n = 1 sentence.')
  await expect(proof.getByRole('img')).toHaveAttribute('width', String(6.75 * 96))
  const { text: svg } = await saved(page, proof.getByRole('button', { name: 'Save SVG' }))
  expect(svg).toContain('width="6.75in"')
  expect(svg).toMatch(/>Layer 4, head 2</)
  expect(svg).toMatch(/data-part="caption"|>Attention of one head, n = 1 sentence\.</)
  expect(svg).not.toContain('attention weight; rows attend to columns')
  expect(svg).toContain('<desc>Attention of one head, n = 1 sentence.</desc>')

  // Any width within limits; beyond them it is refused in words.
  const again = await openProof(page, what)
  await again.getByText('Other', { exact: true }).click()
  await again.getByRole('textbox', { name: 'Width in inches' }).fill('40')
  await expect(again.getByRole('alert')).toHaveText('A width from 2 to 20 inches.')
  await expect(again.getByRole('button', { name: 'Save SVG' })).toBeDisabled()
  await again.getByText('3.25 in', { exact: true }).click()
  await again.getByText('from 1', { exact: true }).click()
  await again.getByRole('switch', { name: 'Legend' }).click()
  await again.getByRole('switch', { name: 'Caption under the figure' }).click()
  await page.keyboard.press('Escape')
})

test('a PDF has its page, text and fonts inside; it and a PNG say which view made them, and reopen it', async ({
  page
}) => {
  await typed(page)
  const what = 'the matrix'
  await page.getByText('Matrix', { exact: true }).first().click()
  const pdf = await exportedFigure(page, what, 'PDF')
  const raw = pdf.bytes.toString('latin1')
  const [, wide] = /\/MediaBox \[0 0 ([\d.]+) [\d.]+\]/.exec(raw)!
  expect(Number(wide)).toBeCloseTo(3.25 * 72, 1)
  // Every font that is named is inside.
  expect(raw.match(/\/FontFile2 /g)!.length).toBe(raw.match(/\/FontDescriptor \d/g)!.length)
  expect(raw).not.toMatch(/\/BaseFont \/(Helvetica|Times|Courier|Symbol|ZapfDingbats)/)
  // Letters, and not their outlines.
  expect(raw).toContain('/ToUnicode')

  const png = await exportedFigure(page, what, 'PNG')
  expect(png.bytes.readUInt32BE(16)).toBe(975)
  expect(png.bytes.includes('pHYs')).toBe(true)
  await openProof(page, what).then((proof) => proof.getByText('SVG', { exact: true }).click())
  await page.keyboard.press('Escape')

  const json = await exportedData(page, what, 'JSON')
  for (const file of [pdf, png, json]) {
    await page.getByRole('tab', { name: 'Compare' }).click()
    await page.keyboard.press('Escape')
    const path = join(tmpdir(), `layerscope-${process.pid}-${file.name}`)
    await writeFile(path, file.bytes)
    await page.keyboard.press('Control+k')
    await page
      .getByRole('combobox')
      .or(page.getByPlaceholder(/search|run/i))
      .first()
      .fill('Open workspace')
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Enter')])
    await chooser.setFiles(path)
    await expect(page.getByRole('heading', { name: 'Layer 5, head 3' })).toBeVisible({ timeout: 60_000 })
  }
})

test('figures are put into a report, ordered, described, and saved as one file that needs no network', async ({
  page,
  context
}) => {
  await typed(page)
  for (const what of ['all heads', 'the matrix']) {
    if (what === 'the matrix') await page.getByText('Matrix', { exact: true }).first().click()
    const proof = await openProof(page, what)
    await proof.getByRole('button', { name: 'Add to report' }).click()
    await expect(proof).toBeHidden()
  }
  await page.getByRole('tab', { name: 'Results' }).click()
  await page.getByText('Report (2)', { exact: true }).click()
  const cells = page.getByRole('region', { name: 'Report' }).getByRole('listitem')
  await expect(cells).toHaveCount(2)
  await expect(cells.first()).toContainText('attention-heads')
  await cells.first().getByRole('textbox', { name: 'Note' }).fill('Look at layer 1.')
  await cells.first().getByRole('button', { name: /down$/ }).click()
  await expect(cells.first()).toContainText('matrix')
  await page.reload()
  await page.getByText('Report (2)', { exact: true }).click({ timeout: 60_000 })
  await expect(cells).toHaveCount(2)
  await expect(cells.nth(1).getByRole('textbox', { name: 'Note' })).toHaveValue('Look at layer 1.')
  const report = await saved(page, page.getByRole('button', { name: 'Save report' }))
  await cells.nth(1).getByRole('button', { name: /^Take/ }).click()
  await expect(cells).toHaveCount(1)
  await page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
  await expect(cells).toHaveCount(2)

  // Read without a network, by a page that has seen nothing of the app.
  const path = join(tmpdir(), `layerscope-${process.pid}-report.html`)
  await writeFile(path, report.bytes)
  const reader = await context.newPage()
  const requests: string[] = []
  reader.on('request', (request) => requests.push(request.url()))
  await context.setOffline(true)
  await reader.goto(`file://${path}`)
  await expect(reader.getByRole('figure')).toHaveCount(2)
  await expect(reader.getByText('Look at layer 1.')).toBeVisible()
  await expect(reader.getByRole('link', { name: 'Open this view in Layerscope' })).toHaveCount(2)
  await reader
    .getByText(/^Data: /)
    .first()
    .click()
  const table = reader.getByRole('table').first()
  await table.getByRole('button', { name: 'weight' }).click()
  await table.getByRole('button', { name: 'weight' }).click()
  await expect(table.getByRole('columnheader', { name: 'weight' })).toHaveAttribute('aria-sort', 'descending')
  expect(requests.filter((url) => !/^(file|data):/.test(url))).toEqual([])
  await context.setOffline(false)
  await reader.close()
})
