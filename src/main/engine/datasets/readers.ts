import { conllu } from './conllu'
import { delimited } from './delimited'
import { jsonDocument } from './jsonDocument'
import { jsonLines } from './jsonLines'
import type { DatasetReader } from './reader'

/** Every format that can be opened. */
export const readers: readonly DatasetReader[] = [conllu, delimited, jsonLines, jsonDocument]
