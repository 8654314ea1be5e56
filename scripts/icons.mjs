// node scripts/icons.mjs: the icons of a release, drawn from resources/icon.svg into packaging/icons. Run it when the
// mark changes; the files are in the repository, so that a release needs no browser.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { findOrInstallBrowser } from './lib/browser.mjs'
import { toIcns, toIco } from './lib/pack/iconFiles.mjs'
import { root } from './lib/paths.mjs'

const sizes = [16, 24, 32, 48, 64, 128, 256, 512, 1024]
const folder = join(root, 'packaging/icons')
const mark = readFileSync(join(root, 'resources/icon.svg'), 'utf8')

mkdirSync(folder, { recursive: true })
const browser = await chromium.launch({
  executablePath: (await findOrInstallBrowser(console.log)) ?? undefined,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : []
})
try {
  const page = await browser.newPage()
  const images = new Map()
  for (const size of sizes) {
    await page.setViewportSize({ width: size, height: size })
    await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${mark}`)
    images.set(size, await page.screenshot({ omitBackground: true }))
  }
  for (const [size, png] of images) if (size <= 512) writeFileSync(join(folder, `${size}x${size}.png`), png)
  writeFileSync(join(folder, 'icon.ico'), toIco(images))
  writeFileSync(join(folder, 'icon.icns'), toIcns(images))
} finally {
  await browser.close()
}
console.log(`${sizes.length} sizes drawn in packaging/icons.`)
