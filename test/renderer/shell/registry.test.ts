// @vitest-environment happy-dom
import { shortcuts } from '@shared/shortcuts'
import { createPinia, setActivePinia } from 'pinia'
import { effectScope } from 'vue'
import { describe, expect, test } from 'vitest'
import { viewModules } from '@/modules/registry'
import { useCommands } from '@/shell/useCommands'
import { useGeneralActions } from '@/shell/useGeneralActions'
import { useSessionStore } from '@/stores/sessionStore'
import { datasetInfo, modelInfo } from '../fixtures'
import { noActions } from './noActions'

/** Values that occur more than once. */
function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]
}

describe('views', () => {
  test('have an id, a title and a description each, and no id or title twice', () => {
    for (const { id, title, description } of viewModules) {
      expect(id).toMatch(/^[a-z][a-zA-Z]*$/)
      expect(title).not.toBe('')
      expect(description, id).toMatch(/\.$/)
    }
    expect(repeated(viewModules.map(({ id }) => id))).toEqual([])
    expect(repeated(viewModules.map(({ title }) => title))).toEqual([])
  })

  test('are opened by a single key each that nothing else in the window has', () => {
    const ofViews = viewModules.map(({ shortcut }) => shortcut)
    expect(ofViews.filter((key) => key.length !== 1 || key !== key.toUpperCase())).toEqual([])
    expect(repeated([...ofViews, ...Object.values(shortcuts).map(({ keys }) => keys)])).toEqual([])
  })
})

test('every shortcut has a title', () => {
  for (const { keys, title } of Object.values(shortcuts)) expect(title, keys).not.toBe('')
})

test('the palette runs every command by an id of its own, under a title, and shows no shortcut twice', () => {
  setActivePinia(createPinia())
  Object.assign(useSessionStore(), { model: modelInfo(), dataset: datasetInfo() })
  const scope = effectScope()
  const commands = scope.run(() => {
    useGeneralActions(noActions)
    return useCommands()
  })!.value
  expect(commands.length).toBeGreaterThan(viewModules.length + 10)
  expect(repeated(commands.map(({ id }) => id))).toEqual([])
  expect(commands.filter(({ title, group }) => title === '' || group === '')).toEqual([])
  const shown = commands.flatMap(({ shortcut }) => shortcut ?? [])
  expect(repeated(shown)).toEqual([])
  // Each is one that the keyboard knows.
  const known = [...viewModules.map(({ shortcut }) => shortcut), ...Object.values(shortcuts).map(({ keys }) => keys)]
  expect(shown.filter((keys) => !known.includes(keys))).toEqual([])
  scope.stop()
})
