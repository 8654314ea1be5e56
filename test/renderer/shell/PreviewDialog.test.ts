// @vitest-environment happy-dom
import type { DatasetPreview, PreviewColumn } from '@shared/dataset'
import { createPinia, setActivePinia } from 'pinia'
import { createApp, h, type App } from 'vue'
import { afterEach, expect, it, vi } from 'vitest'
import PreviewDialog from '@/shell/PreviewDialog.vue'
import { withColumn } from '@/shell/columnRoles'
import { useLayoutStore } from '@/stores/layoutStore'
import { engine } from '../engine'

let app: App | null = null
afterEach(() => {
  app?.unmount()
  document.body.innerHTML = ''
})

const columns: PreviewColumn[] = [
  {
    index: 0,
    name: 'body',
    examples: [],
    guess: 'text',
    role: 'text',
    roles: ['text', 'label'],
    reason: 'by its values'
  },
  {
    index: 1,
    name: 'score',
    examples: [],
    guess: 'label',
    role: 'label',
    roles: ['text', 'label', 'ignore'],
    reason: 'by its name',
    as: 'numbers',
    values: '101 values, 99 different: 98 numbers, 3 not ("N/A" in line 12). Read as numbers: numbers with decimals.'
  }
]
const preview: DatasetPreview = {
  path: '/scores.csv',
  format: 'delimited',
  formatTitle: 'Table',
  formats: [{ id: 'delimited', title: 'Table' }],
  layout: 'sentencePerRow',
  delimiter: 'comma',
  header: true,
  columns,
  rows: [['pay', '1.5']],
  sentences: 101,
  words: 400,
  complete: true,
  problems: [],
  notes: [],
  canOpen: true,
  splits: [{ path: '/scores.csv', name: 'scores' }],
  ownSplits: []
}

it('says how every column is read and why, with what does not fit', async () => {
  engine.answers['dataset.preview'] = () => preview
  const pinia = createPinia()
  setActivePinia(pinia)
  useLayoutStore().preview(['/scores.csv'])
  app = createApp({ render: () => h(PreviewDialog, { open: true }) })
  const host = document.body.appendChild(document.createElement('div'))
  app.use(pinia).mount(host)
  const explanation = (): string => document.querySelector('.explained')?.textContent?.replace(/\s+/g, ' ') ?? ''
  await vi.waitFor(() => expect(explanation()).toContain('bodySentence text, by its values.'))
  expect(explanation()).toContain(
    'scoreLabel, by its name. 101 values, 99 different: 98 numbers, 3 not ("N/A" in line 12).'
  )
  expect(document.querySelector('[aria-label="What the labels in score are"]')?.textContent).toContain('Numbers')
})

it('changes one column, keeps what was chosen before, and leaves the others to be guessed', () => {
  const [body, score] = columns as [PreviewColumn, PreviewColumn]
  const asClasses = withColumn([], score, { as: 'classes' })
  expect(asClasses).toEqual([{ index: 1, name: 'score', role: 'label', as: 'classes' }])
  expect(withColumn(asClasses, score, { name: 'rating' })).toEqual([{ ...asClasses[0], name: 'rating' }])
  expect(withColumn(asClasses, body, { role: 'label' })).toEqual([
    asClasses[0],
    { index: 0, name: 'body', role: 'label' }
  ])
  expect(withColumn(asClasses, score, { role: 'ignore' })).toEqual([{ index: 1, name: 'score', role: 'ignore' }])
})
