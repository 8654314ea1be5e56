// npm run bench: how fast Layerscope is, as ratios against what people use otherwise, measured in one run on one
// machine.
//
//   npm run bench                    every benchmark in bench/
//   npm run bench -- umap forward    these
//
// Peers run in Python where LAYERSCOPE_PEER_PYTHON names one with torch, transformers, scikit-learn and umap-learn;
// without it only Layerscope is measured, and it says so. Each benchmark ends with its figures as a table and as one
// line of JSON. Nothing fails for being slow.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { requireNode } from './lib/nodeVersion.mjs'
import { root } from './lib/paths.mjs'

requireNode()
process.chdir(root)

const known = readdirSync(join(root, 'bench'))
  .filter((file) => file.endsWith('.ts') && !['support.ts', 'vite.config.ts'].includes(file))
  .map((file) => file.slice(0, -'.ts'.length))
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(' or ')}; there are ${known.join(', ')}.`)
  process.exit(2)
}

await build({ configFile: join(root, 'bench/vite.config.ts'), logLevel: 'warn' })
let failed = 0
for (const name of asked.length > 0 ? asked : known) {
  const { status } = spawnSync(process.execPath, [join(root, 'out/bench', `${name}.js`)], { stdio: 'inherit' })
  if (status !== 0) failed++
}
process.exitCode = failed > 0 ? 1 : 0
