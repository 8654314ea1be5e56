// npm run pack: packages for people without Node, from what is built. See docs/releasing.md.
//
//   npm run pack -- --stub        on Linux: packs with a stand-in for Electron's program, takes the archive apart again,
//                                 drives the engine from it and lists what is inside
//   npm run pack -- --dir         the unpacked app, without packages
//   npm run pack                  every package of this system (deb, rpm, AppImage; dmg; nsis)
//   npm run pack -- deb AppImage  these
//   npm run pack -- --output dist a folder for the results (default: dist)
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { extractAll } from '@electron/asar'
import { getCurrentFuseWire, FuseV1Options } from '@electron/fuses'
import { Arch, build, Platform } from 'electron-builder'
import { buildApp, isBuilt } from './lib/build.mjs'
import { configuration } from './lib/pack/configuration.mjs'
import { driveEngine } from './lib/pack/drive.mjs'
import { filesOf } from './lib/pack/globs.mjs'
import { findNode24 } from './lib/pack/node24.mjs'
import { publisherGaps } from './lib/pack/publisher.mjs'
import { billFile, stageApp } from './lib/pack/stage.mjs'
import { writeStub } from './lib/pack/stub.mjs'
import { requireNode } from './lib/nodeVersion.mjs'
import { readJson, root } from './lib/paths.mjs'

requireNode()
const { values, positionals } = parseArgs({
  options: { stub: { type: 'boolean' }, dir: { type: 'boolean' }, output: { type: 'string' } },
  allowPositionals: true
})
process.exitCode = await pack()

async function pack() {
  const output = resolve(values.output ?? join(root, 'dist'))
  const platform = process.platform
  const system = `${platform}-${process.arch}`
  if (values.stub && platform !== 'linux') return refuse('The stand-in for Electron is for Linux alone.')
  const publisher = readJson('packaging/publisher.json')
  const installers = !values.stub && !values.dir
  if (installers) {
    const { refusal, notices } = publisherGaps(publisher, platform)
    if (refusal) return refuse(refusal)
    for (const notice of notices) console.error(notice)
  }
  if (!isBuilt() && !(await buildApp({ quiet: true }))) return 1

  const { version } = readJson('package.json')
  const electronVersion = readJson('node_modules/electron/package.json').version
  const app = join(output, 'app')
  mkdirSync(output, { recursive: true })
  const prebuilds = join(root, 'out/prebuilds', system)
  if (installers && platform !== 'win32' && !existsSync(prebuilds))
    console.error(
      'There are no prebuilt add-ons in out/prebuilds: native TensorFlow then needs a compiler where these ' +
        'packages are installed. `npm run setup -- --prebuild out/prebuilds` makes them.'
    )
  const bill = stageApp({ target: app, system, version, prebuilds, publisher })
  writeFileSync(join(output, billFile), `${JSON.stringify(bill, null, 2)}\n`)
  const electronDist = values.stub ? join(output, 'stub') : null
  if (electronDist) writeStub(electronDist, electronVersion)

  const target = { linux: Platform.LINUX, darwin: Platform.MAC, win32: Platform.WINDOWS }[platform]
  const kinds = installers ? positionals : ['dir']
  await build({
    projectDir: app,
    targets: target.createTarget(kinds.length > 0 ? kinds : null, Arch[process.arch]),
    config: configuration({ app, output, electronVersion, electronDist, publisher })
  })
  rmSync(app, { recursive: true, force: true })
  if (electronDist) {
    rmSync(electronDist, { recursive: true, force: true })
    await inspect(join(output, 'linux-unpacked'), join(output, 'listing.txt'))
  }
  return 0
}

/** Takes the packed app apart, runs its engine, and lists its files with their sizes. */
async function inspect(packed, listing) {
  const archive = join(packed, 'resources/app.asar')
  const unpacked = join(packed, '../taken-apart')
  rmSync(unpacked, { recursive: true, force: true })
  extractAll(archive, unpacked)
  for (const line of await driveEngine(unpacked, findNode24(console.error))) console.log(line)

  const wire = await getCurrentFuseWire(join(packed, 'layerscope'))
  const fuses = Object.keys(readJson('packaging/fuses.json')).map(
    (name) => `fuse ${name} ${String.fromCharCode(wire[FuseV1Options[name]]) === '1' ? 'on' : 'off'}`
  )
  const line = (folder, prefix) => (path) => `${prefix}${path} ${statSync(join(folder, path)).size}`
  const lines = [
    ...fuses,
    ...filesOf(packed).map(line(packed, 'program/')),
    ...filesOf(unpacked).map(line(unpacked, 'archive/'))
  ]
  rmSync(unpacked, { recursive: true, force: true })
  writeFileSync(listing, `${lines.join('\n')}\n`)
  console.log(`${lines.length} files:\n${lines.join('\n')}`)
}

function refuse(sentence) {
  console.error(sentence)
  return 2
}
