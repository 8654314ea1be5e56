import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const roots = { '@shared/': resolve('src/shared'), '@/': resolve('src/renderer') }

/** The file that an import names; null for a package. */
function fileOf(importer: string, specifier: string): string | null {
  const alias = Object.entries(roots).find(([prefix]) => specifier.startsWith(prefix))
  const base = alias
    ? join(alias[1], specifier.slice(alias[0].length))
    : specifier.startsWith('.')
      ? resolve(dirname(importer), specifier)
      : null
  if (base === null) return null
  return (
    [base, `${base}.ts`, join(base, 'index.ts')].find((path) => existsSync(path) && statSync(path).isFile()) ?? null
  )
}

/** Static imports, those of types too: an interface that lies in its table's file is a circle as well. */
function importsOf(path: string): string[] {
  const specifiers = readFileSync(path, 'utf8').matchAll(/^\s*(?:import|export)\b[^'"]*?from\s+['"]([^'"]+)['"]/gm)
  return [...specifiers].flatMap(([, specifier]) => fileOf(path, specifier!) ?? [])
}

function filesOf(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|vue)$/.test(name))
    .map((name) => resolve(root, name))
}

test('no file of src imports itself by a detour', () => {
  const graph = new Map(filesOf('src').map((path): [string, string[]] => [path, importsOf(path)]))
  const circles: string[] = []
  const done = new Set<string>()
  const visit = (path: string, above: readonly string[]): void => {
    const at = above.indexOf(path)
    if (at >= 0) {
      circles.push([...above.slice(at), path].map((file) => file.slice(resolve('src').length + 1)).join(' -> '))
      return
    }
    if (done.has(path)) return
    for (const next of graph.get(path) ?? []) visit(next, [...above, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  expect(graph.size).toBeGreaterThan(800)
  expect(circles).toEqual([])
})

/** The rooms of the engine from the ground up: each imports what is before it in the list, and nothing after it. */
const rooms = [
  'paths',
  'release',
  'log',
  'processes',
  'files',
  'transfer',
  'release',
  'jobs',
  'backends',
  'checkpoints',
  'datasets',
  'wordVectors',
  'tokenizers',
  'models',
  'activations',
  'hub',
  'probes',
  'tasks',
  'training',
  'results',
  'compare',
  'curves',
  'ablations',
  'attributions',
  'minimalPairs',
  'sweeps',
  'runs',
  'executors',
  'doctor',
  'services',
  'engineJobs',
  'engine'
]

/** Arrows that point up on purpose. */
const exceptions = [
  // A data set just opened lists the tasks that its labels allow.
  'datasets/openDataset.ts -> tasks/tasks.ts'
]

test('the rooms of the engine import only what is below them', () => {
  const root = resolve('src/main/engine')
  const nameOf = (path: string): string => path.slice(root.length + 1)
  const roomOf = (name: string): string => name.split('/')[0]!.replace(/\.ts$/, '')
  const names = filesOf(root).map(nameOf)
  expect([...new Set(names.map(roomOf))].filter((room) => !rooms.includes(room))).toEqual([])
  const upwards = names.flatMap((name) =>
    importsOf(join(root, name))
      .filter((path) => path.startsWith(root))
      .map(nameOf)
      .filter((target) => rooms.indexOf(roomOf(target)) > rooms.indexOf(roomOf(name)))
      .map((target) => `${name} -> ${target}`)
  )
  expect(upwards).toEqual(exceptions)
})
