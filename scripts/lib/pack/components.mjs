import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readJson, root } from '../paths.mjs'

/** Licences that a part may have: they ask for a notice and for nothing else. */
const permissive =
  /^(0BSD|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|BlueOak-1\.0\.0|ISC|MIT|OFL-1\.1|Unlicense|CC0-1\.0|Zlib)$/

/**
 * One npm package of the app: what the notice and the bill of materials say about it.
 * @typedef {{ name: string, version: string, licence: string, text: string, sha512: string | null, homepage: string | null }} Component
 */

/**
 * The npm packages that are in the app, as files or inside a bundle, by name.
 * @throws where a licence is not permissive
 * @returns {Component[]}
 */
export function componentsOf(names) {
  const locked = readJson('package-lock.json').packages
  return [...new Set(names)].sort().map((name) => {
    const folder = join(root, 'node_modules', name)
    const manifest = readJson(join(folder, 'package.json'))
    const licence = licenceOf(manifest)
    if (!licence.split(' AND ').every((part) => permissive.test(part)))
      throw new Error(`${name} ${manifest.version} has the licence '${licence}', which no release may carry.`)
    const integrity = locked[`node_modules/${name}`]?.integrity
    return {
      name,
      version: manifest.version,
      licence,
      text: licenceText(folder) ?? readmeSection(folder) ?? statement(name, licence),
      sha512: integrity?.startsWith('sha512-') ? Buffer.from(integrity.slice(7), 'base64').toString('hex') : null,
      homepage: manifest.homepage ?? null
    }
  })
}

/** Some packages state several licences to choose from, or an old form of the field. */
function licenceOf({ license, licenses }) {
  const stated = typeof license === 'string' ? license : (license?.type ?? licenses?.[0]?.type ?? '')
  if (stated === 'Apache 2.0') return 'Apache-2.0'
  const expression = stated.replace(/^\(|\)$/g, '')
  return expression.split(' OR ').find((choice) => permissive.test(choice)) ?? expression
}

function licenceText(folder) {
  const name = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
  return name ? readFileSync(join(folder, name), 'utf8').trim() : null
}

/** The section of a README that gives the licence, where there is no file of its own. */
function readmeSection(folder) {
  const name = readdirSync(folder).find((entry) => /^readme\.md$/i.test(entry))
  const text = name ? readFileSync(join(folder, name), 'utf8') : ''
  const section = /^(?:#+ *licen[cs]e.*|licen[cs]e.*\n-+)\n([^]*?)(?=^#|(?![^]))/im.exec(text)?.[1].trim()
  return section && section.length > 200 ? section : null
}

/** Packages of one project often carry its text in one of them alone. */
function statement(name, licence) {
  if (licence.startsWith('Apache-2.0')) return readFileSync(join(root, 'LICENSE'), 'utf8').trim()
  return `${name} states the licence ${licence} in its package.json and carries no further text.`
}
