import { readFile } from 'node:fs/promises'
import { expect, test } from './fixtures/app'

// An app of its own: the view that was left is the one the next file would begin in.
test.use({ appName: 'ablation' })

test('heads are switched off and on again, on the sentence and on the corpus, and kept under a name', async ({
  page
}) => {
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
  await page.getByRole('menuitem', { name: /Keep this set/ }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('No head 6 on top')
  await page.getByRole('button', { name: 'Keep', exact: true }).click()
  await page.getByRole('button', { name: 'Switch everything on again' }).click()
  await expect(head).toHaveAttribute('aria-pressed', 'false')
  await page.getByRole('button', { name: 'Sets of interventions' }).click()
  await page
    .getByRole('menuitem', { name: /No head 6 on top.*1 intervention/ })
    .first()
    .click()
  await expect(head).toHaveAttribute('aria-pressed', 'true')
  await page.getByRole('button', { name: 'Sets of interventions' }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: /Export set/ }).click()
  const set = JSON.parse(await readFile(await (await download).path(), 'utf8')) as { interventions: unknown[] }
  expect(set.interventions).toEqual([{ at: 'blocks.5.attn.result', heads: [5], edit: { kind: 'zero' } }])

  await page.getByRole('group', { name: 'Analysis' }).getByText('Corpus', { exact: true }).click()
  await page.getByRole('combobox', { name: 'What is switched off' }).click()
  await page.getByRole('option', { name: 'every layer' }).click()
  await page.getByRole('button', { name: 'Scan', exact: true }).click()
  const table = page.getByRole('table', { name: 'Importance of each part' })
  await expect(table.getByRole('row')).toHaveCount(7, { timeout: 120_000 })
  await expect(table.getByRole('row').nth(1)).toContainText(/\+0\.\d{4} \(\+0\.\d{4} to \+0\.\d{4}\)/)
})

test('what a probe finds is erased, measured by layer and by probes trained again, and there after a restart', async ({
  page
}) => {
  test.setTimeout(400_000)
  await page.getByRole('tab', { name: 'Ablation' }).click()
  await expect(page.getByRole('group', { name: 'Parts of the model' })).toBeVisible({ timeout: 60_000 })
  await page.getByRole('group', { name: 'Analysis' }).getByText('Effects', { exact: true }).click()
  const probes = page.getByRole('region', { name: 'Probes', exact: true })
  await expect(probes.getByRole('button', { name: 'Train again' })).toBeDisabled()
  await page.getByRole('button', { name: 'Erase a concept…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Erase a concept' })
  const layers = dialog.getByRole('group', { name: 'Layers to erase at' })
  // The chosen layer is proposed; another is taken.
  await layers.getByRole('button', { pressed: true }).click()
  await expect(dialog.getByRole('button', { name: 'Erase', exact: true })).toBeDisabled()
  await layers.getByRole('button', { name: 'Layer 4' }).click()
  await dialog.getByRole('combobox', { name: 'Words to fit on' }).click()
  await page.getByRole('option', { name: '2,000 words at random' }).click()
  await dialog.getByRole('button', { name: 'Erase', exact: true }).click()
  const edits = page.getByRole('list', { name: 'Edits without a switch on the board' })
  await expect(
    edits.getByText(/^\s*Universal part of speech erased at layer 4 \(LEACE, \d+ directions\)\s*$/)
  ).toBeVisible({
    timeout: 120_000
  })
  await expect(dialog).toBeHidden()

  await probes.getByRole('combobox', { name: 'Random sets probed' }).click()
  await page.getByRole('option', { name: '1', exact: true }).click()
  await probes.getByRole('button', { name: 'Train again' }).click()
  const table = probes.getByRole('table', { name: 'Probes kept and trained again' })
  await expect(table).toBeVisible({ timeout: 180_000 })
  const numbers = async (row: number): Promise<number[]> =>
    (
      await table
        .getByRole('row')
        .nth(row + 1)
        .getByRole('cell')
        .allTextContents()
    )
      .slice(1)
      .map((text) => Number.parseFloat(text))
  const [below, erased] = [await numbers(3), await numbers(4)]
  expect(new Set(below).size).toBe(1)
  // Of random sets the mean of the kept probes and of those trained again, each with an interval behind it.
  const [plain, kept, again, , random] = erased as [number, number, number, number, number]
  expect(plain).toBeGreaterThan(75)
  expect(random).toBeGreaterThan(plain - 10)
  expect(kept).toBeLessThan(35)
  // Other sentences than the eraser's: what its sampling error leaves is found, 33 to 43 % in an independent check.
  expect(again).toBeLessThan(45)

  const change = page.getByRole('region', { name: 'Layers and attention' })
  await change.getByRole('button', { name: 'Measure', exact: true }).click()
  await expect(change.getByRole('img', { name: 'Similarity to the unablated layer (linear CKA)' })).toBeVisible({
    timeout: 180_000
  })
  await expect(
    change.getByRole('img', { name: 'Change of attention by layer and head' }).locator('rect title').first()
  ).toHaveText(/^Layer 6, head 1: \d+ % \(\d+ to \d+\); random sets/)

  // Undo takes it off the board, and the measures say that they are of another.
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(edits).toBeHidden()
  await expect(probes.getByText('These numbers are from an earlier board.')).toBeVisible()
  await page.reload()
  await page.getByRole('tab', { name: 'Ablation' }).click()
  await page.getByRole('button', { name: 'Sets of interventions' }).click()
  await page
    .getByRole('menuitem', { name: /Universal part of speech erased at layer 4 \(LEACE\).*1 intervention/ })
    .click()
  await expect(edits.getByText(/erased at layer 4/)).toBeVisible()

  await page.getByRole('group', { name: 'Analysis' }).getByText('Sentence', { exact: true }).click()
  const other = page.getByRole('textbox', { name: 'Another sentence' })
  await other.fill('A dog sleeps in the garden.')
  await other.press('Enter')
  await expect(page.getByText(/^\s*Cosine -?\d\.\d{3} → -?\d\.\d{3} at the last layer; 10 random sets/)).toBeVisible({
    timeout: 60_000
  })
  await page.getByRole('button', { name: /^Remove: Universal part of speech/ }).click()
  await expect(edits).toBeHidden()
})

test('a set that is none is refused in a sentence', async ({ page }) => {
  await page.getByRole('tab', { name: 'Ablation' }).click()
  await expect(page.getByRole('group', { name: 'Parts of the model' })).toBeVisible({ timeout: 60_000 })
  await page.locator('input[type="file"][accept*="json"]').setInputFiles({
    name: 'wrong.json',
    mimeType: 'application/json',
    buffer: Buffer.from('{"name":"x","interventions":[{"at":"blocks.0.nose","edit":{"kind":"zero"}}]}')
  })
  await expect(page.getByText(/interventions\.0\.at: is not the name of a value in the model/)).toBeVisible()
})
