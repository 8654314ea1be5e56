import {
  getKernelsForBackend,
  KernelBackend,
  registerKernel,
  type BackendValues,
  type DataId,
  type DataType,
  type KernelFunc,
  type TensorInfo,
  type TypedArray
} from '@tensorflow/tfjs-core'
import type { GraphicsAdapter } from '@shared/backend'
import { UserError } from '@shared/userError'
import type { CardThread } from './cardThread'
import type { CardTensor, KernelInputs } from './messages'

/** Data on the card, as the engine's thread knows it. */
interface CardData {
  readonly number: number
  /** Tensors that hold it. */
  references: number
}

type KernelTensors = Parameters<KernelFunc>[0]['inputs']

/** TensorFlow.js's backend `webgpu` for this thread: every operation is done in the card's thread. */
export class CardBackend extends KernelBackend {
  private readonly byNumber = new Map<number, CardData>()
  private next = 1

  constructor(
    private readonly thread: Pick<CardThread, 'send' | 'ask'>,
    private readonly adapter: GraphicsAdapter
  ) {
    super()
  }

  /**
   * @returns the outputs: a list where the kernel has one
   * @throws UserError with what went wrong on the card
   */
  run(kernel: string, inputs: KernelTensors, attributes: unknown): TensorInfo | TensorInfo[] {
    const given: KernelInputs = Array.isArray(inputs)
      ? (inputs as unknown as TensorInfo[]).map(asCardTensor)
      : Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, tensor ? asCardTensor(tensor) : null]))
    const answer = this.thread.ask({ kind: 'run', kernel, inputs: given, attributes, next: this.next })
    if (answer.kind !== 'tensors') throw new Error(`The graphics card answered ${kernel} with '${answer.kind}'.`)
    const outputs = answer.tensors.map(({ data, shape, dtype }) => ({ dataId: this.heldOnceMore(data), shape, dtype }))
    return answer.many ? outputs : outputs[0]!
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const data = { number: this.next++, references: 1 }
    this.byNumber.set(data.number, data)
    this.upload(data, values, shape, dtype)
    return data
  }

  override move(dataId: DataId, values: BackendValues, shape: number[], dtype: DataType, references: number): void {
    const data = dataId as CardData & { number: number }
    data.number = this.next++
    data.references = references
    this.byNumber.set(data.number, data)
    this.upload(data, values, shape, dtype)
    for (let i = 1; i < references; i++) this.thread.send({ kind: 'share', data: data.number })
  }

  override readSync(dataId: DataId): BackendValues {
    const answer = this.thread.ask({ kind: 'read', data: (dataId as CardData).number })
    if (answer.kind !== 'values') throw new Error(`The graphics card answered a reading with '${answer.kind}'.`)
    return answer.values
  }

  override async read(dataId: DataId): Promise<BackendValues> {
    return this.readSync(dataId)
  }

  override incRef(dataId: DataId): void {
    const data = dataId as CardData
    data.references++
    this.thread.send({ kind: 'share', data: data.number })
  }

  decRef(dataId: DataId): void {
    this.disposeData(dataId)
  }

  override refCount(dataId: DataId): number {
    return (dataId as CardData).references
  }

  /** @returns whether the data is gone */
  override disposeData(dataId: DataId, force = false): boolean {
    const data = dataId as CardData
    do {
      if (data.references === 0) break
      data.references--
      this.thread.send({ kind: 'release', data: data.number })
    } while (force)
    if (data.references > 0) return false
    this.byNumber.delete(data.number)
    return true
  }

  override numDataIds(): number {
    return this.byNumber.size
  }

  override floatPrecision(): 16 | 32 {
    return 32
  }

  override dispose(): void {
    this.byNumber.clear()
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true }
  }

  private upload(data: CardData, values: BackendValues, shape: number[], dtype: DataType): void {
    // A copy: the caller may go on writing to its array, of which this may be a small part.
    const copy = (values as TypedArray).slice()
    if (copy.byteLength > this.adapter.largestTensor)
      throw new UserError(
        `A matrix of ${megabytes(copy.byteLength)} is more than ${this.adapter.name} can hold in one piece through ` +
          `WebGPU (${megabytes(this.adapter.largestTensor)}). Use another backend for this model.`
      )
    this.thread.send({ kind: 'write', data: data.number, values: copy, shape, dtype }, [copy.buffer as ArrayBuffer])
  }

  private heldOnceMore(number: number): CardData {
    const known = this.byNumber.get(number)
    if (known) {
      known.references++
      return known
    }
    const data = { number, references: 1 }
    this.byNumber.set(number, data)
    this.next = Math.max(this.next, number + 1)
    return data
  }
}

/**
 * Registers the kernels that the card's thread has. Those that only the processor has are refused by their name.
 * @param kernels names, as the card's thread says
 */
export function registerCardKernels(backend: CardBackend, kernels: readonly string[]): void {
  const known = new Set(kernels)
  const missing = getKernelsForBackend('cpu').filter(({ kernelName }) => !known.has(kernelName))
  for (const kernelName of kernels)
    registerKernel({
      kernelName,
      backendName: 'webgpu',
      kernelFunc: ({ inputs, attrs }) => backend.run(kernelName, inputs, attrs)
    })
  for (const { kernelName } of missing)
    registerKernel({
      kernelName,
      backendName: 'webgpu',
      kernelFunc: () => {
        throw new UserError(`WebGPU does not have the operation ${kernelName}. Use another backend for this.`)
      }
    })
}

function asCardTensor({ dataId, shape, dtype }: TensorInfo): CardTensor {
  return { data: (dataId as CardData).number, shape, dtype }
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20).toLocaleString('en')} MB`
}
