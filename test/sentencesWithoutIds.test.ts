import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** Sentences that a person reads name things as the person knows them, never by an id of the program. */
const allowed: Readonly<Record<string, string>> = {
  'src/main/commands/rerun.ts: item.id': 'an id is what `layerscope results` takes',
  'src/main/engine/services/rerun.ts: id': 'an id is what `layerscope rerun` takes',
  'src/main/engine/datasets/readers/conllu.ts: id': 'the ID of a token in the file',
  'src/main/engine/services/finetuneData.ts: what.id': 'a task as `--task` names it',
  'src/main/engine/tasks/tasks.ts: id': 'as the person typed it',
  'src/main/engine/results/kinds.ts: id': 'a kind of a newer version, which has no title here',
  'src/renderer/shell/inspector/InspectorSentence.vue: store.reading.row.id': 'the sentence’s id in the corpus'
}

/** What is between a parenthesis at `open` and the one that closes it. */
function inside(source: string, open: number): string {
  let depth = 0
  for (let at = open; at < source.length; at++) {
    if (source[at] === '(') depth++
    else if (source[at] === ')' && --depth === 0) return source.slice(open + 1, at)
  }
  return ''
}

/** Expressions whose values are put into errors, messages and the text of templates. */
function spoken(source: string): string[] {
  const calls = [...source.matchAll(/\bnew UserError\(|\bnotices\.(?:add|say|fail)\(|\brefuse\(/g)].flatMap((match) =>
    [...inside(source, match.index + match[0].length - 1).matchAll(/\$\{([^{}]*)\}/g)].map(([, value]) => value!.trim())
  )
  const template = /<template>[\s\S]*<\/template>/.exec(source)?.[0] ?? ''
  return [...calls, ...[...template.matchAll(/\{\{([\s\S]*?)\}\}/g)].map(([, value]) => value!.trim())]
}

const isId = (expression: string): boolean => /(?:\bid|Id|Ids|\.key|[kK]eyOf\([^)]*\))$/.test(expression)

test('no sentence holds an id of the program', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|vue)$/.test(path))
    .map((path) => join('src', path).replaceAll('\\', '/'))
  const found = sources.flatMap((path) =>
    spoken(readFileSync(path, 'utf8'))
      .filter(isId)
      .map((expression) => `${path}: ${expression}`)
  )
  expect([...new Set(found)].sort()).toEqual(Object.keys(allowed).sort())
})

test('the search finds them in errors, messages and templates', () => {
  expect(spoken('throw new UserError(`No model ${request.modelId} (${name(a)}) is open.`)').filter(isId)).toEqual([
    'request.modelId'
  ])
  expect(spoken("notices.add('warning', 'x', `${job.id}: done`)").filter(isId)).toEqual(['job.id'])
  expect(spoken('<template>\n<p>{{ run.id }} {{ run.name }}</p>\n</template>').filter(isId)).toEqual(['run.id'])
})
