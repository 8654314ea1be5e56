import { expect, test } from './fixtures/app'
import { exportedData, exportedFigure } from './fixtures/exported'

test.use({ appName: 'regression' })

test('a task whose label is a number is probed by regression, charted by layer, exported and kept', async ({
  page
}) => {
  await page.getByRole('tab', { name: 'Probes' }).click()
  await page.getByRole('button', { name: 'New probe' }).click({ timeout: 300_000 })
  const setup = page.getByRole('dialog', { name: 'New probe' })
  for (const box of await setup.getByRole('checkbox', { checked: true }).all()) await box.uncheck()
  await setup.getByRole('textbox', { name: 'Find tasks' }).fill('tree.')
  const task = setup.getByRole('listitem').filter({ hasText: 'Depth in the tree' })
  await expect(task).toContainText('regression: ridge')
  await task.getByRole('checkbox').check()

  // A number has no MLP.
  await setup.getByRole('combobox', { name: 'Kind of probe' }).click()
  await page.getByRole('option', { name: 'MLP' }).click()
  await expect(
    setup.getByText('Depth in the tree is a number, predicted by ridge regression (linear, L2 penalty).')
  ).toBeVisible()
  await setup.getByRole('combobox', { name: 'Kind of probe' }).click()
  await page.getByRole('option', { name: 'Linear' }).click()
  await setup.getByRole('combobox', { name: 'Words to train on' }).click()
  await page.getByRole('option', { name: '2,000 words at random' }).click()
  await setup.getByRole('combobox', { name: 'Words to test on' }).click()
  await page.getByRole('option', { name: '2,000 words at random' }).click()
  await setup.getByRole('button', { name: 'Run probe' }).click()

  const pane = page.getByRole('region', { name: 'Regression' })
  await expect(pane.getByText(/^\s*Depth in the tree is predicted best at layer \d: R² 0\.\d+/)).toBeVisible({
    timeout: 300_000
  })
  await expect(pane.getByRole('table', { name: 'Regression by layer' }).getByRole('row')).toHaveCount(8)
  await pane
    .getByRole('radiogroup', { name: 'Measure of the regression' })
    .or(pane.getByRole('group', { name: 'Measure of the regression' }))
    .getByText('Spearman', { exact: true })
    .click()
  await expect(pane.getByRole('img', { name: 'Spearman by layer of Depth in the tree' })).toBeVisible()

  expect((await exportedData(page, 'the regression')).text.split('\r\n')[0]).toContain('r2,r2_low,r2_high')

  // What one layer predicted for every item, and its worst prediction.
  const points = pane.getByRole('region', { name: 'Predicted and true' })
  await expect(points.getByRole('img', { name: /^Depth in the tree at layer \d: predicted and true$/ })).toBeVisible()
  const worst = points.getByRole('list', { name: 'Worst predictions' }).getByRole('button').first()
  await expect(worst).toContainText(/predicted −?\d+\.\d{3}, true \d+$/)
  const form = await worst.locator('mark').textContent()
  await worst.click()
  await expect(page.getByRole('region', { name: 'Inspector' }).getByText(form!, { exact: true }).first()).toBeVisible()
  // A dot names its item under the pointer and chooses it.
  const picture = points.getByRole('img', { name: /predicted and true$/ })
  const [, x, y] = /M([\d.]+) ([\d.]+)h0/.exec(
    (await picture.locator('[data-part="points"]').first().getAttribute('d'))!
  )!
  await picture.scrollIntoViewIfNeeded()
  await picture.click({ position: { x: Number(x), y: Number(y) } })
  // Of dots within a pixel, any may be the nearest.
  const marked = picture.locator('[data-part="marked"]')
  await expect(marked).toBeVisible()
  expect(Math.abs(Number(await marked.getAttribute('cx')) - Number(x))).toBeLessThan(1)
  await expect(points.locator('.tip')).toContainText(/predicted −?\d+\.\d{3}, true \d+$/)
  const pointed = await points.locator('.tip mark').textContent()
  await expect(
    page.getByRole('region', { name: 'Inspector' }).getByText(pointed!, { exact: true }).first()
  ).toBeVisible()
  expect((await exportedFigure(page, 'predicted and true values')).text).toMatch(
    /predicted and true<\/title>[\s\S]*stroke-linecap="round"/
  )

  expect((await exportedData(page, 'predicted and true values')).text.split('\r\n')[0]).toBe(
    'model,dataset,split,task,layer,item,true,predicted,run'
  )

  await page.reload()
  await expect(pane.getByText(/^\s*Depth in the tree is predicted best/)).toBeVisible({ timeout: 60_000 })
})
