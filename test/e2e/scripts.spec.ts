import { expect, test } from './fixtures/app'

// Text of other scripts than English's, in its own order and with its own spaces.
test('a sentence from right to left is read in its order, an unknown token shows what it is for', async ({ page }) => {
  const field = page.getByRole('textbox', { name: 'Type a sentence' })
  const sentence = page.locator('.right p.sentence')
  const shown = async (text: string): Promise<void> => {
    await field.fill(text)
    await field.press('Enter')
    await expect(sentence).toHaveText(text)
  }
  await page.getByRole('tab', { name: 'Attention' }).click()
  // What the last session left is restored first.
  await expect(sentence).toBeVisible()
  await shown('الكلب الكبير نبح على Mary Smith في البيت')
  const words = await sentence.locator('.word').evaluateAll((elements) =>
    elements.map((element) => {
      const { left, top } = element.getBoundingClientRect()
      return { text: element.textContent ?? '', left, row: Math.round(top) }
    })
  )
  const row = words.filter((word) => word.row === words[0]!.row)
  const fromRight = [...row].sort((a, b) => b.left - a.left).map(({ text }) => text)
  const inOrder = row.map(({ text }) => text)
  // English inside stays from left to right.
  const [mary, smith] = [inOrder.indexOf('Mary'), inOrder.indexOf('Smith')]
  if (mary >= 0 && smith >= 0) [inOrder[mary], inOrder[smith]] = ['Smith', 'Mary']
  expect(row.length).toBeGreaterThan(2)
  expect(fromRight).toEqual(inOrder)

  await shown('他昨天来了')
  await expect(page.locator('.right').getByText(/not in the tokenizer's vocabulary/)).toBeVisible()
  const tokens = page.getByRole('listbox', { name: 'Tokens that look', exact: true }).getByRole('option')
  await expect(tokens).toHaveText([/^他/, /^昨/, /^天/, /^来/, /^了/])
})
