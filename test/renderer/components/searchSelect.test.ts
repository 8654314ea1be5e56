// @vitest-environment happy-dom
import { createApp, h, nextTick, ref, type App } from 'vue'
import { afterEach, describe, expect, it } from 'vitest'
import BaseSelect from '@/components/BaseSelect.vue'
import { matchingOptions } from '@/components/searchOptions'

const classes = Array.from({ length: 500 }, (_, index) => ({
  value: `c${index}`,
  title: `class ${index}`,
  hint: `${500 - index}`
}))
let app: App | null = null
afterEach(() => {
  app?.unmount()
  document.body.replaceChildren()
})

async function open(): Promise<{ chosen: () => string | null; input: HTMLInputElement }> {
  const value = ref<string | null>('c0')
  const root = document.createElement('div')
  document.body.append(root)
  app = createApp(() =>
    h(BaseSelect<string>, {
      label: 'Class',
      options: classes,
      modelValue: value.value,
      'onUpdate:modelValue': (next: string | null) => (value.value = next)
    })
  )
  app.mount(root)
  root.querySelector<HTMLElement>('button[role="combobox"]')!.click()
  await nextTick()
  await nextTick()
  return { chosen: () => value.value, input: document.querySelector<HTMLInputElement>('input[role="combobox"]')! }
}
async function press(input: HTMLInputElement, key: string): Promise<void> {
  input.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
  await nextTick()
}

describe('a choice among 500 classes', () => {
  it('reaches the last class by one key', async () => {
    const { chosen, input } = await open()
    expect(document.querySelectorAll('[role="option"]')).toHaveLength(500)
    await press(input, 'End')
    await press(input, 'Enter')
    expect(chosen()).toBe('c499')
  })
  it('is searched by typing', async () => {
    const { chosen, input } = await open()
    input.value = 'class 31'
    input.dispatchEvent(new Event('input'))
    await nextTick()
    const found = [...document.querySelectorAll('[role="option"]')].map((option) => option.getAttribute('aria-label'))
    expect(found).toHaveLength(15)
    await press(input, 'ArrowDown')
    await press(input, 'Enter')
    expect(chosen()).toBe('c310')
  })
})

it('options are found by every word, those that begin with the first word first, sorted by name on demand', () => {
  const options = [
    { value: 'a', title: 'noun phrase' },
    { value: 'b', title: 'proper noun' },
    { value: 'c', title: 'noun 10' },
    { value: 'd', title: 'noun 9' }
  ]
  const found = (query: string, byName = false): string =>
    matchingOptions(options, query, byName)
      .map(({ value }) => value)
      .join('')
  expect([found('noun'), found('NOUN pro'), found('noun', true), found('x')]).toEqual(['acdb', 'b', 'dcab', ''])
})
