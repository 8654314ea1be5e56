import type { ProbeResult } from '@shared/probe'
import { bestLayer, hasControl, measures, type MeasureName } from './measures'
import { formatCount } from '@/plots/format'
import { interval, layerList, percent, points, unitOf } from './wording'

/** What a run found, in plain words; every figure comes out of the result. */
export interface Verdict {
  /** The finding. */
  headline: string
  /** What it has to be held against, and what it cannot show. */
  details: string[]
  /** What makes the numbers doubtful. */
  cautions: string[]
}

const readable: Record<MeasureName, string> = {
  accuracy: 'is most readable at',
  macroF1: 'is most readable, all classes counted alike, at',
  selectivity: 'is most selective at'
}

export function verdictOf(result: ProbeResult, name: MeasureName): Verdict | null {
  const found = bestLayer(result, name)
  if (!found) return null
  const { best, level } = found
  const value = name === 'selectivity' ? `${(best.value * 100).toFixed(1)} points` : percent(best.value)
  const span = name === 'selectivity' ? interval(best.interval).replace('\u202f%', ' points') : interval(best.interval)
  const headline = `${result.task.title} ${readable[name]} layer ${best.layer}: ${value} (95\u202f% interval ${span}).`
  return { headline, details: [...baselineSentences(result, name, best.layer), ...tieSentence(best.layer, level)], cautions: cautionsOf(result) }
}

function baselineSentences(result: ProbeResult, name: MeasureName, at: number): string[] {
  const layer = result.layers.find((candidate) => candidate.layer === at)
  if (!layer) return []
  const sentences: string[] = []
  if (name === 'selectivity') {
    if (layer.control) {
      sentences.push(`Accuracy there is ${percent(layer.accuracy)}, on random labels by word type ${percent(layer.control.accuracy)}.`)
    }
  } else {
    const measured = measures[name].of(layer)!
    const key = name === 'accuracy' ? 'accuracy' : 'macroF1'
    const most = result.majority[key]
    const memory = result.memoriser[key]
    const over = (baseline: number): string => `${points(measured.value - baseline)} ${measured.value >= baseline ? 'above' : 'below'}`
    const known = measured.interval[0] > memory || measured.interval[1] < memory
    const byWord = result.task.unit === 'token' ? 'knowing each word’s usual label' : 'knowing each sentence seen in training'
    sentences.push(
      `That is ${over(most)} always answering ${result.majority.label} (${percent(most)}) and ` +
      `${known ? over(memory) : 'not distinguishable from'} ${byWord} (${percent(memory)}).`
    )
    if (name === 'accuracy' && layer.selectivity !== undefined && layer.selectivityInterval) {
      sentences.push(`Selectivity ${(layer.selectivity * 100).toFixed(1)} points.`)
    }
  }
  return sentences
}

function tieSentence(best: number, level: readonly number[]): string[] {
  if (level.length === 0) return []
  const together = [best, ...level]
  const list = layerList(together)
  return [`${list.charAt(0).toUpperCase()}${list.slice(1)} cannot be told apart: their intervals overlap.`]
}

function cautionsOf(result: ProbeResult): string[] {
  const cautions: string[] = []
  const unfinished = result.layers.filter((layer) => !layer.converged).map((layer) => layer.layer)
  if (unfinished.length > 0) {
    const list = layerList(unfinished)
    cautions.push(`The solver stopped before it converged at ${list}; ${unfinished.length === 1 ? 'its figure is' : 'their figures are'} a lower bound.`)
  }
  if (result.testWords < 500) {
    cautions.push(`Only ${formatCount(result.testWords)} test ${unitOf(result, result.testWords)}: the intervals are wide.`)
  }
  if (!hasControl(result)) cautions.push('Run without a control task, so that nothing separates what the layer knows from what the probe learnt by heart.')
  return cautions
}

/** 'dependency relation peaks one layer later, at layer 3 (77.9 %)': one clause a further task. */
export function comparison(result: ProbeResult, other: ProbeResult, name: MeasureName): string | null {
  const here = bestLayer(result, name)
  const there = bestLayer(other, name)
  if (!here || !there) return null
  const value = name === 'selectivity' ? `${(there.best.value * 100).toFixed(1)} points` : percent(there.best.value)
  const step = there.best.layer - here.best.layer
  const level = new Set([there.best.layer, ...there.level])
  const at = `layer ${there.best.layer} (${value})`
  if (step === 0) return `${other.task.title} peaks there too, at ${at}.`
  // A step is claimed only where the other task's best layer is told apart from this one's.
  if (level.has(here.best.layer)) return `${other.task.title} peaks at ${at}, though not distinguishably from layer ${here.best.layer}.`
  return `${other.task.title} peaks ${spelled(Math.abs(step))} ${step > 0 ? 'later' : 'earlier'}, at ${at}.`
}

function spelled(layers: number): string {
  const word = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'][layers] ?? String(layers)
  return `${word} ${layers === 1 ? 'layer' : 'layers'}`
}
