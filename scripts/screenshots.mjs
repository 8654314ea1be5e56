// node scripts/screenshots.mjs: the pictures of the README, taken from the built app on the bundled model and data.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { findOrInstallBrowser } from './lib/browser.mjs'
import { root } from './lib/paths.mjs'

const images = join(root, 'docs/images')
mkdirSync(images, { recursive: true })
const data = mkdtempSync(join(tmpdir(), 'layerscope-pictures-'))
const server = spawn(process.execPath, [join(root, 'out/main/serve.js'), '--port', '0', '--no-open'], {
  env: { ...process.env, LAYERSCOPE_DATA: data },
  stdio: ['ignore', 'pipe', 'inherit']
})
const url = await new Promise((resolve) =>
  server.stdout.on(
    'data',
    (part) => /at (http\S+)/.exec(String(part))?.[1] && resolve(/at (http\S+)/.exec(String(part))[1])
  )
)
const browser = await chromium.launch({
  executablePath: (await findOrInstallBrowser(console.log)) ?? undefined,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : []
})
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' })
  const shot = (name) => page.screenshot({ path: join(images, `${name}.png`) })
  await page.goto(url)
  await page.getByRole('listbox', { name: 'Tokens that look', exact: true }).getByRole('option').first().waitFor()
  // Both first probes, which run by themselves, are in before the pictures that show them.
  await page.getByRole('tab', { name: 'Probes' }).click()
  await page.getByRole('button', { name: 'Line of Dependency relation' }).waitFor({ timeout: 300_000 })
  await page.getByRole('tab', { name: 'Attention' }).click()
  await page
    .getByRole('gridcell')
    .nth(24 + 5)
    .click()
  await page.evaluate('document.fonts.ready')
  await shot('attention')
  await page.getByRole('tab', { name: 'Probes' }).click()
  await page
    .getByText(/words it got wrong|Mistakes/i)
    .first()
    .waitFor({ timeout: 20_000 })
  await shot('probes')
  await page.getByRole('tab', { name: 'Projection' }).click()
  await page.getByRole('button', { name: 'Re-run layout' }).and(page.locator(':enabled')).waitFor({ timeout: 120_000 })
  await shot('projection')
  await ablation(page, shot)
  await compare(page, shot)
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.getByRole('tab', { name: 'Attention' }).click()
  await page.getByRole('listbox', { name: 'Tokens that look', exact: true }).getByRole('option').first().waitFor()
  await shot('dark')
} finally {
  await browser.close()
  server.kill('SIGTERM')
  rmSync(data, { recursive: true, force: true })
}

/** Two heads off, and the board coloured by what each head is worth to the corpus. */
async function ablation(page, shot) {
  await page.getByRole('tab', { name: 'Ablation' }).click()
  await page.getByRole('button', { name: /^Layer 6, head 6/ }).click()
  await page.getByRole('button', { name: /^Layer 6, head 11/ }).click()
  await page.getByRole('group', { name: 'What is shown' }).getByText('Corpus', { exact: true }).click()
  await page.getByRole('button', { name: 'Sweep', exact: true }).click()
  await page.getByRole('table', { name: 'Importance of each part' }).waitFor({ timeout: 300_000 })
  await page.getByRole('button', { name: 'Measure the board' }).click()
  await page.getByText(/random sets of the same size/).waitFor({ timeout: 300_000 })
  await shot('ablation')
  await page.getByRole('button', { name: 'Switch everything on again' }).click()
}

/** Both bundled models; beside the reference folder also the encoder before and after further training. */
async function compare(page, shot) {
  await page.getByRole('tab', { name: 'Compare' }).click()
  await page.keyboard.press('Control+b')
  await page.keyboard.press('Control+i')
  const complete = async (models) => {
    const run = page.getByRole('button', { name: /^Run the .*missing probe/ }).and(page.locator(':enabled'))
    const drawn = page.locator('[data-line]').nth(models - 1)
    await run.or(drawn).first().waitFor({ timeout: 120_000 })
    if (await run.isVisible()) await run.click()
    await drawn.waitFor({ timeout: 300_000 })
    await page.getByRole('application', { name: /^CKA of/ }).waitFor({ timeout: 120_000 })
  }
  await complete(2)
  await page.getByRole('button', { name: 'Measure speed' }).click()
  await page.getByText(/words, median of/).waitFor({ timeout: 120_000 })
  await page.getByRole('button', { name: 'Measure speed' }).waitFor({ timeout: 120_000 })
  await shot('compare')
  const tuned = join(root, '../shared/models/minilm-ud-mlm')
  if (existsSync(tuned)) {
    await page.getByRole('button', { name: 'Take gpt2-ud-tiny away' }).click()
    await page.getByRole('button', { name: 'Add model' }).click()
    await page.getByRole('menuitem', { name: /Folder/ }).click()
    await page.getByRole('textbox', { name: 'Folder of the model' }).fill(tuned)
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('list', { name: 'Models compared' }).getByText('minilm-ud-mlm').waitFor({ timeout: 60_000 })
    await complete(2)
    await page.mouse.move(5, 5)
    await shot('compare-tuned')
  }
  await page.keyboard.press('Control+b')
  await page.keyboard.press('Control+i')
}
