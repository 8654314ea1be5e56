import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * What a window and an engine on another machine compare: everything that both sides share, as twelve hexadecimal
 * digits. A build has it as `LAYERSCOPE_CONTRACT`. Bundled with configurations, which are read in the project's folder.
 */
export function contractHash() {
  const folder = resolve('src/shared')
  const hash = createHash('sha256')
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  for (const name of names.map((path) => path.replaceAll('\\', '/')).sort())
    hash.update(`${name}\n${readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n')}\n`)
  return hash.digest('hex').slice(0, 12)
}
