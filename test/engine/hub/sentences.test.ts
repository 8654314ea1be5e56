import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openHub } from '../../../src/main/engine/hub/hubClient'
import { lookUp } from '../../../src/main/engine/hub/lookup'
import { retryAfter } from '../../../src/main/engine/hub/sentences'
import { readSettings } from '../../../src/main/engine/hub/settings'
import { bertConfig, bertFiles, noise, testCommit } from './hubServer'
import { testHub } from './withHub'

const files = bertFiles()

describe('what a name leads to', () => {
  test('is shown before anything is downloaded, and nothing is written', async () => {
    const hub = await testHub({ files })
    const found = await hub.lookUp()
    expect(found).toMatchObject({
      repo: 'tiny/bert',
      revision: 'main',
      commit: testCommit,
      host: hub.server.host,
      licence: 'apache-2.0',
      gated: false,
      model: 'BERT, 2 layers of 4 heads, 32 wide',
      refusal: null,
      folder: null,
      notes: []
    })
    expect(found.files.map(({ path, use }) => [path, use])).toEqual([
      ['model.safetensors', 'weights'],
      ['config.json', 'config'],
      ['tokenizer.json', 'tokenizer'],
      ['vocab.txt', 'tokenizer'],
      ['README.md', 'card'],
      ['pytorch_model.bin', null],
      ['tf_model.h5', null],
      ['onnx/model.onnx', null],
      ['1_Pooling/config.json', null]
    ])
    expect(found.neededBytes).toBe(found.files.filter(({ use }) => use).reduce((sum, { bytes }) => sum + bytes, 0))
    expect(found.missingBytes).toBe(found.neededBytes)
    expect(hub.server.requests.some(({ path }) => path.endsWith('model.safetensors'))).toBe(false)
    await expect(import('node:fs/promises').then(({ readdir }) => readdir(hub.settings.cacheFolder))).rejects.toThrow(
      'ENOENT'
    )
  })

  test('is the folder once everything is there', async () => {
    const hub = await testHub({ files })
    const folder = await hub.download()
    expect(await hub.lookUp()).toMatchObject({ folder, missingBytes: 0 })
  })
})

describe('a model that cannot be opened is refused before it is downloaded', () => {
  test('of a family that is not run', async () => {
    const hub = await testHub({
      files: { ...files, 'config.json': { content: Buffer.from('{"model_type": "funnel"}') } }
    })
    expect((await hub.lookUp()).refusal).toMatch(
      /^config\.json: 'model_type' is "funnel", a family Layerscope does not run\. It runs \d+ families, among them bert, /
    )
    await expect(hub.download()).rejects.toThrow('a family Layerscope does not run')
  })

  test('with weights in other formats alone', async () => {
    const hub = await testHub({
      files: {
        'config.json': files['config.json']!,
        'tf_model.h5': files['tf_model.h5']!,
        'onnx/model.onnx': files['onnx/model.onnx']!
      }
    })
    expect((await hub.lookUp()).refusal).toBe(
      'tiny/bert has no weights that Layerscope reads (model.safetensors or pytorch_model.bin). It has tf_model.h5, onnx/model.onnx.'
    )
  })

  test('without a config', async () => {
    const hub = await testHub({
      files: { 'model.safetensors': files['model.safetensors']!, 'README.md': files['README.md']! }
    })
    expect((await hub.lookUp()).refusal).toBe(
      'tiny/bert is not a checkpoint that can be opened: it has no config.json. It has model.safetensors, README.md.'
    )
  })

  test('with an index that names a piece that is not there', async () => {
    const index = Buffer.from(JSON.stringify({ weight_map: { a: 'model-00001-of-00001.safetensors' } }))
    const hub = await testHub({
      files: { 'config.json': files['config.json']!, 'model.safetensors.index.json': { content: index } }
    })
    expect((await hub.lookUp()).refusal).toBe(
      "tiny/bert lacks 'model-00001-of-00001.safetensors', which its index of weights names. Its owners must add it."
    )
  })

  test('with a config that is no JSON', async () => {
    const hub = await testHub({ files: { ...files, 'config.json': { content: Buffer.from('<html>') } } })
    expect((await hub.lookUp()).refusal).toBe('config.json is not the JSON of a checkpoint.')
  })

  test('of a size that contradicts itself', async () => {
    const hub = await testHub({
      files: {
        ...files,
        'config.json': { content: Buffer.from(JSON.stringify({ ...bertConfig, num_attention_heads: 5 })) }
      }
    })
    expect((await hub.lookUp()).refusal).toBe('config.json: a width of 32 cannot be split over 5 attention heads.')
  })
})

describe('a hub that says no', () => {
  const cases: [
    string,
    { status: number; headers?: Record<string, string>; body?: string },
    (host: string) => string
  ][] = [
    [
      'a gated model',
      { status: 401, headers: { 'x-error-code': 'GatedRepo' } },
      (host) =>
        `tiny/bert is gated: its owners want to know who uses it. Accept their conditions on the model's page at ${host}, put an access token into HF_TOKEN or log in with \`hf auth login\`, and try again.`
    ],
    [
      'a model that is not there',
      { status: 404, headers: { 'x-error-code': 'RepoNotFound' } },
      (host) =>
        `There is no model 'tiny/bert' at ${host}, or it is private. Check the name; for a private model, put an access token into HF_TOKEN or log in with \`hf auth login\`.`
    ],
    [
      'whoever is not logged in',
      { status: 401 },
      (host) =>
        `There is no model 'tiny/bert' at ${host}, or it is private. Check the name; for a private model, put an access token into HF_TOKEN or log in with \`hf auth login\`.`
    ],
    [
      'a token it does not know',
      { status: 401, headers: { 'x-error-message': 'Invalid credentials in Authorization header' } },
      (host) =>
        `${host} does not accept the access token. Make a new one there, or unset HF_TOKEN: public models need none.`
    ],
    [
      'too many requests, with the time to wait',
      { status: 429, headers: { 'retry-after': '55' } },
      (host) =>
        `${host} is limiting requests from here (429). Wait 55 s and try again; with an access token in HF_TOKEN it allows more.`
    ],
    [
      'too many requests, without it',
      { status: 429 },
      (host) =>
        `${host} is limiting requests from here (429). Wait a few minutes and try again; with an access token in HF_TOKEN it allows more.`
    ],
    [
      'everything, because it is broken',
      { status: 503 },
      (host) => `${host} has a server error (503). What was downloaded is kept; try again later.`
    ],
    [
      'something that is no hub',
      { status: 200, body: '<html>Welcome</html>' },
      (host) => `${host} does not answer like a hub of models. Is HF_ENDPOINT the address of one?`
    ],
    [
      'JSON of another kind',
      { status: 200, body: '{"ok": true}' },
      (host) => `${host} does not answer like a hub of models. Is HF_ENDPOINT the address of one?`
    ],
    [
      'with a status of its own',
      { status: 418 },
      (host) => `${host} answered 418 to the request for tiny/bert. Is HF_ENDPOINT the address of a hub?`
    ],
    [
      'for a lack of rights',
      { status: 403 },
      (host) => `${host} does not give access to tiny/bert (403). The access token may lack the permission to read it.`
    ]
  ]
  test.each(cases)('to %s', async (_what, refusal, sentence) => {
    const hub = await testHub({ files })
    hub.server.refusal = refusal
    await expect(hub.lookUp()).rejects.toMatchObject({ name: 'UserError', message: sentence(hub.server.host) })
  })

  test('to a revision', async () => {
    const hub = await testHub({ files })
    await expect(hub.lookUp('v9')).rejects.toMatchObject({
      name: 'UserError',
      message: `tiny/bert has no revision 'v9' at ${hub.server.host}. Give a branch, a tag or a commit, or omit the revision.`
    })
  })

  test('to the account of a token, and to its files alone', async () => {
    vi.stubEnv('HF_TOKEN', 'hf_x')
    onTestFinished(() => void vi.unstubAllEnvs())
    const hub = await testHub({ files, gated: 'manual' })
    hub.server.faults.set('config.json', [{ status: 403, headers: { 'x-error-code': 'GatedRepo' } }])
    const found = await hub.lookUp()
    expect(found).toMatchObject({
      gated: true,
      model: null,
      refusal: `tiny/bert is gated, and the account of your access token has not been given access. Ask for it on the model's page at ${hub.server.host}, then try again.`
    })
    expect(found.neededBytes).toBeGreaterThan(200_000)
  })

  test('to a file that it lists', async () => {
    const hub = await testHub({ files })
    hub.server.faults.set('vocab.txt', [{ status: 404, headers: { 'x-error-code': 'EntryNotFound' } }])
    await expect(hub.download()).rejects.toMatchObject({
      name: 'UserError',
      message: `${hub.server.host} lists 'vocab.txt' of tiny/bert but does not have it. Look the model up again.`
    })
  })

  test('in the middle of a download, and then goes on', async () => {
    const hub = await testHub({ files })
    hub.server.faults.set('model.safetensors', [
      { hangUp: true },
      { status: 503 },
      { status: 429, headers: { 'retry-after': '0' } },
      {}
    ])
    expect(await hub.download()).toContain(testCommit)
  })

  test('for longer than a download waits', async () => {
    const hub = await testHub({ files })
    hub.server.faults.set('model.safetensors', [{ status: 429, headers: { 'retry-after': '3600' } }])
    await expect(hub.download()).rejects.toMatchObject({
      name: 'UserError',
      message: `${hub.server.host} is limiting requests from here (429). Wait 3600 s and try again; with an access token in HF_TOKEN it allows more.`
    })
  })
})

test('the time to wait is read in seconds, as a date, or from the hub’s own header', () => {
  const headers = (given: Record<string, string>) => ({ get: (name: string) => given[name] ?? null })
  expect(retryAfter(headers({ 'retry-after': '12' }))).toBe(12)
  expect(
    retryAfter(headers({ 'retry-after': 'Wed, 25 Nov 2026 10:00:30 GMT' }), Date.parse('2026-11-25T10:00:00Z'))
  ).toBe(30)
  expect(retryAfter(headers({ ratelimit: '"api";r=0;t=55' }))).toBe(55)
  expect(retryAfter(headers({}))).toBeNull()
})

describe('without a network', () => {
  test('a name that is not known and a connection that is refused are distinguished', async () => {
    const hub = await testHub({ files })
    await hub.server.close()
    await expect(hub.lookUp()).rejects.toMatchObject({
      name: 'UserError',
      message: `${hub.server.host} cannot be reached: the connection was refused. Check the network and HTTPS_PROXY; models that are in the cache open without it.`
    })
    const nowhere = await openHub(
      readSettings({ HF_ENDPOINT: 'http://hub.invalid', HF_HOME: hub.settings.cacheFolder })
    )
    await expect(lookUp(nowhere, { repo: 'a', revision: 'main' }, hub.settings)).rejects.toThrow(
      /^hub\.invalid cannot be reached: its name (is not known|cannot be looked up)\. Check the network and HTTPS_PROXY; models that are in the cache open without it\.$/
    )
    await nowhere.close()
  })

  test('what was downloaded answers, and says that it does', async () => {
    const hub = await testHub({ files })
    const folder = await hub.download()
    await hub.server.close()
    expect(await hub.lookUp()).toMatchObject({
      folder,
      commit: testCommit,
      missingBytes: 0,
      model: 'BERT, 2 layers of 4 heads, 32 wide',
      refusal: null,
      notes: [
        `${hub.server.host} cannot be reached: the connection was refused. Check the network and HTTPS_PROXY; models that are in the cache open without it. ` +
          'This is tiny/bert as it was downloaded before (commit c0ffee012345); there may be a newer one.'
      ]
    })
    expect((await hub.lookUp(testCommit)).notes[0]).toMatch(/\(commit c0ffee012345\)\.$/)
  })

  test('that HF_HUB_OFFLINE forbids to use is not used', async () => {
    const hub = await testHub({ files }, { HF_HUB_OFFLINE: '1' })
    await expect(hub.lookUp()).rejects.toMatchObject({
      name: 'UserError',
      message: `HF_HUB_OFFLINE is set, so ${hub.server.host} is not contacted. Models in the cache can still be opened.`
    })
    expect(hub.server.requests).toEqual([])
  })

  test('half a model does not pass for one', async () => {
    const hub = await testHub({ files })
    const snapshot = join(hub.settings.cacheFolder, 'models--tiny--bert', 'snapshots', testCommit)
    await mkdir(snapshot, { recursive: true })
    await mkdir(join(snapshot, '..', '..', 'refs'))
    await writeFile(join(snapshot, '..', '..', 'refs', 'main'), testCommit)
    await writeFile(join(snapshot, 'config.json'), JSON.stringify(bertConfig))
    await hub.server.close()
    await expect(hub.lookUp()).rejects.toThrow(/cannot be reached/)
    await writeFile(join(snapshot, 'model.safetensors'), noise(10))
    expect((await hub.lookUp()).folder).toBe(snapshot)
  })
})
