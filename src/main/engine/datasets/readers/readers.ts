import { bracketed } from './bracketed'
import { conllu } from './conllu'
import { conllulex } from './conllulex'
import { conlluRoles } from './conlluRoles'
import { delimited } from './delimited'
import { edgeProbing } from './edgeProbing'
import { gap } from './gap'
import { jsonDocument } from './jsonDocument'
import { jsonLines } from './jsonLines'
import type { DatasetReader } from './reader'
import { rows } from './rows'
import { sentencePairs } from './sentencePairs'
import { winogender } from './winogender'

/** Every format that can be opened. */
export const readers: readonly DatasetReader[] = [
  conllu,
  conllulex,
  conlluRoles,
  bracketed,
  gap,
  winogender,
  sentencePairs,
  delimited,
  edgeProbing,
  jsonLines,
  rows,
  jsonDocument
]
