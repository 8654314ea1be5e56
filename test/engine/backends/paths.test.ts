import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { appRoot, cacheDir, configDir, dataDir, outsideArchive, resourcePath } from '../../../src/main/engine/paths'

const home = '/home/ada'

describe('where files go', () => {
  test.each([
    {
      platform: 'linux',
      environment: {},
      cache: '/home/ada/.cache/layerscope',
      data: '/home/ada/.local/share/layerscope'
    },
    {
      platform: 'linux',
      environment: { XDG_CACHE_HOME: '/x/c', XDG_DATA_HOME: '/x/d' },
      cache: '/x/c/layerscope',
      data: '/x/d/layerscope'
    },
    {
      platform: 'linux',
      environment: { XDG_CACHE_HOME: '/x/c', LAYERSCOPE_CACHE: '/own/c', LAYERSCOPE_DATA: '/own/d' },
      cache: '/own/c',
      data: '/own/d'
    },
    {
      platform: 'darwin',
      environment: {},
      cache: '/home/ada/Library/Caches/layerscope',
      data: '/home/ada/Library/Application Support/layerscope'
    },
    {
      platform: 'win32',
      environment: { LOCALAPPDATA: '/l', APPDATA: '/r' },
      cache: '/l/layerscope/Cache',
      data: '/r/layerscope'
    },
    {
      platform: 'win32',
      environment: {},
      cache: '/home/ada/AppData/Local/layerscope/Cache',
      data: '/home/ada/AppData/Roaming/layerscope'
    }
  ] as const)('$platform with $environment', ({ platform, environment, cache, data }) => {
    expect(cacheDir({ platform, home, environment })).toBe(cache)
    expect(dataDir({ platform, home, environment })).toBe(data)
  })

  test('what a person writes is in the configuration folder', () => {
    const of = (platform: NodeJS.Platform, environment: Record<string, string> = {}): string =>
      configDir({ platform, home, environment })
    expect(of('linux')).toBe('/home/ada/.config/layerscope')
    expect(of('linux', { XDG_CONFIG_HOME: '/x/f' })).toBe('/x/f/layerscope')
    expect(of('linux', { LAYERSCOPE_CONFIG: '/mine' })).toBe('/mine')
    expect(of('darwin')).toBe('/home/ada/Library/Application Support/layerscope')
  })

  test('the app finds its own folder', () => {
    expect(existsSync(join(appRoot(), 'src', 'main', 'engine', 'paths.ts'))).toBe(true)
    expect(resourcePath('native', 'ops.cc')).toBe(join(appRoot(), 'resources', 'native', 'ops.cc'))
  })
})

test('files that another program opens are beside the archive of a release, not inside it', () => {
  expect(outsideArchive('/opt/Layerscope/resources/app.asar/resources/icon.png')).toBe(
    '/opt/Layerscope/resources/app.asar.unpacked/resources/icon.png'
  )
  expect(outsideArchive('C:\\Layerscope\\resources\\app.asar\\resources')).toBe(
    'C:\\Layerscope\\resources\\app.asar.unpacked\\resources'
  )
  expect(outsideArchive('/home/ada/app.asarray/resources')).toBe('/home/ada/app.asarray/resources')
})
