import { expect, test } from './fixtures/app'
import { exportedData, exportedFigure, exportedTable } from './fixtures/exported'

/** Fewer words keep the story short; the layout is the same code. */
test.beforeEach(async ({ page }) => {
  await page.getByRole('tab', { name: 'Projection' }).click()
  const compute = page.getByRole('button', { name: 'Extract them' })
  const scatter = page.getByRole('img', { name: /^Scatter of words/ })
  await expect(compute.or(scatter)).toBeVisible({ timeout: 120_000 })
  if (await compute.isVisible()) await compute.click()
  await expect(scatter).toBeVisible({ timeout: 240_000 })
  const words = page.getByRole('combobox', { name: 'How many words' })
  if (!(await words.textContent())?.includes('2,000')) {
    await words.click()
    await page.getByRole('option', { name: '2,000' }).click()
    await expect(page.getByText(/2,000 of [\d,]+ words, drawn at random/)).toBeVisible({ timeout: 60_000 })
  }
})

test('the words of a layer are laid out, move while they are, and follow the layer', async ({ page, host }) => {
  const scatter = page.getByRole('img', { name: /^Scatter of words/ })
  await expect(page.getByRole('button', { name: 'Re-run layout' })).toBeEnabled({ timeout: 60_000 })
  const settled = await scatter.screenshot()
  // While it runs it can be stopped; the picture at that moment is another than the settled one. On a busy machine the
  // layout may be done before the press arrives: it is started once more then.
  await expect(async () => {
    await page.getByRole('button', { name: 'Re-run layout' }).click({ timeout: 20_000 })
    await page.getByRole('button', { name: 'Stop here' }).click({ timeout: 3_000 })
  }).toPass({ timeout: 80_000 })
  expect(Buffer.compare(await scatter.screenshot(), settled)).not.toBe(0)
  await page.getByRole('slider', { name: /layer/i }).first().focus()
  await page.keyboard.press('ArrowRight')
  await expect(page.getByText(/^\s*Layer \d: 2,000 of/)).toBeVisible({ timeout: 60_000 })
  if (host !== 'bridge') return
  const calls = await page.evaluate(() => (window as unknown as { portCalls: string[] }).portCalls)
  expect(calls, 'vectors come over the port to the engine').toContain('projection.input')
})

test('a class chosen in the legend, a search and an exported table agree with the data', async ({ page }) => {
  await expect(page.getByRole('button', { name: 'Re-run layout' })).toBeEnabled({ timeout: 60_000 })
  const legend = page.getByRole('region', { name: /^Classes of/ })
  const nouns = legend.getByRole('button', { name: /^NOUN/ })
  await nouns.click()
  await expect(nouns).toHaveAttribute('aria-pressed', 'true')
  await nouns.click()
  await page.getByRole('textbox', { name: 'Find words' }).fill('the')
  const list = page.getByRole('region', { name: 'Words found' })
  await expect(list).toBeVisible()
  const first = list.getByRole('listitem').first()
  const form = (await first.locator('b').textContent())!
  expect(form.toLowerCase()).toMatch(/^the/)
  await first.getByRole('button').click()
  // The same word is now the selected one in the inspector.
  await expect(page.getByRole('region', { name: 'Inspector' }).getByText(form, { exact: true }).first()).toBeVisible()

  // The legend counts what the search finds, all of it again without one.
  await expect(nouns).toBeHidden()
  await page.getByRole('button', { name: 'Clear Find words' }).click()
  const rows = (await exportedData(page, 'the projection')).text.trim().split('\r\n')
  expect(rows[0]).toBe('word,sentence,position,label,x,y,chosen')
  expect(rows).toHaveLength(2001)
  const labels = rows.slice(1).filter((row) => row.includes(',NOUN,')).length
  await expect(nouns).toContainText(labels.toLocaleString('en'))
})

test('a lasso lists the words inside it', async ({ page }) => {
  await expect(page.getByRole('button', { name: 'Re-run layout' })).toBeEnabled({ timeout: 60_000 })
  await page.getByRole('button', { name: /^Lasso/ }).click()
  const box = (await page.getByRole('img', { name: /^Scatter of words/ }).boundingBox())!
  await page.mouse.move(box.x + 4, box.y + 4)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width - 4, box.y + 4)
  await page.mouse.move(box.x + box.width - 4, box.y + box.height - 4)
  await page.mouse.move(box.x + 4, box.y + box.height - 4)
  await page.mouse.up()
  const chosen = page.getByRole('region', { name: 'Selected words' })
  // Around the whole picture: all but the few strays that the fitted view leaves outside.
  const count = Number((await chosen.getByRole('heading').textContent())!.replace(/\D/g, ''))
  expect(count).toBeGreaterThan(1950)
  expect(count).toBeLessThanOrEqual(2000)
  await page.keyboard.press('Escape')
  await expect(chosen).toBeHidden()
})

test('words in like contexts, neurons and the geometry of layers are shown, and exported', async ({ page }) => {
  const part = page.getByRole('group', { name: 'Part of the projection' })
  await part.getByText('Contexts', { exact: true }).click()
  const found = page.getByRole('list', { name: 'Words found' })
  await expect(found.getByRole('listitem')).toHaveCount(50, { timeout: 60_000 })
  const counts = page.getByRole('region', { name: 'Counts of Universal part of speech' })
  await counts.getByRole('button').first().click()
  await expect(counts.getByRole('button')).toHaveCount(1, { timeout: 60_000 })
  expect((await exportedTable(page, 'the contexts')).text).toMatch(/^word,left,right,sentence,position,distance\r?\n/)
  await part.getByText('Neurons', { exact: true }).click()
  await expect(page.getByRole('list', { name: 'Words with its highest values' })).toBeVisible({ timeout: 60_000 })
  await expect(page.getByRole('img', { name: /^Neuron \d+ by layer and token$/ })).toBeVisible({ timeout: 60_000 })
  await exportedFigure(page, 'the neurons')
  expect((await exportedData(page, 'the neurons')).text).toMatch(/^label,neuron,correlation\r?\n/)
  await part.getByText('Geometry', { exact: true }).click()
  await page.getByRole('button', { name: /^Measure/ }).click()
  await expect(page.getByRole('img', { name: /^Geometry of the layers/ })).toBeVisible({ timeout: 120_000 })
  await exportedFigure(page, 'the geometry')
  await part.getByText('Words', { exact: true }).click()
  await expect(page.getByRole('img', { name: /^Scatter of words/ })).toBeVisible()
})
