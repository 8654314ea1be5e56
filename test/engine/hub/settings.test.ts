import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openHub } from '../../../src/main/engine/hub/hubClient'
import { endpointOf, readSettings, readToken } from '../../../src/main/engine/hub/settings'
import { temporaryFolder } from './withHub'

describe('where the cache is', () => {
  test.each([
    [{}, '/home/ada/.cache/huggingface/hub'],
    [{ XDG_CACHE_HOME: '/caches' }, '/caches/huggingface/hub'],
    [{ XDG_CACHE_HOME: '/caches', HF_HOME: '~/hf' }, '/home/ada/hf/hub'],
    [{ HF_HOME: '/hf', HUGGINGFACE_HUB_CACHE: '/old' }, '/old'],
    [
      {
        HF_HOME: '/hf',
        HUGGINGFACE_HUB_CACHE: '/old',
        HF_HUB_CACHE: '$SCRATCH/${USER}/hub',
        SCRATCH: '/scratch',
        USER: 'ada'
      },
      '/scratch/ada/hub'
    ]
  ])('%j', (environment, folder) => {
    expect(readSettings(environment, '/home/ada').cacheFolder).toBe(folder)
  })
})

describe('the endpoint', () => {
  test('has no slash at its end; there is one without it', async () => {
    expect(endpointOf(readSettings({ HF_ENDPOINT: 'https://mirror.example/hub/' }))).toBe('https://mirror.example/hub')
    const client = await openHub(readSettings({}, '/home/ada'))
    expect(client.endpoint).toMatch(/^https:\/\/[a-z.]+$/)
    await client.close()
  })

  test.each(['mirror.example', 'ftp://mirror.example', 'https://user:secret@mirror.example'])(
    '%s is refused, without repeating it',
    (endpoint) => {
      expect(() => endpointOf(readSettings({ HF_ENDPOINT: endpoint }))).toThrow(
        'HF_ENDPOINT is not the address of a hub; it must be http(s)://HOST[:PORT], without a user name or a query.'
      )
    }
  )
})

describe('the access token', () => {
  test('comes from HF_TOKEN, then from the file that a login leaves', async () => {
    const home = await temporaryFolder()
    const settings = readSettings({ HF_HOME: home })
    expect(readToken(settings, {})).toBeNull()
    await mkdir(home, { recursive: true })
    await writeFile(join(home, 'token'), 'hf_file\n')
    expect(readToken(settings, {})).toBe('hf_file')
    expect(readToken(settings, { HF_TOKEN: 'hf_variable' })).toBe('hf_variable')
    expect(readToken(settings, { HF_HUB_DISABLE_IMPLICIT_TOKEN: '1', HF_TOKEN: 'hf_variable' })).toBeNull()
  })

  test('with a line break inside is refused without being shown', () => {
    expect(() => readToken(readSettings({}), { HF_TOKEN: 'hf_a\nhf_b' })).toThrow(
      'The access token in HF_TOKEN contains characters that no token has (a space, a line break). Copy it again.'
    )
  })
})
