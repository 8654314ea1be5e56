import { parentPort, workerData } from 'node:worker_threads'
import { answerDownload } from './engine/hub/downloadThread'
import type { WantedModel } from './engine/hub/downloadWanted'

if (!parentPort) throw new Error('This file is the entry of a thread.')
await answerDownload(parentPort, workerData as WantedModel)
