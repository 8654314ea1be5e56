import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads'
import { UserError } from '@shared/userError'
import type { CardAnswer, CardRequest, CardStart } from './messages'

/**
 * The thread that holds the graphics card. WebGPU gives values back only through promises, while the engine reads
 * tensors at once, as TensorFlow's own library and WebAssembly can: the engine's thread therefore waits, and the card's
 * thread runs the promises.
 */
export class CardThread {
  private constructor(
    private readonly worker: Worker,
    private readonly port: MessagePort,
    private readonly answered: Int32Array
  ) {}

  /**
   * @param file the built `webgpuThread.js`
   * @throws UserError where there is no card that WebGPU can use
   */
  static async start(file: string): Promise<{ thread: CardThread; start: Extract<CardStart, { kind: 'ready' }> }> {
    const { port1, port2 } = new MessageChannel()
    const answered = new Int32Array(new SharedArrayBuffer(4))
    const worker = new Worker(file, {
      workerData: { port: port2, answered: answered.buffer },
      transferList: [port2]
    })
    const start = await new Promise<CardStart>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.once('exit', (code) => reject(new Error(`The thread of the graphics card ended with code ${code}.`)))
    })
    if (start.kind === 'none') {
      await worker.terminate()
      throw new UserError(start.message)
    }
    worker.removeAllListeners('exit')
    // Neither keeps a process that has nothing else to do.
    worker.unref()
    port1.unref()
    return { thread: new CardThread(worker, port1, answered), start }
  }

  /** Sends what has no answer. */
  send(request: CardRequest, transfer: ArrayBuffer[] = []): void {
    this.port.postMessage(request, transfer)
  }

  /**
   * Sends, and waits for the answer.
   * @throws UserError with what went wrong on the card
   */
  ask(request: CardRequest): Exclude<CardAnswer, { kind: 'failed' }> {
    Atomics.store(this.answered, 0, 0)
    this.port.postMessage(request)
    // A loop: the signal of the answer before may come after that answer was read.
    while (Atomics.load(this.answered, 0) === 0) Atomics.wait(this.answered, 0, 0)
    const { message } = receiveMessageOnPort(this.port) as { message: CardAnswer }
    if (message.kind === 'failed') throw new UserError(message.message)
    return message
  }

  async stop(): Promise<void> {
    await this.worker.terminate()
  }
}
