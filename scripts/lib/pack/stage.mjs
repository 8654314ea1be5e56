import { randomUUID } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readJson, root } from '../paths.mjs'
import { componentsOf } from './components.mjs'
import { filesMatching, filesOf } from './globs.mjs'
import { billOfMaterials, thirdPartyNotice } from './notices.mjs'
import { entries, shippedPackages } from './shipped.mjs'

/** Names of the two files that say what is in a release. */
export const noticeFile = 'THIRD-PARTY-LICENCES.txt'
export const billFile = 'sbom.cdx.json'

/** Parts of resources/ that only the repository needs. */
const notShipped = /\.py$/

/**
 * Lays out the app as a release carries it: what is built and reached from its entries, resources, and of each npm
 * package the files that run. The packager takes this folder as it is.
 * @param target the folder; emptied first
 * @param system `<platform>-<architecture>`
 * @param publisher name, email and homepage of whoever publishes the release
 * @param prebuilds folder with add-ons compiled for the system; null where there are none
 * @returns the bill of materials, as it was written into the app
 */
export function stageApp({ target, system, version, prebuilds, publisher }) {
  rmSync(target, { recursive: true, force: true })
  const copy = (from, to) => {
    mkdirSync(dirname(join(target, to)), { recursive: true })
    cpSync(from, join(target, to))
  }

  const out = join(root, 'out')
  const { files, externals } = reachable(join(out, 'main'))
  for (const file of files) copy(join(out, 'main', file), `out/main/${file}`)
  for (const part of ['preload', 'renderer'])
    for (const file of filesOf(join(out, part)))
      if (file !== bundledList) copy(join(out, part, file), `out/${part}/${file}`)
  const resources = join(root, 'resources')
  for (const file of filesOf(resources)) if (!notShipped.test(file)) copy(join(resources, file), `resources/${file}`)
  if (prebuilds && existsSync(prebuilds))
    for (const file of filesOf(prebuilds)) copy(join(prebuilds, file), `resources/prebuilds/${system}/${file}`)
  copy(join(root, 'LICENSE'), 'resources/LICENSE')

  const packages = shippedPackages(system)
  const missing = externals.filter((name) => !Object.hasOwn(packages, name))
  if (missing.length > 0)
    throw new Error(`The app imports ${missing.join(', ')}, and scripts/lib/pack/shipped.mjs does not list it.`)
  const versions = {}
  for (const [name, globs] of Object.entries(packages)) {
    const folder = join(root, 'node_modules', name)
    if (!existsSync(folder))
      throw new Error(`The package ${name} is not installed: \`npm install --no-save --force ${name}\` fetches it.`)
    for (const file of filesMatching(folder, globs)) copy(join(folder, file), `node_modules/${name}/${file}`)
    versions[name] = trimManifest(join(target, 'node_modules', name, 'package.json'), packages)
  }

  const { description, license } = readJson('package.json')
  const manifest = {
    name: 'layerscope',
    productName: 'Layerscope',
    version,
    description,
    license,
    author: { name: publisher.name, ...(publisher.email ? { email: publisher.email } : {}) },
    ...(publisher.homepage ? { homepage: publisher.homepage } : {}),
    // The window's app id on Wayland and the name of the desktop entry: one icon in the dock.
    desktopName: 'layerscope.desktop',
    type: 'module',
    main: './out/main/index.js',
    dependencies: versions
  }
  writeJson(join(target, 'package.json'), manifest)

  const { wheels, updates } = publisher
  writeJson(join(target, 'resources/release.json'), { wheels, updates: updates?.address ? updates : null })

  const bundled = readJson(join(out, 'renderer', bundledList))
  const components = componentsOf([...Object.keys(packages), ...bundled])
  writeFileSync(join(target, 'resources', noticeFile), thirdPartyNotice(components, version))
  const electron = readJson('node_modules/electron/package.json').version
  const bill = billOfMaterials(components, { version, electron, system, serial: randomUUID(), at: new Date() })
  writeJson(join(target, 'resources', billFile), bill)
  return bill
}

/** The build writes it beside the window: names of the npm packages inside its bundle. */
const bundledList = 'packages.json'

/** The files of a folder of bundles that the entries import, and the npm packages that they import. */
function reachable(folder) {
  const files = new Set()
  const externals = new Set()
  const visit = (file) => {
    if (files.has(file)) return
    files.add(file)
    const text = readFileSync(join(folder, file), 'utf8')
    for (const [, name] of text.matchAll(/(?:(?<!\.)\bfrom|\bimport)\s*\(?\s*["']([\w@./-]+)["']/g)) {
      if (name.startsWith('.')) visit(join(dirname(file), name).replaceAll('\\', '/'))
      else if (!name.startsWith('node:') && name !== 'electron') externals.add(/^(?:@[^/]+\/)?[^/]+/.exec(name)[0])
    }
  }
  for (const entry of entries) visit(entry)
  return { files: [...files].sort(), externals: [...externals].sort() }
}

/** Takes out of a package's manifest what is not shipped: nothing may look for it, or list it as missing. */
function trimManifest(path, packages) {
  const manifest = readJson(path)
  const { scripts: _scripts, devDependencies: _development, optionalDependencies: _optional, ...kept } = manifest
  const dependencies = Object.fromEntries(
    Object.entries(kept.dependencies ?? {}).filter(([name]) => Object.hasOwn(packages, name))
  )
  writeJson(path, { ...kept, dependencies })
  return manifest.version
}

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)
}
