import type { Page } from '@playwright/test'
import { expect, test } from './fixtures/app'

test.use({ appName: 'pin' })

const tab = (page: Page, name: string) => page.getByRole('tab', { name })
const bar = (page: Page) => page.getByRole('region', { name: 'Pinned', exact: true })

test('a pinned model is shown beside the current one in every view, with the difference', async ({ page }) => {
  await expect(page.getByRole('button', { name: 'Copy a link to this view' })).toBeEnabled({ timeout: 120_000 })
  await tab(page, 'Attention').click()
  await page.getByRole('button', { name: 'Pin and compare' }).click()
  await page.getByRole('menuitem', { name: /^Compare with its untrained twin/ }).click()
  await expect(bar(page)).toContainText('Pinned: all-MiniLM-L6-v2 (untrained, seed 1) beside all-MiniLM-L6-v2')

  // The same head of both on one scale, the difference, and which heads differ most.
  await expect(page.getByText('Changed most:')).toBeVisible({ timeout: 60_000 })
  const keys = page.getByRole('img', { name: /^Colour scale from 0 to/ })
  await expect(keys).toHaveCount(2)
  expect(await keys.first().getAttribute('aria-label')).toBe(await keys.last().getAttribute('aria-label'))
  await expect(page.getByRole('img', { name: /current minus pinned$/ })).toBeVisible()
  await expect(page).toHaveURL(/&pin=%7B%22model%22/)

  await tab(page, 'Ablation').click()
  await expect(page.getByRole('img', { name: /hidden state is from that of the pinned model/ })).toBeVisible()
  await expect(page.getByText('A lens needs a language-model head on both sides')).toBeVisible()
  await tab(page, 'Probes').click()
  await expect(page.getByRole('combobox', { name: 'Labels to probe for in both models' })).toBeVisible()

  // One side again, and both; then nothing is pinned.
  await bar(page).getByRole('button', { name: 'Current only' }).click()
  await expect(page.getByRole('combobox', { name: 'Labels to probe for in both models' })).toBeHidden()
  await bar(page).getByRole('button', { name: 'Both', exact: true }).click()
  await bar(page).getByRole('button', { name: 'Swap pinned and current model' }).click()
  await expect(bar(page)).toContainText('Pinned: all-MiniLM-L6-v2 beside all-MiniLM-L6-v2 (untrained, seed 1)')
  await bar(page).getByRole('button', { name: 'Unpin' }).click()
  await expect(bar(page)).toBeHidden()
  await expect(page).not.toHaveURL(/&pin=/)
})

test('a pinned sentence is shown beside the chosen one', async ({ page }) => {
  await expect(page.getByRole('button', { name: 'Copy a link to this view' })).toBeEnabled({ timeout: 120_000 })
  await tab(page, 'Attention').click()
  await page.getByRole('textbox', { name: 'Type a sentence' }).fill('The key is here.')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Typed sentence').first()).toBeVisible()
  await page.getByRole('button', { name: 'Pin and compare' }).click()
  await page.getByRole('menuitem', { name: /^Pin this sentence/ }).click()
  await expect(bar(page)).toBeHidden()
  await page.getByRole('textbox', { name: 'Type a sentence' }).fill('The keys are here.')
  await page.keyboard.press('Enter')
  await expect(bar(page)).toContainText('‘The key is here.’')
  await expect(page.getByRole('img', { name: /current minus pinned$/ })).toBeVisible()
  await page.getByRole('textbox', { name: 'Type a sentence' }).fill('The keys to the cabinet are here.')
  await page.keyboard.press('Enter')
  await expect(page.getByText('The two sides have different tokens, so there is no difference to draw.')).toBeVisible()
})
