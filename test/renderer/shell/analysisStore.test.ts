// @vitest-environment happy-dom
import type { SentenceAnalysis } from '@shared/sentence'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'
import { useAnalysisStore } from '@/stores/analysisStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { engine, settle } from '../engine'
import { modelInfo, sentenceAnalysis } from '../fixtures'

const answers = new Map<string, (analysis: SentenceAnalysis) => void>()
beforeEach(() => {
  answers.clear()
  setActivePinia(createPinia())
  engine.answers['sentence.analyze'] = ({ modelId, sentence }) =>
    new Promise((resolve) => answers.set(`${sentence.kind === 'text' ? sentence.text : ''}, ${modelId}`, resolve))
  useSessionStore().model = modelInfo()
})

it('never applies the chosen word to the words of another sentence', async () => {
  const selection = useSelectionStore()
  const store = useAnalysisStore()
  selection.selectSentence({ kind: 'text', text: 'one two' }, 0)
  await settle()
  answers.get('one two, model-a')!(sentenceAnalysis(['one', 'two']))
  await settle()
  expect([store.word, store.reading?.words]).toEqual([0, ['one', 'two']])
  selection.word = 1
  expect(store.word, 'within a sentence it follows at once').toBe(1)

  selection.selectSentence({ kind: 'text', text: 'a b c' }, 2)
  await settle()
  expect([store.word, store.reading?.words], 'nothing of the old sentence is shown').toEqual([null, undefined])
  answers.get('a b c, model-a')!(sentenceAnalysis(['a', 'b', 'c']))
  await settle()
  expect([store.word, store.reading?.words, [...store.reading!.firstToken]]).toEqual([2, ['a', 'b', 'c'], [1, 2, 3]])
})

it('an answer that was overtaken changes nothing', async () => {
  const selection = useSelectionStore()
  const store = useAnalysisStore()
  selection.selectSentence({ kind: 'text', text: 'slow' }, 0)
  await settle()
  selection.selectSentence({ kind: 'text', text: 'quick' }, 0)
  await settle()
  answers.get('quick, model-a')!(sentenceAnalysis(['quick']))
  answers.get('slow, model-a')!(sentenceAnalysis(['slow']))
  await settle()
  expect(store.reading?.words).toEqual(['quick'])
})

it('says at once that nothing is known of another model', async () => {
  const selection = useSelectionStore()
  const session = useSessionStore()
  const store = useAnalysisStore()
  selection.selectSentence({ kind: 'text', text: 'one two' }, 0)
  await settle()
  answers.get('one two, model-a')!(sentenceAnalysis(['one', 'two']))
  await settle()
  expect(store.reading).toMatchObject({ model: { id: 'model-a' }, sentence: { text: 'one two' } })
  session.model = modelInfo({ id: 'model-b' })
  expect(store.reading, 'before anything is drawn').toBeNull()
  await settle()
  answers.get('one two, model-b')!(sentenceAnalysis(['one', 'two']))
  await settle()
  expect(store.reading!.model.id).toBe('model-b')
})
