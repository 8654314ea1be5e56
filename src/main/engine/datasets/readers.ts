import { conllu } from './conllu'
import { conllulex } from './conllulex'
import { conlluRoles } from './conlluRoles'
import { delimited } from './delimited'
import { jsonDocument } from './jsonDocument'
import { jsonLines } from './jsonLines'
import type { DatasetReader } from './reader'

/** Every format that can be opened. */
export const readers: readonly DatasetReader[] = [conllu, conllulex, conlluRoles, delimited, jsonLines, jsonDocument]
