import type { Axis } from '@shared/projection/customAxes'
import { defineStore } from 'pinia'
import * as v from 'valibot'
import { ref } from 'vue'
import { keepSettings } from '@/composables/keepSettings'

export const projectionMethods = ['umap', 'umapJs', 'tsne', 'pca', 'axes'] as const
export type ProjectionMethod = (typeof projectionMethods)[number]

/** The axes before anyone has chosen: a pair of words that most texts have. */
const usualAxes: { x: Axis; y: Axis | null } = { x: { kind: 'words', from: 'he', to: 'she' }, y: null }

const key = 'projection'

/** Most points of a cohort by the name of its choice. */
export const pointChoices = { '2000': 2000, '5000': 5000, '10000': 10_000, all: null } as const
export type PointChoice = keyof typeof pointChoices

const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
const end = v.pipe(v.string(), v.maxLength(200))
const axis = v.variant('kind', [
  v.object({ kind: v.literal('words'), from: end, to: end }),
  v.object({ kind: v.literal('classes'), task: end, from: end, to: end }),
  v.object({ kind: v.literal('erased'), result: end, direction: whole(0, 4096) })
])

const saved = v.object({
  method: v.fallback(v.picklist(projectionMethods), 'umap'),
  dimensions: v.fallback(v.picklist([2, 3]), 2),
  metric: v.fallback(v.picklist(['cosine', 'euclidean']), 'cosine'),
  points: v.fallback(v.picklist(['2000', '5000', '10000', 'all']), '10000'),
  neighbourhood: v.fallback(whole(5, 50), 15),
  minDist: v.fallback(v.pipe(v.number(), v.minValue(0), v.maxValue(0.99)), 0.1),
  perplexity: v.fallback(whole(5, 50), 30),
  epochs: v.fallback(v.nullable(whole(50, 5000)), null),
  byLabel: v.fallback(v.boolean(), false),
  labelWeight: v.fallback(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.5),
  xAxis: v.fallback(axis, usualAxes.x),
  yAxis: v.fallback(v.nullable(axis), usualAxes.y),
  follow: v.fallback(v.boolean(), true),
  names: v.fallback(v.boolean(), true),
  contours: v.fallback(v.boolean(), false),
  atOnce: v.fallback(v.boolean(), true)
})

/** Settings of the projection view that outlive it and a restart. */
export const useProjectionSettings = defineStore('projectionSettings', () => {
  const method = ref<ProjectionMethod>('umap')
  const dimensions = ref<2 | 3>(2)
  const metric = ref<'cosine' | 'euclidean'>('cosine')
  const points = ref<PointChoice>('10000')
  /** Points of a neighbourhood, itself included. */
  const neighbourhood = ref(15)
  const minDist = ref(0.1)
  const perplexity = ref(30)
  /** Steps of a layout; null for the method's own number. */
  const epochs = ref<number | null>(null)
  /** Whether umap-js also pulls words of one label together, and how much labels count then. */
  const byLabel = ref(false)
  const labelWeight = ref(0.5)
  const xAxis = ref<Axis>(usualAxes.x)
  /** Null for the direction of greatest variance at right angles to the first axis. */
  const yAxis = ref<Axis | null>(usualAxes.y)
  /** Each layer starts from where the points are in the last one, so that they can be followed. */
  const follow = ref(true)
  /** Names of groups, and outlines of density, over the points. */
  const names = ref(true)
  const contours = ref(false)
  /** Whether a layout starts as soon as the view is open, or waits until it is started. */
  const atOnce = ref(true)

  const settings = {
    method,
    dimensions,
    metric,
    points,
    neighbourhood,
    minDist,
    perplexity,
    epochs,
    byLabel,
    labelWeight,
    xAxis,
    yAxis,
    follow,
    names,
    contours,
    atOnce
  }
  return { ...settings, restored: keepSettings(key, saved, settings) }
})
