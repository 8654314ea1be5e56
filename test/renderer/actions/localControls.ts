const reasons = {
  closes: 'closes or cancels what is in front of it',
  cancels: 'cancels the work that is shown beside it; the list of jobs does so too',
  unfolds: 'shows more or less of the list that it belongs to',
  sorts: 'sorts the list that it belongs to',
  row: 'is a row or a mark of a list, a figure or a board, and is chosen by pressing it',
  ofRow: 'does something with the row or the choice beside it',
  step: 'is a step of a dialog or form that an action opens',
  menu: 'opens a menu, which is offered as a choice of the view',
  question: 'asks a question that the palette asks as well'
}
type Reason = keyof typeof reasons

/** Buttons that are no actions: by component, what a press does (a part of it is enough), and why. */
const listed: Readonly<Record<string, readonly (readonly [what: string, reason: Reason])[]>> = {
  'components/BaseSearchSelect.vue': [['byName', 'sorts']],
  'components/BaseTable.vue': [['sortBy', 'sorts']],
  'components/BaseTextField.vue': [['clear', 'ofRow']],
  'components/ExportMenu.vue': [
    ['ask', 'menu'],
    ['Export', 'menu']
  ],
  'components/JobProgress.vue': [['cancel', 'cancels']],
  'shell/ProofDialog.vue': [
    ['copyCaption', 'step'],
    ["table('csv')", 'step'],
    ["table('json')", 'step'],
    ['addToReport', 'step'],
    ['save', 'step']
  ],
  'modules/results/ReportPane.vue': [
    ['report.move', 'ofRow'],
    ['origin.open', 'ofRow'],
    ['report.remove', 'ofRow']
  ],
  'components/OpenDialog.vue': [
    ['listing.parent', 'step'],
    ['crumb.path', 'step'],
    ['press(entry)', 'step'],
    ['upload', 'step'],
    ['open = false', 'closes'],
    ['listing.folder', 'step'],
    ['confirm', 'step']
  ],
  'components/ProbeRunning.vue': [['jobs.cancel', 'cancels']],
  'components/RunPicker.vue': [
    ['Runs:', 'menu'],
    ["'show'", 'row'],
    ["'compare'", 'ofRow'],
    ['remove', 'ofRow']
  ],
  'shell/StructureDialog.vue': [
    ['group = one.title', 'row'],
    ['chosen = one.name', 'row']
  ],
  'shell/EnginePlaceDialog.vue': [
    ['use(null)', 'step'],
    ['typed.success', 'step']
  ],
  'shell/DropOverlay.vue': [['imports.cancel', 'cancels']],
  'shell/HubActions.vue': [
    ['showList', 'step'],
    ['hub.stop', 'cancels'],
    ["'close'", 'closes'],
    ['confirm', 'step']
  ],
  'shell/HubPane.vue': [
    ['hub.lookUp', 'step'],
    ['press(model)', 'row']
  ],
  'shell/JobRow.vue': [
    ['jobs.move', 'ofRow'],
    ['jobs.pause', 'ofRow'],
    ['jobs.resume', 'ofRow'],
    ['jobs.cancel', 'ofRow'],
    ['jobs.forget', 'ofRow']
  ],
  'shell/NoticeStatus.vue': [
    ['act', 'ofRow'],
    ['store.silence', 'closes']
  ],
  'shell/NoticeTray.vue': [
    ['dismissAll', 'closes'],
    ['trayOpen = false', 'closes'],
    ['act(notice)', 'ofRow'],
    ['copy(notice)', 'ofRow'],
    ['store.dismiss', 'ofRow']
  ],
  'shell/PreviewDialog.vue': [
    ['open = false', 'closes'],
    ['confirm', 'step']
  ],
  'shell/TourStrip.vue': [
    ['ask(question)', 'question'],
    ['layout.tour = false', 'closes']
  ],
  'modules/ablation/AblationBoard.vue': [
    ['column(head)', 'row'],
    ["'toggle'", 'row']
  ],
  'modules/ablation/AblationEdits.vue': [['board.drop', 'ofRow']],
  'modules/ablation/AblationErase.vue': [
    ['toggle(layer)', 'step'],
    ['open = false', 'closes'],
    ['erase', 'step']
  ],
  'modules/ablation/AblationMap.vue': [
    ['board.toggle', 'ofRow'],
    ["'show'", 'ofRow']
  ],
  'modules/ablation/AblationSets.vue': [
    ['naming = false', 'closes'],
    ['keep', 'step']
  ],
  'modules/adapt/AdaptFigures.vue': [['figures.cancel', 'cancels']],
  'modules/adapt/AdaptFlips.vue': [
    ['look(row)', 'row'],
    ['pages++', 'unfolds']
  ],
  'modules/adapt/AdaptProbeTasks.vue': [['adapt.probeTasks', 'ofRow']],
  'modules/attention/AttentionHeadGrid.vue': [['choose(row, column)', 'row']],
  'modules/attention/AttentionHeadStrip.vue': [['toggleActive', 'row']],
  'modules/attention/AttentionSecond.vue': [
    ['add', 'step'],
    ['remove', 'step']
  ],
  'modules/attention/AttentionTiles.vue': [['open(index', 'row']],
  'modules/projection/ContextPane.vue': [
    ['choice.like = null', 'closes'],
    ['filter = null', 'closes'],
    ['offset -=', 'unfolds'],
    ['offset +=', 'unfolds']
  ],
  'modules/projection/NeuronPane.vue': [['neuron = tie.neuron', 'row']],
  'modules/projection/WordList.vue': [['go(word)', 'row']],
  'modules/projection/ProjectionFrequencies.vue': [["'choose'", 'row']],
  'modules/projection/ProjectionSelections.vue': [
    ['keep', 'step'],
    ["'show'", 'row'],
    ['What to do with', 'menu']
  ],
  'modules/attention/AttentionLines.vue': [['reveal', 'row']],
  'modules/attention/AttentionSides.vue': [['choose(', 'row']],
  'modules/attention/AttentionTokenTable.vue': [['choose(', 'row']],
  'modules/compare/CompareBest.vue': [["'choose'", 'row']],
  'modules/compare/CompareCka.vue': [['job.cancel', 'cancels']],
  'modules/compare/CompareFacts.vue': [['job.cancel', 'cancels']],
  'modules/compare/CompareLanguages.vue': [['job.cancel', 'cancels']],
  'modules/compare/CompareLayers.vue': [["'choose'", 'row']],
  'modules/compare/CompareModels.vue': [
    ['compared.choose', 'row'],
    ['compared.remove', 'ofRow'],
    ['confirm', 'step']
  ],
  'modules/corpus/SearchHelp.vue': [["'example'", 'row']],
  'modules/pairs/PairsColumns.vue': [
    ['open = false', 'closes'],
    ['confirm', 'step']
  ],
  'modules/pairs/PairsParadigm.vue': [
    ['chosen = ', 'row'],
    ['more', 'unfolds']
  ],
  'modules/pairs/PairsView.vue': [['pairs.cancel', 'cancels']],
  'modules/probes/ProbeClassLayers.vue': [['all = true', 'unfolds']],
  'modules/probes/ProbeCurve.vue': [['remove', 'step']],
  'modules/probes/ProbeDataCheck.vue': [['save', 'step']],
  'modules/probes/ProbeMistakes.vue': [["'narrow'", 'closes']],
  'modules/probes/ProbeSetup.vue': [['Run probe', 'step']],
  'modules/probes/ProbeTasks.vue': [
    ["'toggle'", 'row'],
    ["'choose'", 'row']
  ],
  'modules/probes/ProbeTopMistakes.vue': [['choose(pair)', 'row']],
  'modules/probes/RegressionPoints.vue': [['choose(item)', 'row']],
  'modules/projection/ProjectionChosen.vue': [["'choose'", 'row']],
  'modules/projection/ProjectionLegend.vue': [["'choose'", 'row']],
  'modules/results/ResultsTable.vue': [['beginNaming', 'ofRow']],
  'shell/inspector/InspectorHead.vue': [['selection.word', 'row']],
  'shell/inspector/InspectorLayers.vue': [['selection.layer', 'row']],
  'shell/inspector/InspectorNeighbours.vue': [['go(near)', 'row']],
  'shell/inspector/InspectorWord.vue': [
    ['choose(', 'row'],
    ['selection.word', 'row'],
    ['folded', 'unfolds']
  ],
  'shell/inspector/TokenAlignment.vue': [['selection.word', 'row']]
}

export const localControls: Readonly<Record<string, readonly (readonly [what: string, reason: string])[]>> =
  Object.fromEntries(
    Object.entries(listed).map(([file, controls]) => [
      file,
      controls.map(([what, reason]) => [what, reasons[reason]] as const)
    ])
  )
