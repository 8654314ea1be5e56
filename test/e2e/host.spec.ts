import { expect, startApp, test } from './fixtures/app'

test('the printed address opens the window, and the token does not stay in it', async ({ page, app }) => {
  await expect(page).toHaveTitle('Layerscope')
  expect(page.url()).toBe(`${new URL(app.url).origin}/`)
})

test('a browser without the token is refused in a sentence', async ({ browser, app }) => {
  const context = await browser.newContext()
  const page = await context.newPage()
  const response = await page.goto(new URL(app.url).origin)
  expect(response?.status()).toBe(403)
  await expect(page.locator('body')).toHaveText('This window has no key to this Layerscope. Open the address that it printed when it started, with its token.')
  await context.close()
})

test('a page of another origin cannot reach the socket', async ({ browser, app }) => {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(app.url)
  await page.goto('data:text/html,<title>elsewhere</title>')
  const closed = await page.evaluate((address) => {
    return new Promise<string>((resolve) => {
      const socket = new WebSocket(address)
      socket.onopen = () => resolve('open')
      socket.onclose = () => resolve('refused')
    })
  }, `${new URL(app.url).origin.replace('http', 'ws')}/socket`)
  expect(closed).toBe('refused')
  await context.close()
})

test('SIGTERM stops the app with code 0', async () => {
  const app = await startApp()
  expect(await app.stop()).toBe(0)
})

test('the window says so when its server is gone', async ({ browser }) => {
  const app = await startApp()
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(app.url)
  await expect(page.getByRole('button', { name: /all-MiniLM-L6-v2/ })).toBeVisible()
  await app.stop()
  await expect(page.getByRole('alert')).toContainText('Layerscope does not answer any more. Start it again (`npm start`) and open the address it prints.', { timeout: 40_000 })
  await context.close()
})
