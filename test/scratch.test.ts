import { test } from 'vitest'
import { DatasetStore } from '../src/main/engine/datasets/datasetStore'
test('look', async () => {
  for (const paths of (process.env.LOOK ?? '').split(';')) {
    const info = await new DatasetStore().open({ paths: paths.split(','), ...(paths.includes(',') ? { splitNames: ['train', 'test'] } : {}) }).catch((e) => { console.log(String(e)); return null })
    if (!info) continue
    console.log(info.name, info.formatTitle, info.splits.map((s) => `${s.name} ${s.sentences}/${s.words}`).join(' '), info.warnings, info.notes)
    for (const t of info.tasks) console.log(`  ${t.unit} ${t.id} ${t.kind} ${t.labelled} ${t.bio ? 'BIO ' : ''}${t.classes.length}: ${t.classes.slice(0, 6).join(' ')}`)
  }
}, 300000)
