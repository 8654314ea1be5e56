import { resolve } from 'node:path'
import type { Page } from '@playwright/test'
import { childProcesses } from '../hosts/fixtures/processes'
import { choose, expect, startApp, test, type RunningApp } from './fixtures/app'

// The queue is the engine's: neither a reload of the window nor the end of the engine loses what was asked for.
test.describe.configure({ mode: 'serial', timeout: 300_000 })

let app: RunningApp
let page: Page

test.beforeAll(async ({ browser }) => {
  app = await startApp([resolve('resources/models/all-MiniLM-L6-v2')])
  page = await (await browser.newContext()).newPage()
  await page.goto(app.url)
  await page.getByRole('tab', { name: 'Probes' }).click()
})
test.afterAll(async () => {
  await page.context().close()
  await app.stop()
})

const underWay = () => page.getByRole('list', { name: 'Running probes' }).getByRole('listitem')

test('two probes wait in the engine: after a reload both are there, and both are shown when done', async () => {
  await choose(page, 'Words to train on', '2,000 words at random')
  await choose(page, 'Words to test on', '2,000 words at random')
  await page.getByRole('button', { name: /^Run (2 )?probes?$/ }).click()
  await expect(underWay()).toHaveCount(2)
  await expect(underWay().nth(1)).toContainText('waiting')
  await page.reload()
  const jobs = page.getByRole('region', { name: 'Jobs' })
  await expect(jobs.getByRole('button', { name: 'All jobs: 1 waiting' })).toBeVisible()
  // Model and data are opened by an engine that is busy.
  await expect(underWay().last()).toContainText('Probing Dependency relation', { timeout: 120_000 })
  await expect(underWay()).toHaveCount(0, { timeout: 200_000 })
  await expect(page.getByText(/Universal part of speech is decoded best at layer \d/)).toBeVisible()
  await page.getByRole('button', { name: 'Dependency relation', exact: true }).click()
  await expect(page.getByText(/Dependency relation is decoded best at layer \d/)).toBeVisible()
})

test('a probe that ran when the engine ended is offered to go on, and does', async () => {
  await page.getByRole('button', { name: 'New probe' }).click()
  const setup = page.getByRole('dialog', { name: 'New probe' })
  await choose(page, 'Words to train on', '5,000 words at random')
  await setup.getByRole('button', { name: /^Run probes?$/ }).click()
  await expect(underWay().first()).toContainText(/word|layer|second|s left/i)
  for (const pid of childProcesses(app.process.pid!)) process.kill(pid, 'SIGKILL')

  await page.getByRole('button', { name: /^All jobs: .*\d interrupted/ }).click()
  const interrupted = page.getByRole('region', { name: 'Interrupted jobs' })
  await interrupted
    .getByRole('button', { name: /^Continue: Probing .*, all-MiniLM-L6-v2, UD English EWT$/ })
    .first()
    .click()
  await page.keyboard.press('Escape')
  await expect(underWay()).not.toHaveCount(0)
  await expect(underWay()).toHaveCount(0, { timeout: 200_000 })
  await expect(page.getByRole('button', { name: /^All jobs: .*failed/ })).toHaveCount(0)
})
