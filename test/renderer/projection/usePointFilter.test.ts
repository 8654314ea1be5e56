import { expect, test } from 'vitest'
import { ref, shallowRef } from 'vue'
import { frequencyBins } from '@/modules/projection/frequencyBins'
import { labelledTable } from '@/modules/projection/labelledTable'
import { usePointFilter } from '@/modules/projection/usePointFilter'

test('forms are counted in bins of about three times as many', () => {
  const { of, titles } = frequencyBins(Int32Array.of(1, 2, 3, 4, 9, 10, 40))
  expect(titles).toEqual(['1', '2–3', '4–9', '10–31', '32+'])
  expect([...of]).toEqual([0, 1, 1, 2, 2, 3, 4])
  expect(frequencyBins(new Int32Array(0)).titles).toEqual([])
})

test('each chart counts the points that pass the filters of the others', () => {
  const classId = ref<number | null>(null)
  const found = shallowRef<ReadonlySet<number> | null>(null)
  const filter = usePointFilter({
    classes: ref(Int32Array.of(0, 0, 1, 1, -1)),
    occurrences: ref(Int32Array.of(1, 5, 1, 5, 1)),
    found,
    classId
  })
  expect(filter.dimmed.value).toBeNull()
  expect(filter.listed.value).toEqual([])
  classId.value = 1
  filter.frequency.value = 0
  expect([...filter.dimmed.value!]).toEqual([1, 1, 0, 1, 1])
  // Of frequency 1 in any class; of class 1 at any frequency.
  expect(filter.classCounts.value).toEqual([1, 1])
  expect(filter.frequencyCounts.value).toEqual([1, 0, 1])
  expect(filter.listed.value).toEqual([2])
  classId.value = null
  filter.frequency.value = null
  filter.chosen.value = [0, 3]
  found.value = new Set([3, 4])
  expect(filter.listed.value).toEqual([3])
  expect(filter.classCounts.value).toEqual([0, 1])
})

test('a selection becomes a table of tokens with one label', () => {
  const table = labelledTable(
    ['The', 'bank', 'A', 'river'],
    Int32Array.of(0, 0, 1, 1),
    new Set([1, 3]),
    'money\tor # water'
  )
  expect(table).toBe('word\tmoney or water\nThe\toutside\nbank\tinside\n\nA\toutside\nriver\tinside\n')
})
