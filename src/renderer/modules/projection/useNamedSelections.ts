import { csvOfRecords } from '@shared/csv'
import { computed, shallowRef, watch, type Ref } from 'vue'
import { client } from '@/client'
import { downloadText, safeFileName } from '@/plots/exporting'
import { useImportStore } from '@/stores/importStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'
import { useProjectionPane } from './projectionPane'
import { useWordSelectionStore, type WordSelection } from '@/stores/wordSelectionStore'
import { layoutText } from './methods'
import { labelledTable } from './labelledTable'
import type { usePoints } from './usePoints'
import type { DrawnLayout } from './useProjection'

/** Named selections of the words on screen, and what can be done with them. */
export function useNamedSelections(
  { pointOfWord }: Pick<ReturnType<typeof usePoints>, 'pointOfWord'>,
  picture: { drawn: Readonly<Ref<DrawnLayout | null>>; chosen: Ref<readonly number[]> }
) {
  const store = useWordSelectionStore()
  const session = useSessionStore()
  const imports = useImportStore()
  const notices = useNoticeStore()
  const { searchLike } = useProjectionPane()
  /** The one that the picture shows; null where the selection has no name. */
  const shown = shallowRef<WordSelection | null>(null)

  function show(selection: WordSelection | null): void {
    shown.value = selection
    picture.chosen.value = (selection?.rows ?? [])
      .map((row) => pointOfWord.value[row] ?? -1)
      .filter((point) => point >= 0)
  }
  function keep(name: string, points: readonly number[]): void {
    const { dataset, split } = session
    const drawn = picture.drawn.value
    if (!dataset || !drawn) return
    const rows = points.map((point) => drawn.input.wordIndex.data[point]!).sort((a, b) => a - b)
    const from = `layer ${drawn.input.layer}, ${layoutText(drawn.about, drawn.input.explained)}`
    show(store.keep({ name, datasetId: dataset.id, split, rows, from }))
  }

  async function exported({ name, datasetId, split, rows }: WordSelection): Promise<void> {
    const { forms, sentence, position } = await client.call('dataset.words', { datasetId, split })
    const records = rows.map((row) => ({
      word: forms[row]!,
      sentence: sentence.data[row]!,
      position: position.data[row]!,
      selection: name
    }))
    downloadText(`${safeFileName(`selection-${name}`)}.csv`, 'text/csv', csvOfRecords(records))
  }
  /** Opens the part as data whose words carry one label: whether they are in the selection. */
  async function probed({ name, datasetId, split, rows }: WordSelection): Promise<void> {
    const { forms, sentence } = await client.call('dataset.words', { datasetId, split })
    const text = labelledTable(forms, sentence.data, new Set(rows), name)
    const file = new File([text], `${safeFileName(`${split}-${name}`)}.tsv`, { type: 'text/tab-separated-values' })
    await imports.importAndOpen([{ name: file.name, file }])
  }

  const actions = {
    filter: (selection: WordSelection) => (store.filterId = selection.id),
    search: searchLike,
    forget({ id }: WordSelection) {
      if (shown.value?.id === id) show(null)
      store.forget(id)
    },
    export: exported,
    probe: probed
  }
  async function run(action: keyof typeof actions, selection: WordSelection): Promise<void> {
    try {
      await actions[action](selection)
    } catch (failure) {
      notices.fail(`'${selection.name}' could not be used`, failure)
    }
  }
  // A selection is of one part.
  watch(
    () => session.split,
    () => (shown.value = null)
  )
  return { here: computed(() => store.here), shown, show, keep, run }
}
