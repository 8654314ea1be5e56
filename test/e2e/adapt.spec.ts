import { expect, test } from './fixtures/app'
import { trainALittle } from './fixtures/viewTour'

test.use({ appName: 'adapt' })

test('a model is trained on the labels of the data, watched, looked at by layer, compared and opened', async ({
  page
}) => {
  test.setTimeout(600_000)
  await page.getByRole('tab', { name: 'Adapt', exact: true }).click()
  const form = page.getByRole('region', { name: 'What is trained, and how' })
  // What it takes is said before anything runs.
  await expect(form.getByText(/updates: about .* of memory, .* on disk\./)).toBeVisible({ timeout: 120_000 })
  await expect(form.getByText(/^22,719,761 of 22,719,761 parameters train \(100 %\)/)).toBeVisible()
  await expect(form.getByRole('img', { name: /^Which layers train in which updates/ })).toBeVisible()

  // Where a layer begins to train, and its rate, are set in the strip; the request follows.
  const block = form.getByRole('slider', { name: 'Schedule of block 2' })
  await block.focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('+')
  await expect(block).toHaveAttribute('aria-valuetext', 'block 2: epochs 2 to 4, rate 0.00012')
  await form.getByRole('button', { name: 'As the method plans it' }).click()
  await expect(block).toHaveAttribute('aria-valuetext', 'block 2: epochs 1 to 4, rate 0.0001')

  // A number that cannot be read stops the run, in a sentence.
  const rate = form.getByRole('textbox', { name: /^Rate of the model:/ })
  await rate.fill('fast')
  await expect(
    form.getByText(/^Rate of the model has to be a number from 0\.?\d* to 10\.$|^Rate of the model/).last()
  ).toBeVisible()
  await expect(form.getByRole('button', { name: 'Train', exact: true })).toBeDisabled()
  await rate.fill('')

  await trainALittle(page)
  const shown = page.getByRole('region', { name: 'The run shown' })
  await expect(
    shown.getByRole('heading', { name: /^Universal part of speech: \d+\.\d\s%.* on the test part\.$/ })
  ).toBeVisible({
    timeout: 300_000
  })
  await expect(shown.getByRole('button', { name: /^Runs: full · 2\d sentences of train/ })).toBeVisible()
  for (const picture of [/^Losses over/, /^Held-out scores/, /^Gradient norms/])
    await expect(shown.getByRole('img', { name: picture })).toBeVisible()
  const moved = shown.getByRole('table', { name: 'How far each layer moved' })
  await expect(moved.getByRole('row')).toHaveCount(8)
  await expect(moved.getByRole('row', { name: /^block 6 0\.\d+\s%\s+0\.9\d\d/ })).toBeVisible()

  // Base and adapted side by side: heads that changed, one of them before and after, and neurons.
  await page.getByRole('button', { name: 'Compare with the base' }).click()
  const pair = page.getByRole('region', { name: 'Base and adapted' })
  await pair.getByText('Heads', { exact: true }).click()
  await expect(pair.getByRole('img', { name: /^How far each attention head differs/ })).toBeVisible({
    timeout: 180_000
  })
  await pair
    .getByRole('button', { name: /^layer \d head \d+/ })
    .first()
    .click()
  await expect(pair.getByRole('img', { name: /^Attention of layer \d, head \d+, as a matrix/ })).toHaveCount(2)
  await expect(pair.getByRole('img', { name: 'Attention of the chosen head, adapted minus base' })).toBeVisible()
  await pair.getByText('Neurons', { exact: true }).click()
  await expect(pair.getByRole('table', { name: 'Neurons that changed most' }).getByRole('row')).toHaveCount(61)

  // A second method, of which far fewer parameters are kept, joins the first in a table.
  await form.getByRole('combobox', { name: 'What trains' }).click()
  await page.getByRole('option', { name: /^BitFit/ }).click()
  await expect(form.getByText(/^53,\d+ of 22,719,761 parameters train|parameters train \(0\.\d+ %\)/)).toBeVisible({
    timeout: 180_000
  })
  await form.getByRole('button', { name: 'Train', exact: true }).click()
  const methods = page.getByRole('table', { name: 'Methods compared' })
  await expect(methods.getByRole('row')).toHaveCount(3, { timeout: 300_000 })
  const changed = page.getByRole('region', { name: 'Answers that changed' })
  await expect(
    changed.getByText(/^Of \d+ test items that both answered, \d+ became right, \d+ became wrong/)
  ).toBeVisible()
  await expect(changed.getByRole('listitem').first()).toContainText('→')
  // One click from an answer that changed to the attention that changed.
  await changed.getByRole('listitem').first().getByRole('button').click()
  await expect(pair.getByText('This sentence', { exact: true })).toBeVisible({ timeout: 180_000 })
  await methods.getByRole('row', { name: /^full/ }).click()
  await expect(shown.getByRole('button', { name: /^Runs: full/ })).toBeVisible()

  // What came of it opens as a model, which knows where it comes from.
  await shown.getByRole('button', { name: 'Open the adapted model' }).click()
  await expect(page.getByRole('button', { name: /^Model: all-MiniLM-L6-v2-upos-full-1/ })).toBeVisible({
    timeout: 120_000
  })
  await page.getByRole('button', { name: /^Model: / }).click()
  await page.getByRole('menuitem', { name: /^Model details/ }).click()
  await expect(page.getByRole('dialog')).toContainText('all-MiniLM-L6-v2')
  await expect(page.getByRole('dialog')).toContainText(/seed/i)
})
