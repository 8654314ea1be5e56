import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from '@playwright/test'
import { expect, test } from './fixtures/app'
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

test('every view is legible and named, in both themes and at 200 %', async ({ page }) => {
  test.setTimeout(600_000)
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await expect(page.getByRole('slider', { name: 'Layer', exact: true })).toHaveAttribute(
    'aria-valuetext',
    /accuracy \d\d\.\d percent/,
    { timeout: 300_000 }
  )
  const faults: string[] = []
  for (const stop of [...encoderTour, ...decoderTour]) {
    await stop.open(page)
    // What is being replaced is dimmed for a moment.
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0, { timeout: 60_000 })
    const note = (where: string, lines: readonly string[]): void => {
      faults.push(...lines.map((line) => `${stop.name}, ${where}: ${line}`))
    }
    note('light', await inTheme(page, 'light', () => violations(page)))
    note('dark', await inTheme(page, 'dark', () => violations(page, ['color-contrast'])))
    await page.setViewportSize({ width: 720, height: 450 })
    note('200 %', await violations(page))
    await page.setViewportSize({ width: 1280, height: 800 })
  }
  expect(faults).toEqual([])
})
