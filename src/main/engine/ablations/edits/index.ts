import type { Edit, EditKind } from '@shared/intervention'
import type { HookName } from '@shared/hookNames'
import { add } from './add'
import type { EditDefinition, EditFunction, EditResources } from './edit'
import { erase } from './erase'
import { mean } from './mean'
import { noise } from './noise'
import { patch } from './patch'
import { project } from './project'
import { resample } from './resample'
import { scale } from './scale'
import { zero } from './zero'

/**
 * Everything that can be done to a value. A block is skipped by the forward pass itself: there is no value to change.
 */
export const edits: { readonly [K in Exclude<EditKind, 'skip'>]: EditDefinition<K> } = {
  zero,
  mean,
  resample,
  noise,
  patch,
  scale,
  add,
  project,
  erase
}

export function makeEdit(edit: Exclude<Edit, { kind: 'skip' }>, at: HookName, resources: EditResources): EditFunction {
  const definition = edits[edit.kind] as EditDefinition<EditKind>
  return definition.make(edit, at, resources)
}
