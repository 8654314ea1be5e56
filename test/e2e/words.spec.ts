import type { Locator, Page } from '@playwright/test'
import { expect, test } from './fixtures/app'

// Words before context: static vectors and the untrained twin open like any model.
test.describe.configure({ mode: 'serial' })
test.use({ appName: 'words' })
test.setTimeout(240_000)

const inspector = (page: Page): Locator => page.getByRole('region', { name: 'Inspector' })

async function choose(page: Page, item: RegExp): Promise<void> {
  await page.getByRole('button', { name: /^Model: / }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

test('the included word vectors open: one stop on the rail, no attention, a probe', async ({ page }) => {
  await expect(page.getByRole('button', { name: 'Model: all-MiniLM-L6-v2' })).toBeVisible()
  await choose(page, /^word2vec-ud/)
  await expect(page.getByRole('button', { name: 'Model: word2vec-ud' })).toContainText('8,865 words, 100 wide')
  await expect(page.getByRole('slider', { name: 'Layer', exact: true })).toHaveAttribute('aria-valuemax', '0')
  await page.getByRole('tab', { name: 'Attention' }).click()
  await expect(page.getByText('This model has no attention')).toBeVisible()
  await expect(inspector(page).locator('.piece').first()).toBeVisible()
  await page.getByRole('tab', { name: 'Probes' }).click()
  // The probes of a first look may have begun with the first model or with this one.
  const verdict = page.getByText(/The model has no vector for \d+\.\d % of the words/)
  const invitation = page.getByRole('button', { name: 'Probe it', exact: true })
  await expect(verdict.or(invitation).first()).toBeVisible({ timeout: 90_000 })
  // The invitation goes as soon as such a probe begins, perhaps under the pointer.
  await expect(async () => {
    if (await invitation.isVisible()) await invitation.click({ timeout: 3_000 })
    await expect(verdict.first()).toBeVisible({ timeout: 30_000 })
  }).toPass({ timeout: 120_000 })
})

test('the untrained twin of the model opens, and is listed under its name', async ({ page }) => {
  await choose(page, /^all-MiniLM-L6-v2/)
  await expect(page.getByRole('button', { name: 'Model: all-MiniLM-L6-v2' })).toBeVisible()
  await choose(page, /^Open its untrained twin/)
  await expect(page.getByRole('button', { name: 'Model: all-MiniLM-L6-v2 (untrained, seed 1)' })).toContainText(
    '6 layers × 12 heads'
  )
  await page.getByRole('tab', { name: 'Attention' }).click()
  await expect(page.getByRole('region', { name: /^Lines of layer/ })).toBeVisible()
  await page.getByRole('button', { name: /^Model: / }).click()
  await expect(page.getByRole('menuitem', { name: /^all-MiniLM-L6-v2 \(untrained, seed 1\)/ })).toBeVisible()
  await page.keyboard.press('Escape')
})
