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
  engine.answers['sentence.analyze'] = ({ sentence }) =>
    new Promise((resolve) => answers.set(sentence.kind === 'text' ? sentence.text : '', resolve))
  useSessionStore().model = modelInfo()
})

it('never applies the chosen word to the words of another sentence', async () => {
  const selection = useSelectionStore()
  const store = useAnalysisStore()
  selection.selectSentence({ kind: 'text', text: 'one two' }, 0)
  await settle()
  answers.get('one two')!(sentenceAnalysis(['one', 'two']))
  await settle()
  expect([store.shownWord, store.analysis?.words]).toEqual([0, ['one', 'two']])
  selection.word = 1
  expect(store.shownWord, 'within a sentence it follows at once').toBe(1)

  selection.selectSentence({ kind: 'text', text: 'a b c' }, 2)
  await settle()
  expect([store.shownWord, store.analysis?.words], 'the old sentence keeps its word').toEqual([1, ['one', 'two']])
  answers.get('a b c')!(sentenceAnalysis(['a', 'b', 'c']))
  await settle()
  expect([store.shownWord, store.analysis?.words, [...store.firstToken]]).toEqual([2, ['a', 'b', 'c'], [1, 2, 3]])
})

it('an answer that was overtaken changes nothing', async () => {
  const selection = useSelectionStore()
  const store = useAnalysisStore()
  selection.selectSentence({ kind: 'text', text: 'slow' }, 0)
  await settle()
  selection.selectSentence({ kind: 'text', text: 'quick' }, 0)
  await settle()
  answers.get('quick')!(sentenceAnalysis(['quick']))
  answers.get('slow')!(sentenceAnalysis(['slow']))
  await settle()
  expect(store.analysis?.words).toEqual(['quick'])
})
