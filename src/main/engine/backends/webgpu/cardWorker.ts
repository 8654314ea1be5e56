import type { MessagePort } from 'node:worker_threads'
import type {
  KernelBackend,
  KernelFunc,
  NamedAttrMap,
  NamedTensorInfoMap,
  TensorInfo,
  TypedArray
} from '@tensorflow/tfjs-core'
import type { CardAnswer, CardRequest, CardTensor, KernelInputs } from './messages'

/** Errors that are no answer: WebGPU reports what it cannot do later than it is asked to. */
export interface CardFailures {
  add(sentence: string): void
  /** The first as a sentence; all are then forgotten, but the loss of the card. Null where there is none. */
  take(): string | null
}

/** What computes: a backend of TensorFlow.js and its kernels by name. */
export interface Card {
  backend: KernelBackend
  kernel(name: string): KernelFunc
  failures: CardFailures
}

/**
 * Works off requests on `port`.
 * @param answered one number, set to 1 and woken once an answer has been sent
 */
export function answerRequests(port: MessagePort, answered: Int32Array, card: Card): void {
  const { backend, failures } = card
  const data = new Map<number, object>()
  const numbers = new WeakMap<object, number>()
  let asked = false

  const hold = (number: number, dataId: object): void => {
    data.set(number, dataId)
    numbers.set(dataId, number)
  }
  const info = ({ data: number, shape, dtype }: CardTensor): TensorInfo => ({
    dataId: data.get(number)!,
    shape,
    dtype
  })
  const reply = (answer: CardAnswer): void => {
    asked = false
    const failure = failures.take()
    port.postMessage(failure ? { kind: 'failed', message: failure } : answer)
    Atomics.store(answered, 0, 1)
    Atomics.notify(answered, 0)
  }
  // A stray answer would be taken for that of the next request.
  const fail = (error: unknown, doing = ''): void => {
    const message = `The graphics card failed${doing}: ${error instanceof Error ? error.message : String(error)}`
    if (asked) reply({ kind: 'failed', message })
    else failures.add(message)
  }

  const run = ({ kernel, inputs, attributes, next }: Extract<CardRequest, { kind: 'run' }>): CardAnswer => {
    const attrs = attributes as NamedAttrMap
    const outputs = card.kernel(kernel)({ inputs: tensorInfos(inputs, info), attrs, backend })
    const many = Array.isArray(outputs)
    let number = next
    const tensors = (many ? outputs : [outputs]).map(({ dataId, shape, dtype }) => {
      if (!numbers.has(dataId)) hold(number++, dataId)
      return { data: numbers.get(dataId)!, shape, dtype }
    })
    return { kind: 'tensors', tensors, many }
  }

  // The engine waits for an answer, whatever happens here.
  process.on('uncaughtException', (error) => fail(error))
  port.on('message', (request: CardRequest) => {
    asked = request.kind === 'run' || request.kind === 'read'
    try {
      switch (request.kind) {
        case 'write':
          return hold(request.data, backend.write(request.values, request.shape, request.dtype))
        case 'share':
          return backend.incRef(data.get(request.data)!)
        case 'release': {
          const dataId = data.get(request.data)!
          if (backend.disposeData(dataId)) data.delete(request.data)
          return
        }
        case 'run':
          return reply(run(request))
        case 'read':
          void backend
            .read(data.get(request.data)!)
            .then((values) => reply({ kind: 'values', values: values as TypedArray }))
            .catch((error: unknown) => fail(error))
      }
    } catch (error) {
      fail(error, request.kind === 'run' ? ` at ${request.kernel}` : '')
    }
  })
}

function tensorInfos(inputs: KernelInputs, info: (tensor: CardTensor) => TensorInfo): NamedTensorInfoMap {
  if (Array.isArray(inputs)) return inputs.map(info) as unknown as NamedTensorInfoMap
  return Object.fromEntries(Object.entries(inputs).flatMap(([name, tensor]) => (tensor ? [[name, info(tensor)]] : [])))
}
