// node scripts/releaseNote.mjs --page URL --key private.pem [--folder dist]: the signed note that an installed
// Layerscope reads when somebody looks for updates. It is written to updates.json in the folder, to be published at
// `updates.address` of packaging/publisher.json. `openssl genpkey -algorithm ed25519` makes a key.
import { createHash, sign } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readJson } from './lib/paths.mjs'

const { values } = parseArgs({
  options: { page: { type: 'string' }, key: { type: 'string' }, folder: { type: 'string', default: 'dist' } }
})
if (!values.page?.startsWith('https://') || !values.key) {
  console.error('--page takes the https address of the release, --key the file of the private key (Ed25519, PEM).')
  process.exit(2)
}
const folder = resolve(values.folder)
const packages = readdirSync(folder).filter((name) => /\.(deb|rpm|AppImage|dmg|exe)$/.test(name))
if (packages.length === 0) {
  console.error(`There are no packages in ${folder}: \`npm run pack\` makes them.`)
  process.exit(1)
}
const hash = (name) =>
  createHash('sha256')
    .update(readFileSync(join(folder, name)))
    .digest('hex')
const { version } = readJson('package.json')
const note = JSON.stringify({
  version,
  page: values.page,
  files: Object.fromEntries(packages.sort().map((name) => [name, hash(name)]))
})
const signature = sign(null, Buffer.from(note), readFileSync(values.key, 'utf8')).toString('base64')
writeFileSync(join(folder, 'updates.json'), `${JSON.stringify({ note, signature })}\n`)
console.log(`${join(folder, 'updates.json')} names ${packages.length} packages of ${version}.`)
