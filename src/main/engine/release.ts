import { readFileSync } from 'node:fs'
import { UserError } from '@shared/userError'
import { resourcePath } from './paths'

/** What the publisher of a release has configured (packaging/publisher.json); nothing in a checkout. */
export interface Release {
  /** Where wheels of TensorFlow are, with `{path}` or `{file}` in it. */
  wheels: string | null
  /** Where the signed note about the newest release is, and the Ed25519 key it is signed with (PEM). */
  updates: { address: string; publicKey: string } | null
}

const nothing: Release = { wheels: null, updates: null }

/** Reads what the release says about itself. */
export function readRelease(path = resourcePath('release.json')): Release {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return nothing
  }
  return { ...nothing, ...(JSON.parse(text) as Partial<Release>) }
}

/**
 * Where wheels are fetched from without pip: `LAYERSCOPE_WHEELS`, or what the release says; null where neither does.
 * @throws UserError for an address without a place for the wheel's name
 */
export function wheelAddress(release = readRelease()): string | null {
  const address = process.env.LAYERSCOPE_WHEELS || release.wheels
  if (address && !/\{(path|file)\}/.test(address))
    throw new UserError(
      `LAYERSCOPE_WHEELS is '${address}', which has no place for the name of a wheel: write {path} or {file} where ` +
        'it belongs, for example https://example.org/{path} or file:///media/wheels/{file}.'
    )
  return address
}
