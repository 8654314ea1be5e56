import type { Locator, Page } from '@playwright/test'
import { decodeFrame } from '../../src/shared/rpc/codec'
import { expect, test } from './fixtures/app'
import { exportedData, exportedFigure } from './fixtures/exported'

// One sentence, one head: from the grid to the file that leaves the window, against the numbers the head itself gave.
test.describe.configure({ mode: 'serial' })

const text = 'The keys to the old cabinet are on the table .'

const lines = (page: Page): Locator => page.getByRole('region', { name: /^Lines of layer/ })
const tokens = (page: Page, side: 'that look' | 'that are looked at'): Locator =>
  page.getByRole('listbox', { name: `Tokens ${side}`, exact: true })
const mass = (page: Page): Locator => page.getByRole('group', { name: 'How much of the attention is drawn' })

interface MapsFile {
  layer: number
  hook: string
  units: { text: string; special: boolean }[]
  maps: { hook_head: number; weights: number[][]; smallest_drawn: number[]; hidden: number[] }[]
}

async function savedMaps(page: Page): Promise<MapsFile> {
  return JSON.parse((await exportedData(page, 'the lines', 'JSON')).text) as MapsFile
}
/** The links of a figure: 'from → to weight'. */
function linksOf(svg: string): { from: string; to: string; weight: number }[] {
  return [...svg.matchAll(/aria-label="([^"]*) → ([^"]*) ([\d.e-]+)"/g)].map(([, from, to, weight]) => ({
    from: from!,
    to: to!,
    weight: Number(weight)
  }))
}
function drawnLinks({ maps, units }: MapsFile, rows: readonly number[] = units.map((_, index) => index)): number {
  const { weights, smallest_drawn } = maps[0]!
  return rows.reduce(
    (sum, row) => sum + weights[row]!.filter((weight) => weight > 0 && weight >= smallest_drawn[row]!).length,
    0
  )
}

/** Square arrays of the answers that come from now on over the window's socket: the maps as the engine sent them. */
async function watchMaps(page: Page): Promise<{ side: number; weights: Float32Array }[]> {
  const maps: { side: number; weights: Float32Array }[] = []
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      if (typeof payload === 'string') return
      const frame = decodeFrame(new Uint8Array(payload), (bytes) => new TextDecoder().decode(bytes))
      if (frame.kind !== 'answer') return
      const { shape, data } = (frame.output ?? {}) as { shape?: number[]; data?: unknown }
      if (shape?.length === 2 && shape[0] === shape[1] && data instanceof Float32Array)
        maps.push({ side: shape[0]!, weights: data })
    })
  )
  await page.reload()
  return maps
}

test(
  'a sentence is typed, a head chosen, and its map is that of the model',
  { tag: '@transport' },
  async ({ page, host }) => {
    const sent = await watchMaps(page)
    await page.getByRole('textbox', { name: 'Type a sentence' }).fill(text)
    await page.getByRole('textbox', { name: 'Type a sentence' }).press('Enter')
    await expect(tokens(page, 'that look').getByRole('option')).toHaveText([
      /the/,
      /keys/,
      /to/,
      /the/,
      /old/,
      /cabinet/,
      /are/,
      /on/,
      /the/,
      /table/,
      /\./
    ])
    await page.getByRole('gridcell', { name: /^Layer 2, head 4,/ }).click()
    await expect(page.getByRole('heading', { name: 'Layer 2, head 4' })).toBeVisible()
    await expect(page.getByRole('slider', { name: 'Layer', exact: true })).toHaveAttribute('aria-valuenow', '2')

    await page.getByRole('button', { name: /Show all/ }).click()
    const saved = await savedMaps(page)
    expect(saved).toMatchObject({ layer: 2, hook: 'blocks.1.attn.pattern', maps: [{ hook_head: 3 }] })
    saved.maps[0]!.weights.forEach((row, index) => {
      const sum = row.reduce((total, weight) => total + weight, 0) + saved.maps[0]!.hidden[index]!
      expect(sum, `row ${index} and what is hidden of it are all attention`).toBeCloseTo(1, 4)
    })
    if (host === 'http') {
      // [CLS] and [SEP] around eleven tokens: the map that was sent last, without its edges, is the one that was saved.
      const map = sent.filter(({ side }) => side === 13).at(-1)
      expect(map, 'the map came over the socket').toBeDefined()
      saved.maps[0]!.weights.forEach((row, query) =>
        row.forEach((weight, key) => expect(weight).toBeCloseTo(map!.weights[(query + 1) * 13 + key + 1]!, 6))
      )
    }
    const mean = saved.maps[0]!.hidden.reduce((sum, share) => sum + share, 0) / saved.units.length
    await expect(mass(page)).toContainText(`${Math.round(mean * 100)} % on hidden [CLS], [SEP]`)
  }
)

test('arrow keys move through the heads', async ({ page }) => {
  await page.getByRole('gridcell', { name: /^Layer 2, head 4,/ }).focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('heading', { name: 'Layer 3, head 5' })).toBeVisible()
  await expect(page.getByRole('gridcell', { name: /^Layer 3, head 5,/ })).toBeFocused()
})

test('a hovered token leaves only its attention; a click keeps it, Escape lets go', async ({ page }) => {
  const cabinet = tokens(page, 'that look').getByRole('option').nth(5)
  await page.keyboard.press('Escape')
  await cabinet.hover()
  await expect(mass(page)).toContainText('“cabinet”')
  await expect(lines(page).locator('canvas.base')).toHaveClass(/faded/)
  await cabinet.click()
  await expect(cabinet).toHaveAttribute('aria-selected', 'true')
  await expect(page.getByRole('region', { name: 'Word', exact: true }).locator('.form')).toHaveText('cabinet')

  const saved = await savedMaps(page)
  const { text: svg } = await exportedFigure(page, 'the lines')
  const links = linksOf(svg)
  expect(links).toHaveLength(drawnLinks(saved, [5]))
  for (const { from, to, weight } of links) {
    expect(from).toBe('cabinet')
    const places = saved.units.flatMap((unit, index) => (unit.text === to ? [index] : []))
    expect(
      places.map((place) => saved.maps[0]!.weights[5]![place]!),
      `the weight of ${to}`
    ).toContainEqual(weight)
  }

  await tokens(page, 'that look').focus()
  await page.keyboard.press('Escape')
  await expect(cabinet).toHaveAttribute('aria-selected', 'false')
})

test('the threshold leaves fewer lines, in the picture and in the file', async ({ page }) => {
  const slider = page.getByRole('slider', { name: 'Share of each row that is shown' })
  const all = await savedMaps(page)
  await slider.focus()
  await page.keyboard.press('Home')
  await expect(slider).toHaveAttribute('aria-valuenow', '5')
  const few = await savedMaps(page)
  const { text: svg } = await exportedFigure(page, 'the lines')
  expect(linksOf(svg)).toHaveLength(drawnLinks(few))
  expect(drawnLinks(few)).toBeLessThan(drawnLinks(all))
  expect(drawnLinks(few), 'every row keeps its strongest link').toBeGreaterThanOrEqual(few.units.length)
  await page.keyboard.press('End')
  expect(linksOf((await exportedFigure(page, 'the lines')).text), 'all links that are not zero').toHaveLength(
    drawnLinks(await savedMaps(page))
  )
})

test('a figure is complete in itself: a title, text as text, colours written out', async ({ page }) => {
  const { text: svg } = await exportedFigure(page, 'the lines')
  expect(svg).toMatch(/^<\?xml/)
  expect(svg).toContain('Layer 3, head 5')
  expect(svg).toContain('blocks.2.attn.pattern')
  expect(svg).toMatch(/<text[^>]*>cabinet<\/text>/)
  expect(svg).not.toMatch(/var\(--|<image|href=|class=/)
  expect(
    await page.evaluate(
      (source) =>
        new DOMParser().parseFromString(source, 'image/svg+xml').querySelector('parsererror')?.textContent ?? null,
      svg
    )
  ).toBeNull()
})

test('words, hidden tokens and heads of a layer change what is shown', async ({ page }) => {
  await page.getByRole('switch', { name: 'Hide special tokens' }).click()
  await expect(tokens(page, 'that look').getByRole('option').first()).toContainText('[CLS]')
  await expect(mass(page)).not.toContainText('hidden')
  await page.getByRole('switch', { name: 'Hide special tokens' }).click()

  await page.getByText('All heads', { exact: true }).click()
  const squares = page.getByRole('group', { name: 'Heads that take part' }).getByRole('button')
  await expect(squares).toHaveCount(12)
  await squares.nth(4).dblclick()
  await expect(page.getByRole('button', { name: 'Head 5', exact: true })).toHaveAttribute('aria-pressed', 'true')
  await expect(page.getByRole('button', { name: 'Head 4', exact: true })).toHaveAttribute('aria-pressed', 'false')
  await squares.nth(4).click()
  await expect(squares.nth(4), 'the last head stays on').toHaveAttribute('aria-pressed', 'true')
  await page.getByText('One head', { exact: true }).click()
})
