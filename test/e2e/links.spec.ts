import { readFile } from 'node:fs/promises'
import type { Page } from '@playwright/test'
import { expect, test } from './fixtures/app'
import { bridgeScript } from './fixtures/bridgeScript'

test.use({ appName: 'links' })

const rail = (page: Page) => page.getByRole('slider', { name: 'Layer' })
const tab = (page: Page, name: string) => page.getByRole('tab', { name })
/** The view as a PNG in base 64, once it is drawn and nothing moves. */
async function picture(page: Page): Promise<string> {
  await page.mouse.move(1, 1)
  const take = async (): Promise<string> => (await page.locator('.centre .views').screenshot()).toString('base64')
  let [before, now] = ['', await take()]
  await expect(async () => {
    ;[before, now] = [now, await take()]
    expect(now).toBe(before)
    await expect(page.locator('.centre .views [aria-busy="true"]')).toHaveCount(0)
  }).toPass()
  return now
}
/**
 * Holds two pictures to the same size and the same pixels. One level of 255 in a colour channel is allowed: where a tile
 * was repainted in part, Chromium rounds the edges of rounded corners the other way.
 */
async function expectSamePixels(page: Page, picture: string, reference: string): Promise<void> {
  const { sizes, largest } = await page.evaluate(
    async (pictures) => {
      const read = async (base64: string): Promise<ImageData> => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
        const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
        const context = new OffscreenCanvas(image.width, image.height).getContext('2d')
        if (context === null) throw new Error('This browser has no 2-D canvas.')
        context.drawImage(image, 0, 0)
        return context.getImageData(0, 0, image.width, image.height)
      }
      const [drawn, expected] = [await read(pictures.picture), await read(pictures.reference)]
      return {
        sizes: [drawn, expected].map(({ width, height }) => ({ width, height })),
        largest: expected.data.reduce((most, level, i) => Math.max(most, Math.abs(level - (drawn.data[i] ?? 255))), 0)
      }
    },
    { picture, reference }
  )
  expect(sizes[0]).toEqual(sizes[1])
  expect(largest).toBeLessThanOrEqual(1)
}
/** Until model and data are open there is nothing to link to. */
async function opened(page: Page): Promise<void> {
  await expect(page.getByRole('button', { name: 'Copy a link to this view' })).toBeEnabled({ timeout: 120_000 })
}
/** Something that is not what the window shows at its start. */
async function setUp(page: Page): Promise<void> {
  await opened(page)
  await tab(page, 'Attention').click()
  await page.getByRole('textbox', { name: 'Type a sentence' }).fill('The keys to the cabinet are here.')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Typed sentence').first()).toBeVisible()
  await page.getByRole('gridcell', { name: /^Layer 5, head 3,/ }).click()
  await expect(page.getByRole('heading', { name: 'Layer 5, head 3' })).toBeVisible()
  await page.getByRole('button', { name: /Show all/ }).click()
}

test('the way back and forward goes through what was on screen', async ({ page }) => {
  await opened(page)
  await expect(rail(page)).toHaveAttribute('aria-valuenow', '3')
  await expect(page).toHaveURL(/#layerscope=1&view=attention&/)
  await tab(page, 'Compare').click()
  await expect(page).toHaveURL(/&?view=compare&/)
  await rail(page).focus()
  await page.keyboard.press('Home')
  await expect(page).toHaveURL(/&layer=0&/)
  await page.keyboard.press('Alt+ArrowLeft')
  await expect(rail(page)).toHaveAttribute('aria-valuenow', '3')
  await expect(tab(page, 'Compare')).toHaveAttribute('aria-selected', 'true')
  await page.goBack()
  await expect(tab(page, 'Attention')).toHaveAttribute('aria-selected', 'true')
  await page.keyboard.press('Alt+ArrowRight')
  await page.keyboard.press('Alt+ArrowRight')
  await expect(rail(page)).toHaveAttribute('aria-valuenow', '0')
  await expect(tab(page, 'Compare')).toHaveAttribute('aria-selected', 'true')
})

test('a link and a workspace file show the same pixels again', async ({ page, browser, host }) => {
  await setUp(page)
  const shown = await picture(page)
  // The window may write to the clipboard and not read it.
  const copied = page.evaluate(
    () => new Promise<string>((resolve) => (navigator.clipboard.writeText = async (text) => resolve(text)))
  )
  await page.getByRole('button', { name: 'Copy a link to this view' }).click()
  const link = await copied
  await expect(page.getByText('A link to this view is on the clipboard').first()).toBeAttached()
  const saving = page.waitForEvent('download')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Ask, search or run' }).fill('save workspace')
  await page.keyboard.press('Enter')
  const file = await saving
  expect(file.suggestedFilename()).toMatch(/\.layerscope$/)
  const text = await readFile(await file.path(), 'utf8')

  // Elsewhere in the window, the file brings it back.
  await tab(page, 'Results').click()
  await rail(page).focus()
  await page.keyboard.press('End')
  const choosing = page.waitForEvent('filechooser')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox', { name: 'Ask, search or run' }).fill('open workspace')
  await page.keyboard.press('Enter')
  await (await choosing).setFiles({ name: 'mine.layerscope', mimeType: 'application/json', buffer: Buffer.from(text) })
  await expect(tab(page, 'Attention')).toHaveAttribute('aria-selected', 'true')
  await expectSamePixels(page, await picture(page), shown)

  // Another window, at the link.
  const other = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  if (host === 'bridge') await other.addInitScript({ content: await bridgeScript() })
  const { origin, pathname, hash, search } = new URL(link)
  expect([origin, search]).toEqual([new URL(page.url()).origin, ''])
  await other.context().addCookies(await page.context().cookies())
  await other.goto(`${origin}${pathname}${hash}`)
  await expect(other.getByText('Typed sentence').first()).toBeVisible()
  await expectSamePixels(page, await picture(other), shown)
  await other.close()

  // A link to what was never opened here opens nothing, and says so.
  const strange = link.replace(/model=[^&]+/, `model=${encodeURIComponent('{"path":"//elsewhere/model","id":"x"}')}`)
  await page.goto(strange)
  await page.getByRole('button', { name: /message/ }).click()
  const messages = page.getByRole('region', { name: 'Messages' })
  await expect(messages.getByText('which was not opened here before')).toBeVisible()
  expect(page.url()).not.toContain('elsewhere')
})
