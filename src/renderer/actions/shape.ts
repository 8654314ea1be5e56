import { withData, type Action } from './action'

export const projectionActions = {
  'projection.settings': {
    title: 'Settings',
    words: 'UMAP neighbours minimum distance metric cosine',
    applies: withData
  },
  'projection.box': {
    title: 'Box: drag a box around words (or hold Shift; B by keys)',
    words: 'select points group rectangle brush',
    applies: withData
  },
  'projection.lasso': {
    title: 'Lasso: drag around words (or hold Shift and Ctrl)',
    words: 'select points group region',
    applies: withData
  },
  'projection.names': { title: 'Names and outlines', words: 'labels density contours clusters', applies: withData },
  'projection.place': {
    title: 'Place the words of the chosen sentence',
    words: 'new points transform typed',
    applies: withData
  },
  'projection.pair': { title: 'A second layer beside it', words: 'side by side two maps', applies: withData },
  'projection.pause': { title: 'Pause or continue the layout', words: 'UMAP t-SNE hold', applies: withData },
  'projection.clear': { title: 'Clear the chosen words', words: 'lasso selection', applies: withData },
  'projection.zoomIn': { title: 'Zoom in', words: 'larger closer', applies: withData },
  'projection.zoomOut': { title: 'Zoom out', words: 'smaller', applies: withData },
  'projection.showAll': { title: 'Show all', words: 'fit reset zoom', applies: withData },
  'projection.stop': { title: 'Stop here', words: 'UMAP end', applies: withData },
  'projection.restart': { title: 'Re-run layout', words: 'UMAP again anew PCA', applies: withData },
  'projection.geometry': {
    title: 'Measure the geometry of the layers',
    words: 'anisotropy self-similarity intrinsic dimension contextual Ethayarajh',
    applies: withData
  },
  'projection.extract': {
    title: 'Extract the word vectors',
    words: 'hidden states compute projection',
    applies: withData
  }
} as const satisfies Record<string, Action>
