import {
  adaptKinds,
  adaptMethod,
  defaultAdaptation,
  type AdaptKind,
  type AdaptMethodOptions
} from '@shared/adaptMethods'
import type { FinetuneOptions } from '@shared/finetuneRequests'
import { finetunePresets, type FinetunePresetName } from '@shared/finetunePresets'
import { typedNumber } from '@/setup/setupOptions'
import { fieldTexts, methodOfTexts, offeredFields, type NamedField } from '@/setup/typedFields'

/** What is typed of a run; an empty text leaves a field to the method. */
export interface AdaptTexts {
  epochs: string
  batch: string
  learningRate: string
  headLearningRate: string
  layerDecay: string
  dropout: string
  maxTrain: string
  maxTest: string
  patience: string
  seed: string
}

export interface TextField<Name extends string = keyof AdaptTexts> {
  name: Name
  label: string
  hint: string
  /** What is said where it cannot be read. */
  range: string
  low: number
  high: number
  whole: boolean
}

export const number = <Name extends string>(
  name: Name,
  label: string,
  hint: string,
  [low, high]: [number, number],
  isWhole = false
): TextField<Name> => ({
  name,
  label,
  hint,
  range: `a ${isWhole ? 'whole ' : ''}number from ${low.toLocaleString('en')} to ${high.toLocaleString('en')}`,
  low,
  high,
  whole: isWhole
})

/** Fields of every method, in the order in which they are offered. */
export const textFields: readonly TextField[] = [
  number('epochs', 'Epochs', 'Passes over the training sentences', [1, 1000], true),
  number('batch', 'Batch', 'Sentences of a batch', [1, 4096], true),
  number('learningRate', 'Rate of the model', "Learning rate of the model's weights", [1e-8, 10]),
  number('headLearningRate', 'Rate of the head', 'Learning rate of the head', [1e-8, 10]),
  number('layerDecay', 'Layer decay', 'The rate of a layer is that of the layer above divided by this', [1, 100]),
  number('dropout', 'Dropout', 'Share of the numbers that are set to 0 in each update', [0, 0.94]),
  number('patience', 'Stop after', 'Epochs without a better held-out score; empty: all epochs are run', [1, 1000], true)
]

/** Limits of the data. */
export const limitFields: readonly TextField[] = [
  number('maxTrain', 'Train on', 'Sentences to train on, drawn with the seed; empty: all', [2, 1e9], true),
  number('maxTest', 'Test on', 'Sentences to test on, the same for every seed; empty: all', [1, 1e9], true),
  number('seed', 'Seed', 'Of the head, of the order of the sentences and of all other draws', [0, 4294967295], true)
]

export const emptyTexts: AdaptTexts = {
  epochs: '',
  batch: '',
  learningRate: '',
  headLearningRate: '',
  layerDecay: '',
  dropout: '',
  maxTrain: '',
  maxTest: '',
  patience: '',
  seed: '1'
}

/** What a method sets where nothing is typed, as a placeholder. */
export function usualText(kind: AdaptKind, name: keyof AdaptTexts): string {
  const { usual } = adaptKinds[kind]
  const texts: Partial<Record<keyof AdaptTexts, string>> = {
    epochs: String(usual.epochs),
    batch: String(usual.batch),
    learningRate: String(usual.model),
    headLearningRate: String(usual.head),
    layerDecay: '1',
    dropout: '0.1',
    maxTrain: 'all',
    maxTest: 'all',
    patience: 'never'
  }
  return texts[name] ?? ''
}

/** The texts of a published recipe. */
export function presetTexts(name: FinetunePresetName, texts: AdaptTexts): AdaptTexts {
  const options: Partial<FinetuneOptions> = finetunePresets[name].options
  const of = (value: number | null | undefined): string => String(value ?? '')
  return {
    ...texts,
    epochs: of(options.epochs),
    batch: of(options.batch),
    learningRate: of(options.learningRate),
    headLearningRate: of(options.headLearningRate),
    layerDecay: of(options.layerDecay),
    dropout: of(options.dropout),
    patience: ''
  }
}

/** Options of a method's own. */
export function methodTextFields(kind: AdaptKind): NamedField[] {
  return offeredFields(adaptKinds[kind].fields)
}

/** The options of a method as texts. */
export function methodTexts(method: AdaptMethodOptions): Record<string, string> {
  return fieldTexts(adaptKinds[method.kind].fields, method)
}

/** The method that typed options describe, or a sentence about the first one that cannot be. */
export function typedMethod(
  kind: AdaptKind,
  texts: Readonly<Record<string, string>>
): { method: AdaptMethodOptions | null; problem: string } {
  return methodOfTexts(adaptMethod, adaptKinds[kind].fields, texts, defaultAdaptation(kind))
}

/** Numbers of typed fields, without the empty ones, or a sentence about the first that is wrong. */
export function readNumbers<Name extends string>(
  fields: readonly TextField<Name>[],
  texts: Readonly<Record<Name, string>>
): { numbers: Partial<Record<Name, number>>; problem: string } {
  const numbers: Partial<Record<Name, number>> = {}
  for (const { name, label, range, low, high, whole } of fields) {
    if (texts[name].trim() === '') continue
    const value = typedNumber(texts[name], low, high, whole)
    if (value === null) return { numbers, problem: `${label} has to be ${range}.` }
    numbers[name] = value
  }
  return { numbers, problem: '' }
}

/** The same of the fields of every method; what is empty is left to the method. */
export function typedNumbers(texts: AdaptTexts): ReturnType<typeof readNumbers<keyof AdaptTexts>> {
  return readNumbers([...textFields, ...limitFields], texts)
}

/** Options without those that nothing was typed for, which are left to the method. */
export function withoutEmpty<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options
}
