import { readFile } from 'node:fs/promises'
import { expect, test } from './fixtures/app'

// An app of its own: the view that was left is the one the next file would begin in.
test.use({ appName: 'ablation' })

test('heads are switched off and on again, on the sentence and on the corpus, and kept under a name', async ({ page }) => {
  await page.getByRole('tab', { name: 'Ablation' }).click()
  const board = page.getByRole('group', { name: 'Parts of the model' })
  const head = board.getByRole('button', { name: /^Layer 6, head 6/ })
  await expect(head).toBeVisible({ timeout: 60_000 })
  await expect(page.getByText('Nothing is switched off.')).toBeVisible()
  const moved = page.getByRole('img', { name: /^Change of hidden states by layer and token/ })
  await expect(moved).toBeVisible({ timeout: 60_000 })
  // As it is, nothing moves: no cell says a number.
  await expect(moved.locator('rect title').first()).toHaveText(/moved by 0\.000/)

  await head.click()
  await expect(head).toHaveAttribute('aria-pressed', 'true')
  await expect(page.getByText('1 part switched off.')).toBeVisible()
  // The top layer is the first row; the layers below the change stay as they are.
  await expect(moved.locator('rect title').first()).not.toHaveText(/moved by 0\.000/)
  await expect(moved.locator('rect title').last()).toHaveText(/layer 0: moved by 0\.000/)

  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(head).toHaveAttribute('aria-pressed', 'false')
  await page.getByRole('button', { name: 'Redo' }).click()
  await expect(head).toHaveAttribute('aria-pressed', 'true')

  await page.getByRole('button', { name: 'Sets of interventions' }).click()
  await page.getByRole('menuitem', { name: /Keep what is switched off/ }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('No head 6 on top')
  await page.getByRole('button', { name: 'Keep', exact: true }).click()
  await page.getByRole('button', { name: 'Switch everything on again' }).click()
  await expect(head).toHaveAttribute('aria-pressed', 'false')
  await page.getByRole('button', { name: 'Sets of interventions' }).click()
  await page.getByRole('menuitem', { name: /No head 6 on top.*1 intervention/ }).first().click()
  await expect(head).toHaveAttribute('aria-pressed', 'true')
  await page.getByRole('button', { name: 'Sets of interventions' }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: /Export set/ }).click()
  const set = JSON.parse(await readFile(await (await download).path(), 'utf8')) as { interventions: unknown[] }
  expect(set.interventions).toEqual([{ at: 'blocks.5.attn.result', heads: [5], edit: { kind: 'zero' } }])

  await page.getByRole('group', { name: 'What is shown' }).getByText('Corpus', { exact: true }).click()
  await page.getByRole('combobox', { name: 'What is switched off' }).click()
  await page.getByRole('option', { name: 'every layer' }).click()
  await page.getByRole('button', { name: 'Sweep', exact: true }).click()
  const table = page.getByRole('table', { name: 'What each part is worth' })
  await expect(table.getByRole('row')).toHaveCount(7, { timeout: 120_000 })
  await expect(table.getByRole('row').nth(1)).toContainText(/\+0\.\d{4} \(\+0\.\d{4} to \+0\.\d{4}\)/)
  await page.getByRole('button', { name: 'Measure the board' }).click()
  await expect(page.getByText(/10 random sets of the same size/)).toBeVisible({ timeout: 120_000 })
})

test('a set that is none is refused in a sentence', async ({ page }) => {
  await page.getByRole('tab', { name: 'Ablation' }).click()
  await expect(page.getByRole('group', { name: 'Parts of the model' })).toBeVisible({ timeout: 60_000 })
  await page.locator('input[type="file"][accept*="json"]').setInputFiles({ name: 'wrong.json', mimeType: 'application/json', buffer: Buffer.from('{"name":"x","interventions":[{"at":"blocks.0.nose","edit":{"kind":"zero"}}]}') })
  await expect(page.getByText(/interventions\.0\.at: is not the name of a value in the model/)).toBeVisible()
})
