import { chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { listFolder } from '../../src/main/hosts/services/folders'
import { fileImports } from '../../src/main/hosts/services/imports'
import { openStateFile } from '../../src/main/hosts/services/stateFile'
import { temporaryFolder } from './fixtures/testHost'

describe('settings', () => {
  test('are there after a restart, and only for their owner', async () => {
    const path = join(await temporaryFolder(), 'deep/state.json')
    await openStateFile(path).save('view', { layer: 3 })
    await openStateFile(path).save('theme', 'dark')
    expect(await openStateFile(path).load()).toEqual({ view: { layer: 3 }, theme: 'dark' })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  test('written at the same time are all kept, and no half-written file is left', async () => {
    const folder = await temporaryFolder()
    const state = openStateFile(join(folder, 'state.json'))
    await Promise.all(Array.from({ length: 20 }, (_, index) => state.save(`key-${index}`, index)))
    expect(Object.keys(await state.load())).toHaveLength(20)
    expect(await readdir(folder)).toEqual(['state.json'])
  })

  test.each(['{"view": ', '[1, 2]', 'null'])('a damaged file (%s) is kept aside and named', async (text) => {
    const folder = await temporaryFolder()
    const path = join(folder, 'state.json')
    await writeFile(path, text)
    const state = openStateFile(path)
    expect(await state.load()).toEqual({})
    const [aside] = await readdir(folder)
    expect(aside).toMatch(/^state\.json\.damaged-/)
    expect(await readFile(join(folder, aside!), 'utf8')).toBe(text)
    expect(state.notice()).toBe(
      `The settings file was damaged. Layerscope starts with its defaults; the damaged file is kept as ${join(folder, aside!)}.`
    )
    await state.save('theme', 'light')
    expect(await state.load()).toEqual({ theme: 'light' })
  })

  test('that are too large or named for the prototype are refused', async () => {
    const state = openStateFile(join(await temporaryFolder(), 'state.json'))
    await expect(state.save('all', 'x'.repeat(3 << 20))).rejects.toThrow(
      "The setting 'all' takes 3.0 MB; settings are kept up to 1 MB each."
    )
    await expect(state.save('__proto__', {})).rejects.toThrow("A setting cannot be named '__proto__'.")
  })
})

describe('a folder', () => {
  test('lists folders first, in the order a person counts, with what each entry opens as', async () => {
    const folder = await temporaryFolder()
    for (const name of ['model', 'sharded', 'plain', 'lora', '.hidden']) await mkdir(join(folder, name))
    await writeFile(join(folder, 'model/config.json'), '{}')
    await writeFile(join(folder, 'model/model.safetensors'), '')
    await writeFile(join(folder, 'model/tokenizer.json'), '{}')
    await writeFile(join(folder, 'sharded/config.json'), '{}')
    await writeFile(join(folder, 'sharded/model.safetensors.index.json'), '{}')
    await writeFile(join(folder, 'plain/config.json'), '{}')
    await writeFile(join(folder, 'lora/adapter_config.json'), '{}')
    await writeFile(join(folder, 'lora/adapter_model.safetensors'), '')
    for (const name of ['part10.conllu', 'part9.conllu.gz', 'notes.md', 'labels.TSV'])
      await writeFile(join(folder, name), 'abc')
    await symlink(join(folder, 'nowhere'), join(folder, 'broken-link'))

    const listing = await listFolder(folder)
    expect(listing).toMatchObject({ folder, parent: join(folder, '..') })
    expect(listing.entries.map(({ name, kind, bytes, opensAs }) => [name, kind, bytes, opensAs])).toEqual([
      ['lora', 'folder', 0, 'model'],
      ['model', 'folder', 0, 'model'],
      ['plain', 'folder', 0, null],
      ['sharded', 'folder', 0, 'model'],
      ['labels.TSV', 'file', 3, 'dataset'],
      ['notes.md', 'file', 3, null],
      ['part9.conllu.gz', 'file', 3, 'dataset'],
      ['part10.conllu', 'file', 3, 'dataset']
    ])
    expect(listing.entries.filter(({ adapter }) => adapter).map(({ name }) => name)).toEqual(['lora'])
    const inside = await listFolder(join(folder, 'model'))
    expect(inside.entries.map(({ name, opensAs }) => [name, opensAs])).toEqual([
      ['config.json', null],
      ['model.safetensors', 'model'],
      ['tokenizer.json', null]
    ])
  })

  test('checkpoints as their authors released them are models, by folder and by index', async () => {
    const { entries } = await listFolder('test/fixtures/released')
    const models = entries.filter(({ opensAs }) => opensAs === 'model').map(({ name }) => name)
    expect(models).toEqual([
      'albert',
      'bert',
      'bert-half',
      'bert-slices',
      'bert-training',
      'electra',
      'fairseq-camembert',
      'fairseq-roberta',
      'fairseq-roberta-2020',
      'fairseq-roberta-cfg',
      'fairseq-unsafe',
      'fairseq-xlmr',
      'flax-bert',
      'hub1-bert',
      'openai-gpt',
      'xlnet'
    ])
    const inside = await listFolder('test/fixtures/released/bert')
    expect(inside.entries.find(({ name }) => name === 'bert_model.ckpt.index')!.opensAs).toBe('model')
  })

  test('recurrent systems are models, by folder and by weights; word vectors beside them stay word vectors', async () => {
    const { entries } = await listFolder('test/fixtures/recurrent/elmo')
    expect(entries.filter(({ opensAs }) => opensAs === 'model').map(({ name }) => name)).toEqual(['released', 'small'])
    const inside = await listFolder('test/fixtures/recurrent/cove/cove')
    const models = inside.entries.filter(({ opensAs }) => opensAs === 'model').map(({ name }) => name)
    expect(models).toEqual(['glove.txt', 'wmtlstm.pth'])
  })

  test('has no parent at the root', async () => {
    expect(await listFolder('/')).toMatchObject({ folder: '/', parent: null })
  })

  test('that is not one is refused in a sentence', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'file'), '')
    await expect(listFolder(join(folder, 'gone'))).rejects.toThrow(`There is no folder '${join(folder, 'gone')}'.`)
    await expect(listFolder(join(folder, 'file'))).rejects.toThrow(`'${join(folder, 'file')}' is a file, not a folder.`)
  })

  test('that may not be read is refused in a sentence', async ({ skip }) => {
    skip(process.getuid?.() === 0, 'Root may read everything.')
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'private'))
    await chmod(join(folder, 'private'), 0)
    await expect(listFolder(join(folder, 'private'))).rejects.toThrow(
      `This user may not read the folder '${join(folder, 'private')}'.`
    )
  })
})

describe('a file sent in pieces', () => {
  const importId = 'import-0001'
  const piece = (name: string, offset: number, total: number, text: string) => ({
    importId,
    name,
    offset,
    total,
    bytes: new TextEncoder().encode(text)
  })

  test('gets its name with the last one', async () => {
    const root = await temporaryFolder()
    const receive = fileImports(root)
    const folder = join(root, importId)
    expect(await receive(piece('my-model/config.json', 0, 6, 'abcd'))).toEqual({ received: 4, folder, path: null })
    expect(await readdir(join(folder, 'my-model'))).toEqual(['config.json.partial'])
    const path = join(folder, 'my-model/config.json')
    expect(await receive(piece('my-model/config.json', 4, 6, 'ef'))).toEqual({ received: 6, folder, path })
    expect(await readFile(path, 'utf8')).toBe('abcdef')
  })

  test('may be empty, and may be sent again from the start', async () => {
    const receive = fileImports(await temporaryFolder())
    const empty = await receive(piece('empty.tsv', 0, 0, ''))
    expect(await readFile(empty.path!, 'utf8')).toBe('')
    await receive(piece('a.tsv', 0, 4, 'old'))
    const { path } = await receive(piece('a.tsv', 0, 3, 'new'))
    expect(await readFile(path!, 'utf8')).toBe('new')
  })

  test('keeps letters of every script and loses what file systems refuse', async () => {
    const { path } = await fileImports(await temporaryFolder())(piece('Übung: 中文?.tsv', 0, 1, 'x'))
    expect(path).toMatch(/\/Übung_ 中文_\.tsv$/)
  })

  test('that do not fit together are refused', async () => {
    const receive = fileImports(await temporaryFolder())
    await receive(piece('a.tsv', 0, 10, 'abc'))
    await expect(receive(piece('a.tsv', 5, 10, 'fgh'))).rejects.toThrow(
      "A piece of 'a.tsv' begins at byte 5, and 3 bytes are there. Import it again."
    )
    await expect(receive(piece('a.tsv', 3, 4, 'def'))).rejects.toThrow(
      "'a.tsv' should have 4 bytes, but 6 arrived. Import it again."
    )
    await expect(receive(piece('a.tsv', 0, 70 * 2 ** 30, 'abc'))).rejects.toThrow(
      "'a.tsv' has 70 GB; files up to 64 GB can be imported. Open it from its folder instead."
    )
  })

  test('whose name meets another after cleaning, or is too long, is refused', async () => {
    const receive = fileImports(await temporaryFolder())
    await receive(piece('a*b.tsv', 0, 1, 'x'))
    await expect(receive(piece('a?b.tsv', 0, 1, 'y'))).rejects.toThrow(
      "'a*b.tsv' and 'a?b.tsv' would be kept under the same name. Rename one and import both again."
    )
    await expect(receive(piece('A*B.tsv', 0, 1, 'y'))).rejects.toThrow('would be kept under the same name')
    await expect(receive(piece(`${'中'.repeat(83)}.tsv`, 0, 1, 'y'))).rejects.toThrow(
      `'${'中'.repeat(83)}.tsv' has 253 bytes; names up to 247 bytes can be imported. Rename it.`
    )
    expect((await receive(piece('中'.repeat(82), 0, 1, 'y'))).path).toMatch(/中$/)
  })

  test('that has the name of a folder is refused, and the other way round', async () => {
    const receive = fileImports(await temporaryFolder())
    await receive(piece('data', 0, 1, 'x'))
    await expect(receive(piece('data/a.tsv', 0, 1, 'y'))).rejects.toThrow(
      "'data/a.tsv' is the name of a file and of a folder in this import. Rename one of the two."
    )
    await receive(piece('more/a.tsv', 0, 1, 'x'))
    await expect(receive(piece('more', 0, 1, 'y'))).rejects.toThrow(
      "'more' is the name of a file and of a folder in this import. Rename one of the two."
    )
  })

  test('many times at once is whole', async () => {
    const receive = fileImports(await temporaryFolder())
    const answers = await Promise.all(Array.from({ length: 20 }, () => receive(piece('a.tsv', 0, 4, 'abcd'))))
    expect(await readFile(answers[0]!.path!, 'utf8')).toBe('abcd')
  })

  test('counts against a limit for all imports; those of long ago make room', async () => {
    const root = await temporaryFolder()
    const limits = { totalBytes: 100, keptMs: 1000_000 }
    await fileImports(root, limits)({ ...piece('a.tsv', 0, 1, 'x'.repeat(1)), importId: 'import-old' })
    await fileImports(root, limits)({ ...piece('a.tsv', 0, 90, 'x'.repeat(90)), importId: 'import-new' })
    await expect(fileImports(root, limits)({ ...piece('b.tsv', 0, 20, 'x'), importId: 'import-more' })).rejects.toThrow(
      "With 'b.tsv' the imported files would take 111 bytes; 100 bytes are kept. Delete folders in " +
        `${root}, or open the file from its folder instead.`
    )
    const longAgo = Date.now() / 1000 - 2000
    await utimes(join(root, 'import-old'), longAgo, longAgo)
    await utimes(join(root, 'import-new'), longAgo, longAgo)
    await fileImports(root, limits)({ ...piece('b.tsv', 0, 20, 'x'), importId: 'import-more' })
    expect(await readdir(root)).toEqual(['import-more'])
  })
})
