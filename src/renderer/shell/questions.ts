import type { AblationScan, HeadTable } from '@shared/ablation'
import type { ResultKindId, Results } from '@shared/results'
import { computed, type ComputedRef } from 'vue'
import { costOf, type CostRequest } from '@/actions/action'
import { handlerOf } from '@/actions/handlers'
import { perform } from '@/actions/perform'
import type { ActionId } from '@/actions/registry'
import { until } from '@/actions/until'
import { formatPercent, percent } from '@/plots/format'
import { headsRequest, scanRequest } from '@/setup/usualRequests'
import { useAnalysisStore } from '@/stores/analysisStore'
import { usePinStore } from '@/stores/pinStore'
import { probeableTasks, useProbeStore } from '@/stores/probeStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'

/** What a researcher asks of a model, and what answers it. */
export interface Question {
  id: string
  title: string
  /** Further words by which it is found. */
  words: string
  /** The work that answers it, where there is any. */
  cost?: (() => CostRequest | null) | undefined
  /** The answer in a few words, where the window knows it. */
  answer?: string | undefined
  /** The answer in a kept result of an equal request. */
  answerIn?: ((result: Results[ResultKindId]) => string) | undefined
  ask(): void
}

/** As long as a button takes to appear that starts what is not kept. */
const buttonMs = 1500

/** The head that a pattern fits best: 'layer 1, head 3: 100 %'. */
export function bestHead({ patterns, heads }: HeadTable, pattern: string): string {
  const scores = patterns.find(({ id }) => id === pattern)?.scores ?? []
  const best = scores.reduce((at, score, i) => (score > (scores[at] ?? -Infinity) ? i : at), 0)
  if (scores[best] === undefined || Number.isNaN(scores[best])) return ''
  return `layer ${Math.floor(best / heads) + 1}, head ${(best % heads) + 1}: ${percent(scores[best])}`
}

/** The part whose loss moves the model most: 'layer 1, head 3'. */
export function mostHarmful({ units, measures: [measure] }: AblationScan): string {
  if (!measure) return ''
  const sign = measure.better === 'higher' ? -1 : 1
  const harms = measure.effects.map(({ difference }) => sign * difference)
  const unit = units[harms.indexOf(Math.max(...harms))]
  if (!unit) return ''
  return `layer ${unit.block + 1}${unit.head === null ? '' : `, head ${unit.head + 1}`}`
}

/** Questions that can be asked of what is open, those worth asking first at the beginning. */
export function useQuestions(): ComputedRef<Question[]> {
  const session = useSessionStore()
  const selection = useSelectionStore()
  const probes = useProbeStore()
  const analysis = useAnalysisStore()
  const pin = usePinStore()

  /** Shows where the answer is, and starts what finds it where it is not kept. */
  async function show(pane: ActionId, start: ActionId): Promise<void> {
    if (!(await perform(pane))) return
    const button = await until(() => {
      const now = handlerOf(start)
      return now?.isEnabled() ? now : null
    }, buttonMs)
    button?.run()
  }

  const ofCorpus = computed((): Question[] => {
    const { model, dataset, split } = session
    if (!model || !dataset) return []
    const corpus = { modelId: model.id, datasetId: dataset.id, split }
    const task = probeableTasks(dataset).find(({ id }) => id === selection.task) ?? probeableTasks(dataset)[0]
    const best = task && probes.shown.get(task.id)?.best
    const options = task && probes.defaultOptions(task.id)
    return [
      ...(task && options
        ? [
            {
              id: 'layer',
              title: `Which layer decodes ${task.id === 'upos' ? 'POS' : task.title} best?`,
              words: `probe part of speech accuracy layers linear ${task.title}`,
              cost: () => (best ? null : costOf('probe.run', options)),
              answer: best && `layer ${best.layer}, ${formatPercent(best.accuracy)} %`,
              ask: () => {
                selection.task = task.id
                selection.view = 'probes'
                const isRunning = probes.runningHere.some((probe) => probe.options.task === task.id)
                if (!best && !isRunning) void probes.run(options)
              }
            }
          ]
        : []),
      ...(model.heads > 0
        ? [
            {
              id: 'heads',
              title: 'Which heads look at the previous token?',
              words: 'previous token head role pattern attends attention induction',
              cost: () => costOf('ablation.heads', headsRequest(corpus)),
              answerIn: (result: Results[ResultKindId]) => bestHead(result as HeadTable, 'previous'),
              ask: () => void show('ablation.pane:heads', 'ablation.heads')
            },
            {
              id: 'parts',
              title: 'Which heads matter most?',
              words: 'importance ablation scan knock out do without harm',
              cost: () => costOf('ablation.scan', scanRequest(corpus)),
              answerIn: (result: Results[ResultKindId]) => mostHarmful(result as AblationScan),
              ask: () => void show('ablation.pane:corpus', 'ablation.scan')
            }
          ]
        : []),
      {
        id: 'arrangement',
        title: `How are the words arranged at layer ${selection.layer}?`,
        words: 'projection UMAP PCA clusters map space embedding',
        cost: () => costOf('activations.extract', { ...corpus, pool: 'first', maxWords: null }),
        ask: () => (selection.view = 'projection')
      }
    ]
  })

  const ofSentence = computed((): Question[] => {
    const { model } = session
    if (!model) return []
    const word = selection.word === null ? undefined : analysis.reading?.words[selection.word]
    return [
      ...(model.heads > 0
        ? [
            {
              id: 'attends',
              title: word ? `What does ‘${word}’ attend to?` : 'What does this sentence’s attention look like?',
              words: 'attention heads tokens look at matrix lines',
              ask: () => (selection.view = 'attention')
            }
          ]
        : []),
      ...(model.head && model.kind === 'transformer'
        ? [
            {
              id: 'decided',
              title: 'Where is this answer decided?',
              words: 'patching causal tracing activation path which layer token',
              ask: () => void show('ablation.pane:patching', 'ablation.patch')
            },
            {
              id: 'lens',
              title: 'What does the model predict at every layer?',
              words: 'logit lens tuned early exit guesses',
              ask: () => void perform('ablation.pane:lens')
            },
            {
              id: 'grammar',
              title: 'Does the model know grammar?',
              words: 'minimal pairs BLiMP acceptability which sentence is better',
              ask: () => (selection.view = 'pairs')
            }
          ]
        : [])
    ]
  })

  const ofBase = computed((): Question[] => {
    const { model, dataset } = session
    const base = model?.lineage?.base.path
    if (!model || !dataset || base === undefined) return []
    return [
      {
        id: 'changed',
        title: `What changed against ${model.lineage?.base.name ?? 'the base'}?`,
        words: 'base before after fine-tuning difference compare',
        ask: () => void pin.pin({ path: base })
      }
    ]
  })
  return computed(() => [...ofBase.value, ...ofCorpus.value, ...ofSentence.value])
}
