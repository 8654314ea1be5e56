// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest'
import { importFiles, looksLike, modelPathOf, worthImporting, type ImportFile } from '@/stores/importing'
import { engine } from '../engine'

const named = (...names: string[]): ImportFile[] =>
  names.map((name) => ({ name, file: new File(['x'], name.split('/').at(-1)!) }))
const namesOf = (files: ImportFile[]): string[] => files.map((file) => file.name)

describe('what is worth importing', () => {
  it('of a model folder: one set of weights, configuration and vocabulary', () => {
    const folder = named(
      'm/config.json',
      'm/model.safetensors',
      'm/pytorch_model.bin',
      'm/tf_model.h5',
      'm/vocab.txt',
      'm/.git/config',
      'm/onnx/model.json',
      'm/tokenizer.json'
    )
    expect(namesOf(worthImporting(folder))).toEqual([
      'm/config.json',
      'm/model.safetensors',
      'm/vocab.txt',
      'm/tokenizer.json'
    ])
  })
  it('the old weights where there are no others', () => {
    expect(namesOf(worthImporting(named('m/config.json', 'm/pytorch_model.bin')))).toEqual([
      'm/config.json',
      'm/pytorch_model.bin'
    ])
  })
  it('of data every visible file, whatever its ending', () => {
    expect(namesOf(worthImporting(named('train.iob2', 'dev.iob2', '.DS_Store')))).toEqual(['train.iob2', 'dev.iob2'])
  })
  it('tells models from data', () => {
    expect([
      looksLike(named('a/config.json')),
      looksLike(named('x.safetensors')),
      looksLike(named('train.conllu')),
      looksLike(named('my-config.json'))
    ]).toEqual(['model', 'model', 'dataset', 'dataset'])
  })
  it('opens a model by its folder, lone weights by their file', () => {
    expect(modelPathOf(['/in/m/1_Pooling/config.json', '/in/m/config.json', '/in/m/model.safetensors'])).toBe('/in/m')
    expect(modelPathOf(['/in/model.safetensors'])).toBe('/in/model.safetensors')
    expect(modelPathOf(['/in/readme.txt'])).toBeNull()
  })
  it('takes a checkpoint as its authors released it, and opens it by its folder', () => {
    const bert = [
      'b/bert_config.json',
      'b/bert_model.ckpt.index',
      'b/bert_model.ckpt.data-00000-of-00001',
      'b/vocab.txt'
    ]
    const others = ['b/bert_model.ckpt.meta', 'b/NOTE']
    expect(namesOf(worthImporting(named(...bert, ...others)))).toEqual(bert)
    expect(looksLike(named('b/bert_model.ckpt.index'))).toBe('model')
    expect(modelPathOf(bert.map((name) => `/in/${name}`))).toBe('/in/b')
    expect(modelPathOf(['/in/h/assets/vocab.txt', '/in/h/variables/variables.index'])).toBe('/in/h')
    const fairseq = ['r/model.pt', 'r/dict.txt', 'r/encoder.json', 'r/vocab.bpe']
    expect(namesOf(worthImporting(named(...fairseq)))).toEqual(fairseq)
    expect(modelPathOf(fairseq.map((name) => `/in/${name}`))).toBe('/in/r')
  })
})

describe('importing', () => {
  const received: { name: string; offset: number; bytes: number }[] = []
  beforeEach(() => {
    received.length = 0
    engine.answers['files.import'] = ({ name, offset, total, bytes }) => {
      const end = offset + (bytes as Uint8Array).byteLength
      received.push({ name, offset, bytes: (bytes as Uint8Array).byteLength })
      return { received: end, folder: '/in', path: end === total ? `/in/${name}` : null }
    }
  })

  it('sends pieces in order, empty files too, and tells how far it is', async () => {
    const piece = 4 * 2 ** 20
    const files = [
      { name: 'big.bin', file: new File([new Uint8Array(piece + 5)], 'big.bin') },
      { name: 'empty.txt', file: new File([], 'empty.txt') }
    ]
    const progress: number[] = []
    const paths = await importFiles(files, (done) => progress.push(done), new AbortController().signal)
    expect(received).toEqual([
      { name: 'big.bin', offset: 0, bytes: piece },
      { name: 'big.bin', offset: piece, bytes: 5 },
      { name: 'empty.txt', offset: 0, bytes: 0 }
    ])
    expect(paths).toEqual(['/in/big.bin', '/in/empty.txt'])
    expect(progress).toEqual([0, piece, piece + 5, piece + 5])
  })

  it('stops between pieces when asked to', async () => {
    const abort = new AbortController()
    const files = [
      { name: 'a', file: new File(['1'], 'a') },
      { name: 'b', file: new File(['2'], 'b') }
    ]
    const work = importFiles(files, (done) => done > 0 && abort.abort(), abort.signal)
    await expect(work).rejects.toThrow('The import was stopped.')
    expect(received.map((one) => one.name)).toEqual(['a'])
  })
})
