import { verify } from 'node:crypto'
import { UserError } from '@shared/userError'

/** What a publisher says about the newest release; signed as it is written. */
export interface ReleaseNote {
  version: string
  /** Where it can be downloaded. */
  page: string
  /** The packages by name, with their SHA-256. */
  files: Record<string, string>
}

export interface UpdateSource {
  address: string
  /** Ed25519, PEM. */
  publicKey: string
}

const waitMs = 20_000
/** No note is longer; what is longer is something else. */
const longestBytes = 100_000

/**
 * Asks the publisher for the newest release: the only request that the host makes, and only when a person asks.
 * @returns the note of a newer release; null if this one is the newest
 * @throws UserError where the answer cannot be fetched or is not signed by the publisher
 */
export async function findUpdate(
  { address, publicKey }: UpdateSource,
  version: string,
  request: typeof fetch = fetch
): Promise<ReleaseNote | null> {
  let text: string
  try {
    const answer = await request(address, { signal: AbortSignal.timeout(waitMs), redirect: 'error' })
    if (!answer.ok) throw new Error(`the server answered with ${answer.status}`)
    text = await answer.text()
  } catch (error) {
    throw new UserError(
      `${new URL(address).host} could not be reached for updates (${(error as Error).message}). Try again later.`
    )
  }
  const note = readNote(text, publicKey, address)
  return compareVersions(note.version, version) > 0 ? note : null
}

function readNote(text: string, publicKey: string, address: string): ReleaseNote {
  const refuse = (): never => {
    throw new UserError(
      `The answer of ${new URL(address).host} about updates is not signed by the publisher of this release, and was ` +
        'not used.'
    )
  }
  if (text.length > longestBytes) refuse()
  let signed: { note?: unknown; signature?: unknown }
  try {
    signed = JSON.parse(text) as typeof signed
  } catch {
    return refuse()
  }
  const { note, signature } = signed
  if (typeof note !== 'string' || typeof signature !== 'string') return refuse()
  if (!verify(null, Buffer.from(note), publicKey, Buffer.from(signature, 'base64'))) return refuse()
  const read = JSON.parse(note) as ReleaseNote
  return URL.canParse(read.page) && new URL(read.page).protocol === 'https:' ? read : refuse()
}

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}
