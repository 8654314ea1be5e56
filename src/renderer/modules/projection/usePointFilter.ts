import { computed, ref, shallowRef, type Ref } from 'vue'
import { frequencyBins, type FrequencyBins } from './frequencyBins'

/** What the points are, as far as filters read it. */
interface FilteredPoints {
  /** Class of every point, -1 for none. */
  classes: Readonly<Ref<Int32Array>>
  /** How often the form of every point occurs in the part. */
  occurrences: Readonly<Ref<Int32Array>>
  /** Points that a search finds; null without a search. */
  found: Readonly<Ref<ReadonlySet<number> | null>>
  /** The class that is looked at; null for all. */
  classId: Readonly<Ref<number | null>>
}

type FilterName = 'chosen' | 'found' | 'class' | 'frequency'

/**
 * Which points are in focus: those inside the selection, found by the search, of the class that is looked at, and of
 * the frequency that was clicked, all of it at once. Each chart counts the points that pass the filters of the others.
 */
export function usePointFilter({ classes, occurrences, found, classId }: FilteredPoints) {
  /** Points that were selected in the picture; empty without a selection. */
  const chosen = shallowRef<readonly number[]>([])
  /** Place among the bins of frequency; null for all. */
  const frequency = ref<number | null>(null)
  const bins = computed<FrequencyBins>(() => frequencyBins(occurrences.value))

  const filters = computed(() => {
    const inside = chosen.value.length ? new Set(chosen.value) : null
    const [search, wanted, bin] = [found.value, classId.value, frequency.value]
    return new Map<FilterName, (point: number) => boolean>([
      ...(inside ? [['chosen', (point: number) => inside.has(point)] as const] : []),
      ...(search ? [['found', (point: number) => search.has(point)] as const] : []),
      ...(wanted === null ? [] : [['class', (point: number) => classes.value[point] === wanted] as const]),
      ...(bin === null ? [] : [['frequency', (point: number) => bins.value.of[point] === bin] as const])
    ])
  })
  /** The filters but one; null where there are none. */
  function passing(but?: FilterName): ((point: number) => boolean) | null {
    const tests = [...filters.value].flatMap(([name, test]) => (name === but ? [] : [test]))
    return tests.length ? (point) => tests.every((test) => test(point)) : null
  }
  /** 1 for a point out of focus; null where all are in it. */
  const dimmed = computed(() => {
    const keep = passing()
    return keep ? Uint8Array.from(classes.value, (_, point) => (keep(point) ? 0 : 1)) : null
  })
  function counted(of: Int32Array, size: number, but: FilterName): number[] {
    const keep = passing(but)
    const counts = new Array<number>(size).fill(0)
    of.forEach((value, point) => {
      if (value >= 0 && (!keep || keep(point))) counts[value]!++
    })
    return counts
  }
  const classCounts = computed(() => {
    const most = classes.value.reduce((high, id) => Math.max(high, id), -1)
    return counted(classes.value, most + 1, 'class')
  })
  const frequencyCounts = computed(() => counted(bins.value.of, bins.value.titles.length, 'frequency'))
  /** Points in focus by a selection, a search or a frequency: what a list shows. */
  const listed = computed(() => {
    const keep = passing()
    const wanted = chosen.value.length > 0 || found.value !== null || frequency.value !== null
    return keep && wanted ? [...classes.value.keys()].filter(keep) : []
  })

  return { chosen, frequency, bins, dimmed, classCounts, frequencyCounts, listed }
}
