// Runs the built setup step: `npm run build` makes it, `npm start` and `npm test` do both.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const entry = new URL('../out/main/setup.js', import.meta.url)
if (!existsSync(fileURLToPath(entry))) {
  console.error('Layerscope is not built yet: run `npm run build` first, or `npm start`, which does both.')
  process.exit(1)
}
await import(entry.href)
