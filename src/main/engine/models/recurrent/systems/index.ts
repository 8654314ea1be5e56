import type { RecurrentSystem } from '../system'
import { awdLstm } from './awdLstm'
import { bilstm } from './bilstm'
import { cove } from './cove'
import { elmo } from './elmo'
import { flair } from './flair'
import { infersent } from './infersent'
import { transfoXl } from './transfoXl'

/** Recurrent systems, in the order in which they are tried on a path. */
export const recurrentSystems: readonly RecurrentSystem[] = [elmo, awdLstm, cove, infersent, flair, transfoXl, bilstm]
