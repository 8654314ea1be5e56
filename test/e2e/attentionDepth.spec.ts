import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Locator, Page } from '@playwright/test'
import { choose, expect, testWithModel as test } from './fixtures/app'

// Attention beyond one head's weights: large tiles, masks, pairs, other maps, query and key by dimension, long texts.
test.describe.configure({ mode: 'serial' })
test.use({ appName: 'attention in depth' })

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const lines = (page: Page): Locator => page.getByRole('region', { name: /^Lines of layer/ })
const queries = (page: Page): Locator => page.getByRole('listbox', { name: 'Tokens that look' })

async function type(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Type a sentence' }).fill(text)
  await page.getByRole('textbox', { name: 'Type a sentence' }).press('Enter')
  // Another test may have left the large tiles on screen.
  const tiles = page.getByRole('region', { name: 'All heads, large' })
  await expect(queries(page).or(tiles)).toBeVisible()
  if (!(await tiles.isVisible())) return
  await page.getByRole('tab', { name: 'Attention' }).focus()
  await page.keyboard.press('Escape')
  await expect(queries(page)).toBeVisible()
}
async function expectAccessible(page: Page): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource)
  const { violations } = await page.evaluate(
    () =>
      (window as unknown as { axe: typeof import('axe-core') }).axe.run('main', {
        resultTypes: ['violations']
      }) as Promise<AxeResults>
  )
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(serious.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`))).toEqual([])
}
/** What is wider than the window leaves room for. */
async function expectNothingCut(page: Page): Promise<void> {
  const cut = await page.evaluate(() => {
    const { right } = document.querySelector('main')!.getBoundingClientRect()
    return [...document.querySelectorAll('main button, main p, main h2, main [role="combobox"]')]
      .filter((element) => !element.closest('.scroller, .room'))
      .filter((element) => element.getBoundingClientRect().right > right + 1)
      .map((element) => element.textContent)
  })
  expect(cut).toEqual([])
}

test('all heads large: a click opens one, Escape goes back', async ({ page }) => {
  await type(page, 'The keys to the old cabinet are on the table .')
  await expect(queries(page).getByRole('option')).toHaveCount(11)
  await page.getByRole('button', { name: 'All heads large, with their roles' }).click()
  await expect(page.getByRole('button', { name: /Find the role of each head · about \d+/ })).toBeVisible()
  await page.setViewportSize({ width: 1024, height: 700 })
  await expectAccessible(page)
  await expectNothingCut(page)
  await page.getByRole('gridcell', { name: 'Layer 2, head 4', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'Layer 2, head 4' })).toBeVisible()
  await page.getByRole('button', { name: 'All heads large, with their roles' }).click()
  await page.keyboard.press('Escape')
  await expect(lines(page)).toBeVisible()
})

test('a double-click masks a token and takes it back', async ({ page }) => {
  await type(page, 'The keys to the old cabinet are on the table .')
  const cabinet = queries(page).getByRole('option').nth(5)
  await expect(cabinet).toContainText('cabinet')
  await cabinet.dblclick()
  await expect(cabinet).toContainText('[MASK]')
  await expect(page.getByRole('status', { name: 'Masked tokens' })).toContainText('“cabinet” masked')
  await expect(page.getByRole('status', { name: 'Masked tokens' })).toContainText('has no language-model head')
  await expectAccessible(page)
  await cabinet.dblclick()
  await expect(cabinet).toContainText('cabinet')
  await expect(page.getByRole('status', { name: 'Masked tokens' })).toBeHidden()
})

test('a second sentence is read as a pair; A→B leaves the links from the first to the second', async ({ page }) => {
  await type(page, 'Who took the keys ?')
  await expect(queries(page).getByRole('option')).toHaveCount(5)
  await page.getByRole('button', { name: 'Second sentence', exact: true }).click()
  await page.getByRole('textbox', { name: 'Second sentence' }).fill('They are on the table .')
  await page.getByRole('button', { name: 'Read as a pair' }).click()
  await page.keyboard.press('Escape')
  await expect(queries(page).getByRole('option')).toHaveCount(11)
  const group = page.getByRole('group', { name: 'How much of the attention is drawn' })
  await expect(group).toContainText('on hidden [CLS], [SEP]')
  await page.getByText('A→B', { exact: true }).click()
  await expect(group).toContainText('elsewhere')
  await page.setViewportSize({ width: 1024, height: 700 })
  await expectNothingCut(page)
  await expectAccessible(page)
  await page.getByText('All', { exact: true }).click()
})

test('rollout in place of weights; query and key by dimension in place', async ({ page }) => {
  await type(page, 'The keys to the old cabinet are on the table .')
  await expect(queries(page).getByRole('option')).toHaveCount(11)
  await choose(page, 'What the maps show', 'Rollout')
  await expect(page.getByRole('region', { name: /^Lines of layer \d, rollout$/ })).toBeVisible()
  await expect(page.getByText('Abnar & Zuidema 2020')).toBeVisible()
  await choose(page, 'What the maps show', 'Attention weights')
  await page.getByRole('button', { name: 'Query × key by dimension' }).click()
  const table = page.getByRole('region', { name: 'Query and key by dimension' }).getByRole('row')
  // A row of titles and all 13 tokens.
  await expect(table).toHaveCount(14)
  await page.setViewportSize({ width: 1024, height: 700 })
  await expectNothingCut(page)
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Query × key by dimension' }).click()
})

test('over a text of 500 tokens the pointer draws what follows it, and nothing else', async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 1000 })
  await type(page, Array.from({ length: 500 }, (_, i) => (i % 3 ? 'table' : 'the')).join(' '))
  await expect(page.getByRole('group', { name: 'How much of the attention is drawn' })).toContainText('drawn')
  await expect(queries(page).getByRole('option').nth(8)).toBeVisible()
  // The list and the rail take their room once the data are there; what the pointer shows does at its first token.
  await expect(page.getByText('Opening the data')).toHaveCount(0, { timeout: 120_000 })
  await queries(page).getByRole('option').nth(2).hover()
  await expect(lines(page).locator('canvas.base')).toHaveClass(/faded/)
  await page.evaluate(() => {
    const drawn: string[] = []
    const changed: string[] = []
    Object.assign(window, { drawn, changed })
    const { clearRect } = CanvasRenderingContext2D.prototype
    CanvasRenderingContext2D.prototype.clearRect = function (...area) {
      drawn.push(this.canvas.className)
      return clearRect.apply(this, area)
    }
    const grid = document.querySelector('.head-grid')!
    new MutationObserver((records) => changed.push(...records.map(({ type }) => type))).observe(grid, {
      subtree: true,
      childList: true,
      characterData: true
    })
  })
  for (const row of [1, 3, 5, 7, 8]) await queries(page).getByRole('option').nth(row).hover()
  await expect(lines(page).locator('canvas.base')).toHaveClass(/faded/)
  const { drawn, changed } = await page.evaluate(() => {
    const { drawn, changed } = window as unknown as { drawn: string[]; changed: string[] }
    return { drawn, changed }
  })
  expect(drawn.length).toBeGreaterThan(0)
  expect(drawn.filter((name) => name.includes('base'))).toEqual([])
  expect(changed, 'the grid of heads').toEqual([])
})
