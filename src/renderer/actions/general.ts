import { withData, withModel, type Action } from './action'

/** What works in every view: files, panels, the selection, the engine. */
export const generalActions = {
  'model.open': { title: 'Open model…', words: 'load checkpoint folder file weights', shortcut: 'openModel' },
  'model.vectors': { title: 'Open word vectors…', words: 'glove word2vec fasttext static embeddings' },
  'model.hub': { title: 'Open model from the hub…', words: 'hugging face download' },
  'model.menu': { title: 'Choose among the models', words: 'switch recent included' },
  'model.details': {
    title: 'Model details…',
    words: 'shape memory parameters PyTorch agreement structure',
    applies: withModel
  },
  'model.structure': {
    title: 'Structure of the model…',
    words: 'blocks tensors shapes parameters norms histograms find inside Netron',
    applies: withModel
  },
  'model.parity': {
    title: 'Check the model against PyTorch',
    words: 'parity exact numbers agreement',
    after: 'model.details',
    applies: withModel
  },
  'model.tensors': {
    title: 'Compare the tensors with the base',
    words: 'weights difference fine-tuned',
    after: 'model.details',
    applies: withModel
  },
  'model.trained': { title: 'Show the trained model or its base in every view', words: 'adapter switch on off' },
  'pin.menu': {
    title: 'Pin and compare…',
    words: 'base before after side by side difference second model sentence',
    applies: withModel
  },
  'pin.swap': { title: 'Swap the pinned and the current one', words: 'exchange pin compare', applies: withModel },
  'pin.end': { title: 'Unpin', words: 'pin compare end', applies: withModel },
  'data.open': { title: 'Open data…', words: 'corpus treebank file csv conllu tsv json', shortcut: 'openData' },
  'data.hub': { title: 'Open data from the hub…', words: 'hugging face datasets download' },
  'data.menu': { title: 'Choose among the data', words: 'switch recent included split corpus' },
  'corpus.search': { title: 'Search the sentences', words: 'find filter', shortcut: 'search', applies: withData },
  'corpus.help': { title: 'How to search the sentences', words: 'query syntax help', applies: withData },
  'corpus.all': { title: 'Show all sentences', words: 'clear filter reset search', applies: withData },
  'view.ask': { title: 'Ask a question', words: 'palette command search', shortcut: 'palette' },
  'view.export': { title: 'Export this view…', words: 'figure svg pdf png csv json save', shortcut: 'exportView' },
  'view.link': { title: 'Copy a link to this view', words: 'share url address' },
  'view.saveWorkspace': { title: 'Save workspace…', words: 'what is on screen as a file' },
  'view.openWorkspace': { title: 'Open workspace…', words: 'file restore' },
  'view.back': { title: 'Back to what was on screen before', words: 'undo history', shortcut: 'back' },
  'view.forward': { title: 'Forward again', words: 'redo history', shortcut: 'forward' },
  'view.theme': { title: 'Light or dark theme', words: 'colours night', shortcut: 'theme' },
  'view.corpus': { title: 'Show or hide the corpus', words: 'left panel list sentences', shortcut: 'corpus' },
  'view.inspector': { title: 'Show or hide the inspector', words: 'right panel details', shortcut: 'inspector' },
  'view.keys': { title: 'Keyboard shortcuts', words: 'help keys', shortcut: 'sheet' },
  'view.tour': { title: 'Show the tour', words: 'first steps questions help start' },
  'layers.play': { title: 'Play the layers', words: 'animate run through pause', shortcut: 'play', applies: withModel },
  'layers.below': { title: 'Layer below', words: 'down previous', shortcut: 'layerBelow', applies: withModel },
  'layers.above': { title: 'Layer above', words: 'up next', shortcut: 'layerAbove', applies: withModel },
  'heads.previous': { title: 'Previous head', words: 'before', shortcut: 'previousHead', applies: withModel },
  'heads.next': { title: 'Next head', words: 'after', shortcut: 'nextHead', applies: withModel },
  'words.previous': { title: 'Previous word', words: 'token before', shortcut: 'previousWord', applies: withModel },
  'words.next': { title: 'Next word', words: 'token after', shortcut: 'nextWord', applies: withModel },
  'tokens.alignment': {
    title: 'Show the tokens of every word, or the text',
    words: 'alignment subwords pieces tokenizer',
    applies: withModel
  },
  'tokens.spelling': {
    title: 'Show tokens as text, or in the tokenizer’s spelling',
    words: 'raw byte-level Ġ ▁ ##',
    applies: withModel
  },
  'tokens.copy': { title: 'Copy or save the alignment', words: 'tokens words table', after: 'tokens.alignment' },
  'neighbours.extract': {
    title: 'Find the nearest neighbours of the word',
    words: 'similar contexts cosine corpus search inspector',
    applies: withData
  },
  'jobs.list': { title: 'All jobs…', words: 'queue pause reorder continue cancel waiting running' },
  'jobs.notify': {
    title: 'Notify me when jobs are done',
    words: 'notification desktop tell finished',
    after: 'jobs.list'
  },
  'jobs.continue': { title: 'Continue all interrupted jobs', words: 'resume restart queue', after: 'jobs.list' },
  'messages.list': { title: 'Messages', words: 'errors warnings notices tray' },
  'device.status': { title: 'Compute device…', words: 'backend TensorFlow GPU threads memory' },
  'device.install': { title: 'Set up native TensorFlow', words: 'fast backend', after: 'device.status' },
  'device.retry': { title: 'Try native TensorFlow again', words: 'backend', after: 'device.status' },
  'engine.place': { title: 'Engine on another machine…', words: 'remote ssh GPU server cluster' },
  'engine.restart': { title: 'Restart the engine', words: 'hangs stuck process' }
} as const satisfies Record<string, Action>
