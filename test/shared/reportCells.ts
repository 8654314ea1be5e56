import type { ReportCell } from '@shared/report'

const face = '@font-face{font-family:"Inter Variable";font-weight:100 900;src:url(data:font/woff2;base64,AAAA)}'

/** A figure of a report with a font, a mark that says its value, and a table. */
export function cell(changed: Partial<ReportCell> = {}): ReportCell {
  return {
    id: 'figure-0001',
    place: 0,
    title: 'upos-accuracy',
    caption: 'Accuracy by layer of <UPOS> & others.',
    note: '',
    svg:
      '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="3.25in" height="2in" ' +
      `viewBox="0 0 368 226"><title>Accuracy</title><metadata>{}</metadata><style>${face}</style>` +
      '<circle r="3"><title>layer 2: 88.9 %</title></circle></svg>',
    inches: 3.25,
    rows: [
      { layer: 0, accuracy: 0.8 },
      { layer: 1, accuracy: 0.9 }
    ],
    rowCount: 2,
    origin: {
      address: 'layerscope://view#layerscope=1&view=probes&layer=2',
      model: { name: 'MiniLM', id: 'abc' },
      data: { name: 'EWT', id: 'ewt', split: 'test' },
      run: { id: 'run1', madeBy: 'Linear, seed 1' },
      version: '0.1.0'
    },
    methods: 'Linear probes were trained.\n',
    bibtex: '@article{a,\n  title = {A}\n}\n\n@article{b,\n  title = {B}\n}\n',
    addedAt: Date.UTC(2026, 10, 30),
    ...changed
  }
}
