import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import type { AxeResults } from 'axe-core'
import type { Page } from '@playwright/test'
import { choose, expect, testWithModel as test } from './fixtures/app'
import { keepLongNames } from './fixtures/longNames'
import { unreachable } from './fixtures/reach'
import { decoderTour, encoderTour } from './fixtures/viewTour'

// The window as a whole: one walk through every view, its panes and dialogs, and at each stop all that must hold there.
test.use({ appName: 'window' })

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Serious and critical violations of the accessibility rules, one line each; `rules` limits what is looked at. */
async function violations(page: Page, rules?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource)
  const { violations } = await page.evaluate(
    (only) =>
      (window as unknown as { axe: typeof import('axe-core') }).axe.run(document, {
        resultTypes: ['violations'],
        ...(only && { runOnly: [...only] })
      }) as Promise<AxeResults>,
    rules
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, any }) => `${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`))
}

/** The theme's colours alone change: all else that the rules look at is the same in both. */
async function inTheme<T>(page: Page, theme: 'light' | 'dark', look: () => Promise<T>): Promise<T> {
  const before = await page.evaluate((name) => {
    const { dataset } = document.documentElement
    const was = dataset.theme
    dataset.theme = name
    return was
  }, theme)
  const result = await look()
  await page.evaluate((name) => (document.documentElement.dataset.theme = name), before)
  return result
}

/** Ids of the program: no sentence of the window holds one. */
const internalId = /\b(?:data|model|run|job)-[0-9a-f]{8,}|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-/

/** The last is what 1440 x 900 leaves at a magnification of 200 %. */
const sizes = [
  { width: 1440, height: 900 },
  { width: 1280, height: 800 },
  { width: 1024, height: 700 },
  { width: 720, height: 450 }
]

/** Two errors, as a person meets them. */
async function raiseTwo(page: Page): Promise<void> {
  for (const path of ['/nowhere/first.bin', '/nowhere/second.bin']) {
    await page.keyboard.press('Control+o')
    const field = page.getByRole('textbox', { name: 'Folder or file' })
    await field.fill(path)
    await field.press('Enter')
    await expect(page.getByRole('dialog')).toBeHidden()
  }
  await expect(page.getByRole('button', { name: /^2 messages/ })).toBeVisible()
}

test('every view is legible, named and within reach: both themes, four sizes, two messages open', async ({
  app,
  page
}) => {
  test.setTimeout(900_000)
  await keepLongNames(app)
  await page.emulateMedia({ reducedMotion: 'reduce' })
  // Few words: what the views show is the same.
  await page.getByRole('tab', { name: 'Probes' }).click()
  for (const part of ['Words to train on', 'Words to test on']) await choose(page, part, /2,000 words/)
  await page.getByRole('button', { name: /^Run (2 )?probes?$/ }).click()
  await expect(page.getByRole('slider', { name: 'Layer', exact: true })).toHaveAttribute(
    'aria-valuetext',
    /accuracy \d\d\.\d percent/,
    { timeout: 300_000 }
  )
  await raiseTwo(page)
  await page.getByRole('button', { name: /^2 messages/ }).click()
  const tray = page.getByRole('region', { name: 'Messages' })
  await expect(tray.getByRole('listitem').first()).toContainText('second.bin')

  // Escape, which closes dialogs here, would close the tray that has the focus.
  await page.getByRole('tab', { name: 'Attention' }).focus()

  const faults: string[] = []
  for (const stop of [...encoderTour, ...decoderTour]) {
    await stop.open(page)
    // What is being replaced is dimmed for a moment.
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0, { timeout: 60_000 })
    const note = (where: string, lines: readonly string[]): void => {
      faults.push(...lines.map((line) => `${stop.name}, ${where}: ${line}`))
    }
    const shown = await page.evaluate(() => document.body.innerText)
    note('id', internalId.exec(shown) ?? [])
    note('light', await inTheme(page, 'light', () => violations(page)))
    note('dark', await inTheme(page, 'dark', () => violations(page, ['color-contrast'])))
    for (const size of sizes) {
      await page.setViewportSize(size)
      // Figures take the width that they find when the window is laid out.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
      note(`${size.width} wide`, await unreachable(page))
    }
    note('200 %', await violations(page))
    await page.setViewportSize({ width: 1280, height: 800 })
  }
  expect(faults).toEqual([])
})

test('the list of results shows all its columns at every size, whatever their text', async ({ app, page }) => {
  await keepLongNames(app)
  await page.getByRole('tab', { name: 'Results' }).click()
  const table = page.getByRole('table', { name: 'Kept results' })
  await expect(table.getByText('Keptwithalongname')).not.toHaveCount(0)
  for (const size of [{ width: 1920, height: 1080 }, ...sizes]) {
    await page.setViewportSize(size)
    await expect
      .poll(() => table.evaluate(({ scrollWidth, parentElement }) => scrollWidth - parentElement!.clientWidth))
      .toBeLessThanOrEqual(1)
  }
  await page.setViewportSize({ width: 1280, height: 800 })
})

test('a drawer over a narrow view opens by its button and closes by Escape and by a press outside', async ({
  page
}) => {
  await page.setViewportSize({ width: 1024, height: 700 })
  const button = page.getByRole('button', { name: 'Corpus panel' })
  const panel = page.getByRole('complementary', { name: 'Corpus panel' })
  await expect(panel).toBeHidden()
  await button.click()
  await expect(panel).toBeFocused()
  await panel.getByRole('textbox', { name: 'Search the sentences' }).fill('place')
  await page.keyboard.press('Escape')
  await expect(panel).toBeHidden()
  await expect(button).toBeFocused()
  await page.keyboard.press('Control+f')
  await expect(panel.getByRole('textbox', { name: 'Search the sentences' })).toHaveValue('place')
  await page.getByRole('slider', { name: 'Layer', exact: true }).click({ position: { x: 600, y: 84 } })
  await expect(panel).toBeHidden()
  await page.setViewportSize({ width: 1280, height: 800 })
  await expect(panel).toBeVisible()
})

test('Escape lets go of a locked word with the focus in the corpus, and Enter in Open model opens no menu', async ({
  page
}) => {
  await page.getByRole('tab', { name: 'Attention' }).click()
  await page
    .getByRole('listbox', { name: 'Sentences' })
    .getByRole('option')
    .first()
    .locator('[data-word]')
    .first()
    .click()
  const release = page.getByRole('button', { name: /^Show all Esc$/ })
  await expect(release).toBeVisible({ timeout: 60_000 })
  await page.getByRole('textbox', { name: 'Search the sentences' }).focus()
  await page.keyboard.press('Escape')
  await expect(release).toBeHidden()

  await page.getByRole('button', { name: /^Data: / }).focus()
  await page.keyboard.press('Control+o')
  await page.getByRole('textbox', { name: 'Folder or file' }).fill(resolve('resources/models/all-MiniLM-L6-v2'))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(page.getByRole('button', { name: /^Model: all-MiniLM-L6-v2/ })).toBeVisible({ timeout: 60_000 })
  await expect(page.getByRole('menu')).toHaveCount(0)
})
