import type { ColumnChoice } from '@shared/dataset'
import { valuesChosen } from '../columnValues'
import { commentLayers } from './conlluComments'
import type { LayerSpec } from '../layers'
import type { Tables } from '../split'

/**
 * The label layers of a treebank: tags, relations, heads, and one for each feature that occurs.
 * @param ownColumns further columns, which may hold numbers
 * @param choice what the user says of their values
 */
export function conlluLayers(
  tables: Tables,
  ownColumns: readonly string[] = [],
  choice: ColumnChoice = {}
): LayerSpec[] {
  const column = (id: string, title: string, description?: string): LayerSpec => ({
    id,
    title,
    description,
    unit: 'token',
    origin: { kind: 'column', column: id }
  })
  const layers: LayerSpec[] = [
    column('upos', 'Universal part of speech', 'Column UPOS.'),
    column('xpos', 'Part of speech of the language', 'Column XPOS.'),
    column('deprel', 'Dependency relation', 'Relation to the head, with its subtype (column DEPREL).'),
    {
      id: 'deprel.universal',
      title: 'Universal relation',
      description: 'Relation to the head without its subtype: nmod for nmod:poss.',
      unit: 'token',
      origin: { kind: 'column', column: 'deprel', value: (relation) => relation.split(':', 1)[0] ?? relation }
    },
    {
      id: 'head.distance',
      title: 'Distance to the head',
      description:
        'Position of the head minus position of the word; negative when the head is to the left; roots have none.',
      unit: 'token',
      origin: { kind: 'headDistance' }
    },
    {
      id: 'head.direction',
      title: 'Direction and distance to the head',
      description: 'The same in classes; the root is a class of its own.',
      unit: 'token',
      origin: { kind: 'headDistanceClass', classOf: distanceClass }
    }
  ]
  for (const name of featureNames(tables)) {
    layers.push({
      id: `feats.${name}`,
      title: name,
      description: `Feature ${name} (column FEATS); words without it have no label.`,
      unit: 'token',
      origin: { kind: 'column', column: 'feats', value: (features) => featureValue(features, name) }
    })
  }
  for (const { id, title, description } of commentLayers) {
    if (tables.columns.get(id)?.strings.length)
      layers.push({ id, title, description, unit: 'sentence', origin: { kind: 'column', column: id } })
  }
  for (const name of ownColumns)
    layers.push({
      ...column(name, name),
      origin: { kind: 'column', column: name, mayBeNumber: true, as: valuesChosen(choice, name) }
    })
  return layers
}

/**
 * `root`, or side and distance of the head: `left 1`, `left 2`, `left 3-5`, `left 6-10`, `left 11+`, and to the right.
 */
export function distanceClass(distance: number | null): string {
  if (distance === null) return 'root'
  const side = distance < 0 ? 'left' : 'right'
  const steps = Math.abs(distance)
  if (steps <= 2) return `${side} ${steps}`
  if (steps <= 5) return `${side} 3-5`
  return steps <= 10 ? `${side} 6-10` : `${side} 11+`
}

function featureNames(tables: Tables): string[] {
  const names = new Set<string>()
  for (const features of tables.columns.get('feats')?.strings ?? []) {
    for (const feature of features.split('|')) names.add(feature.slice(0, feature.indexOf('=')))
  }
  return [...names].sort()
}

function featureValue(features: string, name: string): string | null {
  for (const feature of features.split('|')) {
    if (feature.startsWith(`${name}=`)) return feature.slice(name.length + 1)
  }
  return null
}
