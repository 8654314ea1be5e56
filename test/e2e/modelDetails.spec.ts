import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from '@playwright/test'
import { expect, test } from './fixtures/app'

test.use({ appName: 'modelDetails' })

async function openDetails(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: /^Model: / }).click()
  await page.getByRole('menuitem', { name: /^Model details/ }).click()
  return page.getByRole('dialog')
}

test('the bundled model says what it is, and is checked against PyTorch when asked', async ({ page }) => {
  await expect(page.getByRole('button', { name: 'Model: all-MiniLM-L6-v2' })).toBeVisible()
  const dialog = await openDetails(page)
  await expect(dialog).toContainText('6 layers × 12 heads, 384 wide')
  await expect(dialog).toContainText('22,713,216, stored as F16')
  await expect(dialog).toContainText('apache-2.0')
  const agreement = dialog.getByRole('region', { name: 'Agreement with PyTorch' })
  await expect(agreement.getByRole('status')).toHaveText('Not checked against PyTorch yet')
  await agreement.getByRole('button', { name: 'Check against PyTorch' }).click()
  await expect(agreement.getByRole('status')).toHaveText(/^Checked against PyTorch: largest difference \d\.\de-[5-9]$/)
  await page.keyboard.press('Escape')

  // What was found is remembered; the palette leads there too.
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Ask, search or run' }).fill('model details')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog').getByRole('status')).toHaveText(/^Checked against PyTorch/)
  await page.keyboard.press('Escape')
})

test('the structure of the model: a tensor is found by name, with its norm and histogram', async ({ page }) => {
  await page.getByRole('button', { name: /^Model: / }).click()
  await page.getByRole('menuitem', { name: /^Structure/ }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('103 tensors, 22,713,216 parameters')
  await dialog.getByRole('textbox', { name: 'Find a tensor' }).fill('block 0 query weight')
  await expect(dialog.getByRole('table').getByRole('row')).toHaveCount(2)
  await expect(dialog.getByRole('table')).toContainText('attention.self.query.weight')
  // Its Frobenius norm, as NumPy computes it.
  await expect(dialog.getByRole('table')).toContainText('36.66')
  await expect(dialog.getByRole('img', { name: 'Values from -0.772 to 0.651' })).toBeVisible()
  await page.keyboard.press('Escape')
})

test('a pytorch_model.bin opens by its path, and without a reference says how to make one', async ({ page }) => {
  const folder = await mkdtemp(join(tmpdir(), 'layerscope-e2e-torch-'))
  await cp('test/fixtures/torch/bert', folder, { recursive: true })
  await cp('test/fixtures/parity/bert/config.json', join(folder, 'config.json'))
  await page.keyboard.press('Control+o')
  await page.getByRole('textbox', { name: 'Folder or file' }).fill(join(folder, 'pytorch_model.bin'))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: /^Model: layerscope-e2e-torch/ })).toBeVisible()
  const dialog = await openDetails(page)
  await expect(dialog).toContainText('pytorch_model.bin')
  await expect(dialog.getByRole('region', { name: 'Agreement with PyTorch' })).toContainText('docs/parity.md')
  await page.keyboard.press('Escape')
  await rm(folder, { recursive: true })
})
