import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Paths of the files of a folder, relative and with slashes, that match a list of globs: `*`, `**`, `?`, `[ab]` and
 * `{a,b}`; a glob with `!` takes files away again. (`fs.globSync` came with Node 22.)
 */
export function filesMatching(folder, globs) {
  const wanted = globs.filter((glob) => !glob.startsWith('!')).map(toExpression)
  const unwanted = globs.filter((glob) => glob.startsWith('!')).map((glob) => toExpression(glob.slice(1)))
  return filesOf(folder).filter(
    (path) => wanted.some((glob) => glob.test(path)) && !unwanted.some((glob) => glob.test(path))
  )
}

/** Every file below a folder, sorted, relative and with slashes. */
export function filesOf(folder) {
  const walk = (inside) =>
    readdirSync(join(folder, inside), { withFileTypes: true }).flatMap((entry) => {
      const path = inside ? `${inside}/${entry.name}` : entry.name
      return entry.isDirectory() ? walk(path) : [path]
    })
  return walk('').sort()
}

function toExpression(glob) {
  const source = glob
    .replace(/[.+^$()|\\]/g, '\\$&')
    .replace(/\{([^}]*)\}/g, (_, choices) => `(?:${choices.split(',').join('|')})`)
    .replace(/\*\*\/|\*|\?(?!:)/g, (sign) => ({ '**/': '(?:.*/)?', '*': '[^/]*', '?': '[^/]' })[sign])
  return new RegExp(`^${source}$`)
}
