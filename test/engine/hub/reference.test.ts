import { describe, expect, test } from 'vitest'
import { parseReference, readReference } from '../../../src/main/engine/hub/reference'

const hosts = ['hub.example:8080', 'models.example']

describe('the name of a model', () => {
  test.each([
    ['bert-base-uncased', 'bert-base-uncased', 'main'],
    ['  google/electra-small-discriminator ', 'google/electra-small-discriminator', 'main'],
    ['EleutherAI/pythia-70m@step3000', 'EleutherAI/pythia-70m', 'step3000'],
    ['org/name@refs/pr/12', 'org/name', 'refs/pr/12'],
    ['org/name@feature/x', 'org/name', 'feature/x'],
    ['https://hub.example:8080/bert-base-uncased', 'bert-base-uncased', 'main'],
    ['https://models.example/org/name/', 'org/name', 'main'],
    ['https://models.example/org/name/tree/v1.0', 'org/name', 'v1.0'],
    ['https://models.example/org/name/tree/refs%2Fpr%2F3', 'org/name', 'refs/pr/3'],
    ['https://models.example/org/name/blob/main/config.json?x=1#L3', 'org/name', 'main'],
    [
      'https://models.example/org/name/resolve/0123456789012345678901234567890123456789/model.safetensors',
      'org/name',
      '0123456789012345678901234567890123456789'
    ]
  ])('%s', (text, repo, revision) => {
    expect(parseReference(text, hosts)).toEqual({ repo, revision })
  })

  test.each([
    ['', 'Type the name of a model, for example bert-base-uncased or org/name@revision.'],
    [
      'a/b/c',
      "'a/b/c' is not the name of a model. A name is bert-base-uncased or org/name, with letters, digits, '-', '_' and '.'."
    ],
    [
      '../etc',
      "'../etc' is not the name of a model. A name is bert-base-uncased or org/name, with letters, digits, '-', '_' and '.'."
    ],
    [
      'org--x/name',
      "'org--x/name' is not the name of a model. A name is bert-base-uncased or org/name, with letters, digits, '-', '_' and '.'."
    ],
    ['org/name@../../x', "'../../x' is not a revision; it is a branch, a tag or a commit, for example org/name@main."],
    ['org/name@', "'' is not a revision; it is a branch, a tag or a commit, for example org/name@main."],
    [
      'https://elsewhere.example/org/name',
      "'https://elsewhere.example/org/name' is not an address at hub.example:8080. Type the model's name, org/name; HF_ENDPOINT sets another hub."
    ],
    [
      'https://models.example/spaces/org/name',
      "'https://models.example/spaces/org/name' is a space, not a model. Type the name of a model."
    ]
  ])('%j is refused', (text, sentence) => {
    expect(() => parseReference(text, hosts)).toThrow(sentence)
  })

  test.each([
    ['datasets/squad', { repo: 'datasets/squad', revision: 'main' }],
    ['datasets/org/name@v1:data/en/', { repo: 'datasets/org/name', revision: 'v1', part: 'data/en' }],
    ['https://models.example/datasets/org/name', { repo: 'datasets/org/name', revision: 'main' }],
    [
      'https://models.example/datasets/org/name/tree/refs%2Fconvert%2Fparquet/en',
      { repo: 'datasets/org/name', revision: 'refs/convert/parquet', part: 'en' }
    ]
  ])('%s is a data set', (text, reference) => {
    expect(parseReference(text, hosts)).toEqual(reference)
  })

  test.each(['datasets/org/name:../x', 'datasets/org/name:'])('%s names no folder of a data set', (text) => {
    expect(() => parseReference(text, hosts)).toThrow('is not a folder of a data set, for example datasets/org/name:')
  })

  test('paths are not taken for names', () => {
    for (const path of ['./models/x', '/models/x', 'C:\\models\\x', '~/x', 'models/x/y', '..'])
      expect(readReference(path)).toBeNull()
    expect(readReference('org/name@v1')).toEqual({ repo: 'org/name', revision: 'v1' })
  })
})
