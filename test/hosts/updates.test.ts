import { spawnSync } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { menuTemplate, type MenuActions } from '../../src/main/hosts/electron/menu'
import { findUpdate } from '../../src/main/hosts/updates'
import { temporaryFolder } from './fixtures/testHost'

vi.mock('electron', () => import('../security/electronStandIn'))

const address = 'https://example.org/updates.json'
const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
const keys = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' }
})

/** The note that the release script writes for a folder with one package. */
async function signedNote(): Promise<string> {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'layerscope_amd64.deb'), 'a package')
  await writeFile(join(folder, 'key.pem'), keys.privateKey)
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      ...['scripts/releaseNote.mjs', '--page', 'https://example.org/releases', '--folder', folder],
      ...['--key', join(folder, 'key.pem')]
    ],
    { encoding: 'utf8' }
  )
  if (status !== 0) throw new Error(stderr)
  return readFile(join(folder, 'updates.json'), 'utf8')
}

const serving =
  (text: string): typeof fetch =>
  () =>
    Promise.resolve(new Response(text))

test('a newer release is found by the note that the release script signs, with its packages’ hashes', async () => {
  const request = serving(await signedNote())
  const source = { address, publicKey: keys.publicKey }
  expect(await findUpdate(source, '0.0.9', request)).toEqual({
    version,
    page: 'https://example.org/releases',
    files: { 'layerscope_amd64.deb': createHash('sha256').update('a package').digest('hex') }
  })
  expect(await findUpdate(source, version, request)).toBeNull()
  expect(await findUpdate(source, '10.0.0', request)).toBeNull()
})

test('what the publisher has not signed is refused', async () => {
  const text = await signedNote()
  const source = { address, publicKey: keys.publicKey }
  const refusal = 'The answer of example.org about updates is not signed by the publisher of this release'
  const changed = text.replace('example.org/releases', 'example.com/releases')
  for (const answer of [changed, '<html>', '{}', '{"note":"{}","signature":""}', ' '.repeat(200_000)])
    await expect(findUpdate(source, '0.0.9', serving(answer))).rejects.toThrow(refusal)
})

test('an address that cannot be reached is named', async () => {
  const request: typeof fetch = () => Promise.reject(new Error('no route'))
  await expect(findUpdate({ address, publicKey: keys.publicKey }, '0.0.9', request)).rejects.toThrow(
    'example.org could not be reached for updates (no route). Try again later.'
  )
})

test('the menu offers it only where a publisher has named a place', () => {
  const actions: MenuActions = {
    command: vi.fn(),
    open: vi.fn(),
    clearRecent: vi.fn(),
    showLicences: vi.fn(),
    checkForUpdate: null
  }
  const labels = (more: Partial<MenuActions>): unknown =>
    (menuTemplate({ ...actions, ...more }, [], true, 'linux').at(-1)!.submenu as { label?: string }[]).map(
      ({ label }) => label
    )
  expect(labels({})).not.toContain('Check for updates…')
  expect(labels({ checkForUpdate: vi.fn() })).toContain('Check for updates…')
})
